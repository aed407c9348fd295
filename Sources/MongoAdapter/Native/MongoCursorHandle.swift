internal import CLibMongoC

/// A cursor of the server, read document by document. It ends on the server when nobody refers to it any more.
final class MongoCursorHandle {
  private let cursor: OpaquePointer
  /// A cursor ends before its client and its session, which it uses to its end.
  private let client: MongoClientHandle
  private let session: MongoSessionHandle?

  init(_ cursor: OpaquePointer, of client: MongoClientHandle, in session: MongoSessionHandle?) {
    self.cursor = cursor
    self.client = client
    self.session = session
  }

  deinit { mongoc_cursor_destroy(cursor) }

  /// Lends the next document, which is gone afterwards.
  /// - Returns: `false` after the last.
  func next(_ body: (UnsafeRawBufferPointer) -> Void) throws(MongoFailure) -> Bool {
    var document = bosdb_bson()
    if bosdb_mongo_next(cursor, &document) {
      body(UnsafeRawBufferPointer(start: document.data, count: document.length))
      return true
    }
    try check()
    return false
  }

  /// Whether the server may have more.
  var hasMore: Bool { mongoc_cursor_more(cursor) }

  /// - Throws: ``MongoFailure`` when the cursor could not be opened or went wrong.
  func check() throws(MongoFailure) {
    var error = bson_error_t()
    var reply = bosdb_bson()
    if bosdb_mongo_cursor_error(cursor, &error, &reply) {
      throw MongoFailure(error, reply: BSONDocument(copying: reply))
    }
  }
}
