internal import DBAdapterCore

/// The structure of JSON values: paths, their types, and in which rows they occur. Bounded in depth and paths.
///
/// A member whose name is an identifier is counted under the identifier's placeholder, and so are all members of an
/// object that has too many different names: the object is a map then.
struct JSONShape: Sendable {
  static let maximumDepth = 8
  private static let maximumMembers = 100
  private static let maximumPaths = 1_000

  private var root = Node()
  private var paths = 0

  struct Path: Sendable {
    /// `a.b`, `a[].b`; empty for the value itself.
    var name: String
    var rows: RowSet
    var types: [ObservedType]
  }

  mutating func add(_ value: DBValue, row: Int) { root.add(value, row: row, depth: 0, &paths) }

  mutating func merge(_ other: JSONShape) {
    root.merge(other.root)
    paths = root.count
  }

  /// Every path below the root, members by name after what holds them.
  /// - Parameter prefix: what the paths begin with, `value`.
  func all(_ prefix: String) -> [Path] {
    var paths: [Path] = []
    root.collect(prefix, &paths)
    return paths
  }

  private struct Node: Sendable {
    var rows = RowSet()
    var types: [DBType: Int] = [:]
    var members: [String: Node] = [:]
    var isMap = false
    /// What the elements of arrays are: one or none.
    var elements: [Node] = []

    var count: Int { members.values.reduce(1) { $0 + $1.count } + elements.reduce(0) { $0 + $1.count } }

    mutating func add(_ value: DBValue, row: Int, depth: Int, _ paths: inout Int) {
      rows.insert(row)
      types[JSONShape.type(of: value), default: 0] += 1
      if depth == JSONShape.maximumDepth { return }
      switch value {
      case .document(let document):
        for field in document.fields { add(field, row: row, depth: depth, &paths) }
      case .array(let array):
        if array.elements.isEmpty { return }
        if elements.isEmpty {
          if paths >= JSONShape.maximumPaths { return }
          paths += 1
          elements = [Node()]
        }
        for element in array.elements { elements[0].add(element, row: row, depth: depth + 1, &paths) }
      default: break
      }
    }

    private mutating func add(_ field: DBDocument.Field, row: Int, depth: Int, _ paths: inout Int) {
      let name = isMap ? Placeholder.name.text : JSONShape.label(field.name)
      if members[name] == nil {
        if paths >= JSONShape.maximumPaths { return }
        if members.count >= JSONShape.maximumMembers {
          paths -= count
          becomeMap()
          paths += count
          return add(field, row: row, depth: depth, &paths)
        }
        paths += 1
      }
      members[name, default: Node()].add(field.value, row: row, depth: depth + 1, &paths)
    }

    private mutating func becomeMap() {
      isMap = true
      var all = Node()
      for member in members.values { all.merge(member) }
      members = [Placeholder.name.text: all]
    }

    mutating func merge(_ other: Node) {
      rows.formUnion(other.rows)
      types.merge(other.types) { $0 + $1 }
      if other.isMap, !isMap { becomeMap() }
      for (name, node) in other.members { members[isMap ? Placeholder.name.text : name, default: Node()].merge(node) }
      if !isMap, members.count > JSONShape.maximumMembers { becomeMap() }
      guard let element = other.elements.first else { return }
      if elements.isEmpty { elements = [element] } else { elements[0].merge(element) }
    }

    func collect(_ path: String, _ paths: inout [Path]) {
      if let element = elements.first {
        paths.append(element.path(path + "[]"))
        element.collect(path + "[]", &paths)
      }
      for (name, member) in members.sorted(by: { $0.key < $1.key }) {
        let name = (path.isEmpty ? "" : path + ".") + JSONShape.quoted(name)
        paths.append(member.path(name))
        member.collect(name, &paths)
      }
    }

    private func path(_ name: String) -> Path {
      let types = types.sorted { ($1.value, $0.key.nativeName) < ($0.value, $1.key.nativeName) }
      return Path(name: name, rows: rows, types: types.map { ObservedType($0.key, count: $0.value) })
    }
  }

  private static func label(_ name: String) -> String {
    let segments = KeySegments.of(Array(name.utf8))
    guard segments.count == 1, segments[0].isFixed, !name.isEmpty else { return name }
    return segments[0].label.replacingEvery(KeySegment.compactDate, with: Placeholder.int.text)
  }

  private static func quoted(_ name: String) -> String {
    guard name.isEmpty || name.utf8.contains(where: { ".[]\"".utf8.contains($0) }) else { return name }
    return "\"" + name.replacingEvery("\"", with: "\"\"") + "\""
  }

  private static func type(of value: DBValue) -> DBType {
    switch value {
    case .null: DBType(.unknown, nativeName: "null")
    case .bool: ValueKind.boolean.type
    case .int: ValueKind.integer.type
    case .decimal, .double, .native: ValueKind.float.type
    case .text(let text):
      switch ValueKind(Array(text.utf8)) {
      case .uuid: ValueKind.uuid.type
      case .timestamp: ValueKind.timestamp.type
      case .date: ValueKind.date.type
      default: ValueKind.text.type
      }
    case .document: DBType(.document, nativeName: "object")
    case .array: DBType(.array, nativeName: "array")
    default: DBType(.unknown, nativeName: "unknown")
    }
  }
}
