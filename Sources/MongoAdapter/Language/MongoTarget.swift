/// A name behind `db`.
struct MongoSegment {
  let parts: [String]
  /// Whether it may be a method's: it stands without quotes.
  let isMethod: Bool
}

/// What a method is called on.
struct MongoTarget {
  /// The database of the connection.
  let connection: String?
  /// Another database, where one is named.
  var database: String?
  var collection: String?

  init(connection: String?) { self.connection = connection }

  mutating func add(_ segment: MongoSegment, at start: Int, in values: ExtendedJSONParser) throws(BSONError) {
    switch (segment.parts.count, collection) {
    case (1, let name?): collection = name + "." + segment.parts[0]
    case (1, nil): collection = segment.parts[0]
    case (2, nil):
      database = segment.parts[0]
      collection = segment.parts[1]
    default: throw values.failure("an interpolated name has one part, or the database and the collection", at: start)
    }
  }
}
