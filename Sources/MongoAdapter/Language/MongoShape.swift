internal import DBAdapterCore

/// A command as an audit keeps it: names and operators as they are, `?` for every value.
///
/// `{find: "users", filter: {age: {$gt: ?}}}`
struct MongoShape {
  private(set) var text = ""
  private static let deepest = 16
  private static let longestName = 128
  private static let longest = 4 * 1_024
  private static let mostElements = 8

  init(_ command: MongoCommand) {
    if let database = command.database { text += "use \(Self.name(database)) " }
    object(command.document, depth: 0, parent: Self.collection)
    if text.utf8.count > Self.longest { text = String(decoding: text.utf8.prefix(Self.longest), as: UTF8.self) + " …" }
  }

  /// The parent of a command, whose first value may be the name of a collection.
  private static let collection = "$collection"

  private mutating func object(_ document: BSONDocument, depth: Int, parent: String) {
    guard depth < Self.deepest, text.utf8.count <= Self.longest else {
      text += "{…}"
      return
    }
    text += "{"
    for (index, (name, value)) in document.enumerated() {
      if index > 0 { text += ", " }
      guard text.utf8.count <= Self.longest else {
        text += "…"
        break
      }
      text += Self.name(name) + ": "
      let isFirst = index == 0 && (parent == Self.collection || depth == 1 && parent == "explain")
      let isCollection = isFirst && Self.nameCollections.contains(name) || Self.isCollection(name, in: parent)
      if isCollection, case .string(let collection) = value {
        text += Self.quoted(collection)
      } else {
        add(value, depth: depth + 1, parent: name)
      }
    }
    text += "}"
  }

  private mutating func add(_ value: BSONValue, depth: Int, parent: String) {
    switch value {
    case .document(let document): object(document, depth: depth, parent: parent)
    case .array(let array): list(array, depth: depth, parent: parent)
    default: text += "?"
    }
  }

  /// As many documents of one shape as follow each other are one: what differs is data.
  private mutating func list(_ array: BSONArray, depth: Int, parent: String) {
    let outer = text
    var shapes: [String] = []
    for value in array {
      guard shapes.count < Self.mostElements else {
        shapes.append("…")
        break
      }
      text = ""
      add(value, depth: depth, parent: parent)
      if shapes.last != text { shapes.append(text) }
    }
    text = outer + "[" + shapes.joined(separator: ", ") + "]"
  }

  /// Stages that read or write other collections name them.
  private static func isCollection(_ name: String, in parent: String) -> Bool {
    switch (parent, name) {
    case ("$lookup", "from"), ("$graphLookup", "from"), ("$unionWith", "coll"), ("$merge", "into"), ("$out", "coll"):
      true
    case (_, "$unionWith"), (_, "$out"): true
    default: false
    }
  }

  private static let nameCollections = Set(
    ("find aggregate insert update delete count distinct findAndModify findandmodify drop create createIndexes "
      + "dropIndexes listIndexes collMod collStats validate mapReduce reIndex renameCollection compact getMore dataSize "
      + "bulkWrite explain convertToCapped cloneCollectionAsCapped").split(separator: " ").map(String.init))

  private static func name(_ name: String) -> String {
    let isPlain = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || [0x24, 0x2E, 0x5F].contains(byte)
    }
    return isPlain && !name.isEmpty && name.utf8.count <= longestName ? name : quoted(name)
  }

  private static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    let isShort = text.utf8.count <= longestName
    JSONWriter.append(
      quoted: isShort ? text : String(decoding: text.utf8.prefix(longestName), as: UTF8.self) + "…", to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
