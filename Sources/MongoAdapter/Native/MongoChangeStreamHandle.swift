internal import CLibMongoC

/// A change stream: libmongoc begins it anew by itself after errors that the server calls resumable.
final class MongoChangeStreamHandle {
  private let stream: OpaquePointer
  /// A stream ends before its client and its session, which it uses to its end.
  private let client: MongoClientHandle
  private let session: MongoSessionHandle?

  init(_ stream: OpaquePointer, of client: MongoClientHandle, in session: MongoSessionHandle?) {
    self.stream = stream
    self.client = client
    self.session = session
  }

  deinit { mongoc_change_stream_destroy(stream) }

  /// The next change; `nil` when none came while the server waited.
  func next() throws(MongoFailure) -> BSONDocument? {
    var document = bosdb_bson()
    if bosdb_mongo_next_change(stream, &document) { return BSONDocument(copying: document) }
    var error = bson_error_t()
    var reply = bosdb_bson()
    if bosdb_mongo_change_error(stream, &error, &reply) {
      throw MongoFailure(error, reply: BSONDocument(copying: reply))
    }
    return nil
  }

  /// Where to go on after what was read so far; `nil` before the server has said.
  var resumeToken: BSONDocument? {
    mongoc_change_stream_get_resume_token(stream).map { BSONDocument(copying: bosdb_bson_bytes($0)) }
  }
}
