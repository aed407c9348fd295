internal import CLibMongoC
internal import DBAdapterCore

/// A logical session: what belongs together on the server, a transaction included.
final class MongoSessionHandle {
  let session: OpaquePointer
  private let client: MongoClientHandle

  init(_ session: OpaquePointer, of client: MongoClientHandle) {
    self.session = session
    self.client = client
  }

  deinit { mongoc_client_session_destroy(session) }

  /// `{id: UUID}`, by which the server knows it.
  var id: BSONDocument { BSONDocument(copying: bosdb_bson_bytes(mongoc_client_session_get_lsid(session))) }

  var isInTransaction: Bool { mongoc_client_session_in_transaction(session) }

  /// - Parameter readConcern: `nil` for the connection string's own.
  func startTransaction(readConcern: String?) throws(MongoFailure) {
    var error = bson_error_t()
    let options = mongoc_transaction_opts_new()
    defer { mongoc_transaction_opts_destroy(options) }
    if let readConcern {
      let concern = mongoc_read_concern_new()
      defer { mongoc_read_concern_destroy(concern) }
      mongoc_read_concern_set_level(concern, readConcern)
      mongoc_transaction_opts_set_read_concern(options, concern)
    }
    guard mongoc_client_session_start_transaction(session, options, &error) else { throw MongoFailure(error) }
  }

  /// libmongoc repeats a commit once after a network error. It may be called again after any failure.
  func commit() throws(MongoFailure) {
    var error = bson_error_t()
    var reply: OpaquePointer?
    let isDone = bosdb_mongo_commit(session, &reply, &error)
    let answer = BSONDocument(consuming: reply)
    guard isDone else { throw MongoFailure(error, reply: answer) }
  }

  func abort() throws(MongoFailure) {
    var error = bson_error_t()
    guard mongoc_client_session_abort_transaction(session, &error) else { throw MongoFailure(error) }
  }
}
