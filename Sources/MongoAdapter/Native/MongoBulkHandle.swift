internal import CLibMongoC

/// A list of writes to one collection, which libmongoc sends in as few messages as the server's limits allow.
final class MongoBulkHandle {
  private let bulk: OpaquePointer
  private let client: MongoClientHandle

  init(_ bulk: OpaquePointer, of client: MongoClientHandle) {
    self.bulk = bulk
    self.client = client
  }

  deinit { mongoc_bulk_operation_destroy(bulk) }

  /// Adds a write.
  /// - Throws: ``MongoFailure`` when libmongoc refuses it (an update without operators); the list is spent then.
  func add(_ write: MongoWrite) throws(MongoFailure) {
    let options = write.options
    switch write.kind {
    case .insert(let document): try add(BOSDB_MONGO_INSERT, BSONDocument(), document, options)
    case .updateOne(let filter, let change): try add(BOSDB_MONGO_UPDATE_ONE, filter, change, options)
    case .updateMany(let filter, let change): try add(BOSDB_MONGO_UPDATE_MANY, filter, change, options)
    case .replaceOne(let filter, let document): try add(BOSDB_MONGO_REPLACE_ONE, filter, document, options)
    case .deleteOne(let filter): try add(BOSDB_MONGO_DELETE_ONE, filter, BSONDocument(), options)
    case .deleteMany(let filter): try add(BOSDB_MONGO_DELETE_MANY, filter, BSONDocument(), options)
    }
  }

  private func add(
    _ kind: bosdb_mongo_write, _ filter: BSONDocument, _ change: BSONDocument, _ options: BSONDocument
  ) throws(MongoFailure) {
    var error = bson_error_t()
    let isAdded = filter.lend { filter in
      change.lend { change in
        options.lend { options in bosdb_mongo_bulk_add(bulk, kind, filter, change, options, &error) }
      }
    }
    guard isAdded else { throw MongoFailure(error) }
  }

  /// Lets documents through that the collection's validator forbids.
  func bypassValidation() { mongoc_bulk_operation_set_bypass_document_validation(bulk, true) }

  /// Sends the list.
  /// - Throws: ``MongoFailure`` whose reply says what was done and which writes failed.
  func execute() throws(MongoFailure) -> BSONDocument {
    var error = bson_error_t()
    var reply: OpaquePointer?
    let isDone = bosdb_mongo_bulk_execute(bulk, &reply, &error)
    let answer = BSONDocument(consuming: reply)
    guard isDone else { throw MongoFailure(error, reply: answer) }
    return answer
  }
}
