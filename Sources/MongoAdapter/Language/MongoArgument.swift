/// One argument of a method.
struct MongoArgument {
  var value: BSONValue
  /// The holes in it, with paths from the argument.
  var holes: [MongoFilledHole]
  /// Where it begins in the text.
  let start: Int

  var document: BSONDocument? { if case .document(let document) = value { document } else { nil } }

  /// Whether all of it is one interpolated value.
  var isHole: Bool { holes.contains { $0.path.isEmpty } }

  /// A field of a document, with its holes.
  func field(_ name: String) -> MongoArgument? {
    document?[name].map { value in
      MongoArgument(
        value: value,
        holes: holes.compactMap { hole in
          guard hole.path.first == .name(name) else { return nil }
          var hole = hole
          hole.path.removeFirst()
          return hole
        }, start: start)
    }
  }

  /// The fields of a document in order.
  var fields: [(name: String, argument: MongoArgument)] {
    (document?.names ?? []).compactMap { name in field(name).map { (name, $0) } }
  }
}
