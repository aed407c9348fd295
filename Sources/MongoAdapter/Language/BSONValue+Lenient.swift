internal import DBAdapterCore

extension BSONValue {
  /// Reads one value as leniently as it is written in the shell: Extended JSON v2, and beside it names without quotes, single quotes, comments,
  /// and constructors such as `ObjectId("…")`. Nothing is evaluated.
  /// - Throws: ``BSONError`` with line and column of what cannot be read.
  public init(lenientJSON text: String) throws(BSONError) {
    var parser = ExtendedJSONParser(Array(text.utf8), .shell)
    self = try parser.parseAll()
  }
}
