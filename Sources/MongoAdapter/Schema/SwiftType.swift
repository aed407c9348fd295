/// What the values of one path are in Swift.
indirect enum SwiftType: Hashable {
  /// A type there is: `String`, `BSONObjectID`.
  case named(String)
  case optional(SwiftType)
  case list(SwiftType)
  case dictionary(SwiftType)
  case structure(SwiftStructure)
  /// One of several types, which are told apart when a value is read.
  case choice(name: String, [SwiftChoice])

  var text: String {
    switch self {
    case .named(let name), .choice(let name, _): name
    case .optional(let type): type.text + "?"
    case .list(let type): "[\(type.text)]"
    case .dictionary(let type): "[String: \(type.text)]"
    case .structure(let structure): structure.name
    }
  }

  /// The declarations it needs, those of its parts first.
  var declarations: [SwiftType] {
    switch self {
    case .named: []
    case .optional(let type), .list(let type), .dictionary(let type): type.declarations
    case .structure: [self]
    case .choice(_, let choices): choices.flatMap { $0.type.declarations } + [self]
    }
  }
}

struct SwiftStructure: Hashable {
  struct Property: Hashable {
    let name: String
    /// As the documents have it.
    let field: String
    let type: SwiftType
    /// What is to be said of it.
    let comment: String?
  }

  let name: String
  let properties: [Property]
}

struct SwiftChoice: Hashable {
  let name: String
  let type: SwiftType
  /// The types of BSON that make it this one.
  let kinds: [BSONKind]
}
