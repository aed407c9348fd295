internal import CLibMongoC

/// What libmongoc reported: its own code or the server's, and the server's reply where there is one.
struct MongoFailure: Error {
  /// Where an error comes from (mongoc-error.h).
  enum Origin: Sendable, Hashable {
    /// The server said so; the code is the server's.
    case server
    /// No server was found in time.
    case selection
    case authentication
    case nameResolution
    case network
    /// The reply could not be understood.
    case protocolError
    /// libmongoc refused before anything was sent.
    case client
  }

  let origin: Origin
  let code: Int
  let message: String
  /// The server's reply, with its labels and the errors of single writes.
  let reply: BSONDocument

  init(origin: Origin, code: Int, message: String, reply: BSONDocument = BSONDocument()) {
    self.origin = origin
    self.code = code
    self.message = message
    self.reply = reply
  }

  init(_ error: bson_error_t, reply: BSONDocument = BSONDocument()) {
    var error = error
    message = String(cString: bosdb_bson_message(&error))
    code = Int(error.code)
    self.reply = reply
    origin =
      switch mongoc_error_domain_t(error.domain) {
      case MONGOC_ERROR_SERVER, MONGOC_ERROR_WRITE_CONCERN: .server
      case MONGOC_ERROR_SERVER_SELECTION: .selection
      case MONGOC_ERROR_STREAM where error.code == MONGOC_ERROR_STREAM_NAME_RESOLUTION.rawValue: .nameResolution
      case MONGOC_ERROR_STREAM: .network
      case MONGOC_ERROR_SASL, MONGOC_ERROR_SCRAM: .authentication
      // It calls everything that happens while signing in so; a lost connection says nothing of the password.
      case MONGOC_ERROR_CLIENT where error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue:
        message.hasPrefix("Failed to send") ? .network : .authentication
      case MONGOC_ERROR_PROTOCOL: .protocolError
      default: .client
      }
  }
}
