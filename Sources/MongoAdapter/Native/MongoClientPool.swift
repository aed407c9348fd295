internal import CLibMongoC
internal import DBAdapterCore

/// The clients of one connection string, and the threads that watch its servers.
///
/// Sendable: "mongoc_client_pool_t is thread-safe" (libmongoc, mongoc_client_pool_t, Thread Safety).
final class MongoClientPool: @unchecked Sendable {
  private let pool: OpaquePointer

  /// Nothing is dialled before the first client is used.
  /// - Throws: ``MongoFailure`` when libmongoc does not understand the connection string.
  init(_ options: MongoOptions) throws(MongoFailure) {
    _ = MongoLibrary.start
    var error = bson_error_t()
    let uri = options.string.withUnredacted { mongoc_uri_new_with_error($0, &error) }
    guard let uri else { throw MongoFailure(error) }
    defer { mongoc_uri_destroy(uri) }
    for (name, value) in options.additions where !mongoc_uri_has_option(uri, name) {
      mongoc_uri_set_option_as_int32(uri, name, value)
    }
    guard let pool = mongoc_client_pool_new_with_error(uri, &error) else { throw MongoFailure(error) }
    self.pool = pool
    mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2)
    // How many clients there are is decided by whoever lends sessions; those that end stopped calls come on top.
    mongoc_client_pool_max_size(pool, .max)
    if mongoc_uri_get_appname(uri) == nil { mongoc_client_pool_set_appname(pool, options.applicationName) }
  }

  /// Waits for the threads that watch the servers, which takes up to half a second: so it is done elsewhere.
  deinit {
    nonisolated(unsafe) let pool = pool
    BlockingThreads.shared.submit { mongoc_client_pool_destroy(pool) }
  }

  /// A client, to be used by one thread at a time.
  /// - Throws: ``MongoFailure`` when there is no memory for one.
  func pop() throws(MongoFailure) -> MongoClientHandle {
    guard let client = mongoc_client_pool_try_pop(pool) else {
      throw MongoFailure(origin: .client, code: 0, message: "libmongoc has no client to give")
    }
    return MongoClientHandle(client, from: self)
  }

  func push(_ client: OpaquePointer) { mongoc_client_pool_push(pool, client) }
}
