extension DBError {
  /// What went wrong, as an open set: compare with the constants, and keep a default branch.
  public struct Code: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    // Configuration.
    public static let invalidConnectionString = Code(rawValue: "invalidConnectionString")
    public static let unknownScheme = Code(rawValue: "unknownScheme")
    /// The engine, the adapter or the connected server cannot do this.
    public static let unsupported = Code(rawValue: "unsupported")
    /// A parameter or option of the call: wrong number, type or value.
    public static let invalidParameter = Code(rawValue: "invalidParameter")

    // Connecting.
    public static let connectionFailed = Code(rawValue: "connectionFailed")
    /// An open connection broke.
    public static let connectionLost = Code(rawValue: "connectionLost")
    public static let authenticationFailed = Code(rawValue: "authenticationFailed")
    public static let tlsFailed = Code(rawValue: "tlsFailed")
    public static let serverShuttingDown = Code(rawValue: "serverShuttingDown")
    /// The server has no connection to give.
    public static let tooManyConnections = Code(rawValue: "tooManyConnections")

    // Pools.
    /// No session became free in time; ``DBError/pool`` and ``DBError/underlying`` say why.
    public static let leaseTimeout = Code(rawValue: "leaseTimeout")
    /// Too many callers wait for a session already.
    public static let tooManyWaiters = Code(rawValue: "tooManyWaiters")
    /// The manager was shut down.
    public static let poolClosed = Code(rawValue: "poolClosed")

    // Sessions.
    /// A session was used after the closure that lent it.
    public static let sessionExpired = Code(rawValue: "sessionExpired")
    /// The session is running another statement or an open row stream.
    public static let connectionBusy = Code(rawValue: "connectionBusy")

    // Statements.
    public static let syntaxError = Code(rawValue: "syntaxError")
    public static let objectNotFound = Code(rawValue: "objectNotFound")
    public static let objectExists = Code(rawValue: "objectExists")
    public static let permissionDenied = Code(rawValue: "permissionDenied")
    public static let constraintViolation = Code(rawValue: "constraintViolation")
    /// A value the server cannot take: out of range, malformed, too long.
    public static let dataInvalid = Code(rawValue: "dataInvalid")
    public static let deadlock = Code(rawValue: "deadlock")
    public static let serializationConflict = Code(rawValue: "serializationConflict")
    /// The transaction failed earlier and takes no more statements.
    public static let transactionAborted = Code(rawValue: "transactionAborted")
    /// A deadline passed.
    public static let timeout = Code(rawValue: "timeout")
    /// The task was cancelled, or the server was told to stop the statement.
    public static let cancelled = Code(rawValue: "cancelled")
    /// Another session holds what the statement needs.
    public static let lockNotAvailable = Code(rawValue: "lockNotAvailable")
    /// Out of memory, disk or another bound of the server or of ours.
    public static let resourceLimit = Code(rawValue: "resourceLimit")

    // Ours.
    /// The session's policy forbids the statement; ``DBError/refusedBy`` says which layer of the guard found out.
    public static let rejectedByGuard = Code(rawValue: "rejectedByGuard")
    /// The statement destroys more than rows it names, and nobody has agreed to that: see ``DestructionPolicy``. Nothing was sent.
    public static let confirmationRequired = Code(rawValue: "confirmationRequired")
    /// The audit trail cannot be written, and the policy does not let a statement run that leaves no trace. Nothing was sent.
    public static let auditFailed = Code(rawValue: "auditFailed")
    /// A sealed secret cannot be opened: the key is not at hand or another one, or the secret was changed or moved.
    public static let secretUnreadable = Code(rawValue: "secretUnreadable")
    public static let decodingFailed = Code(rawValue: "decodingFailed")
    /// The server or the C library answered in a way its documentation excludes.
    public static let protocolViolation = Code(rawValue: "protocolViolation")
    /// An error of the server that no other code describes.
    public static let serverError = Code(rawValue: "serverError")
    public static let internalInconsistency = Code(rawValue: "internalInconsistency")
  }
}
