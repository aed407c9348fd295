/// The kinds of values that are counted apart at a path: the types of BSON, and UUIDs among the binary ones.
struct ValueSlot: Sendable, Hashable {
  static let count = 22
  static let uuid = ValueSlot(index: 21)
  static let document = ValueSlot(.document)
  static let array = ValueSlot(.array)

  let index: Int

  private init(index: Int) { self.index = index }

  init(_ kind: BSONKind) {
    switch kind {
    case .minKey: index = 0
    case .maxKey: index = 20
    default: index = Int(kind.rawValue)
    }
  }

  init(_ element: BSONReader.Element) {
    // A binary value is its length, its subtype and its bytes; 4 is a UUID in the order of its text.
    let isUUID = element.kind == .binary && element.value.count == 21 && element.value[4] == 4
    self = isUUID ? .uuid : ValueSlot(element.kind)
  }

  static let all: [ValueSlot] = BSONKind.allCases.map { ValueSlot($0) } + [.uuid]

  var kind: BSONKind {
    switch index {
    case 0: .minKey
    case 20: .maxKey
    case 21: .binary
    default: BSONKind(rawValue: UInt8(index)) ?? .undefined
    }
  }
}
