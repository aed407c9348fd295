internal import DBAdapterCore

/// A place in the text of a command where a value is interpolated.
enum MongoHole: Sendable, Hashable {
  case value(DBValue)
  /// The name of a collection, or of a database and a collection.
  case identifier([String])

  /// Stands for a hole in the bytes of a text: no UTF-8 has it.
  static let marker: UInt8 = 0xFF
}

/// A hole that was read as a value, and where.
struct MongoFilledHole: Sendable, Hashable {
  /// Counted from 1.
  let number: Int
  let value: BSONValue
  /// The names and positions in which it stands, outermost first.
  var path: [MongoPathStep]

  /// The same hole where its value is part of another.
  func under(_ prefix: [MongoPathStep]) -> MongoFilledHole {
    var copy = self
    copy.path = prefix + path
    return copy
  }
}

/// One step from a document to a value within it.
enum MongoPathStep: Sendable, Hashable {
  case name(String)
  case position(Int)
}
