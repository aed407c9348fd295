internal import Logging

/// Writes what happens in a pool to a log, without anything secret: codes and stages, never a server's message, which
/// may repeat what a user sent.
///
/// `debug`, but for what somebody should know: an opened breaker and a suspected leak are warnings; a breaker that
/// closed again and a lost server are `info`. A lease alone writes nothing.
struct PoolLog: Sendable {
  private let logger: Logger

  init(_ identity: PoolIdentity, _ logger: Logger) {
    var logger = logger
    logger[metadataKey: "pool"] = "\(identity.id)"
    logger[metadataKey: "kind"] = "\(identity.kind)"
    logger[metadataKey: "endpoint"] = "\(identity.endpoint)"
    self.logger = logger
  }

  func record(_ event: PoolEvent) {
    switch event {
    case .leased, .released: break
    case .created: logger.debug("The pool was made")
    case .evicted: logger.debug("The pool was evicted")
    case .shutDown: logger.debug("The pool was shut down")
    case .opened(let elapsed): logger.debug("A connection was opened", metadata: ["after": "\(elapsed.brief)"])
    case .closed(let reason): logger.debug("A connection was closed", metadata: ["reason": "\(reason.rawValue)"])
    case .dialFailed(let error): logger.debug("A connection could not be opened", metadata: Self.metadata(of: error))
    case .leaseTimedOut: logger.debug("No connection became free in time")
    case .breakerOpened(let error):
      logger.warning(
        "The server cannot be reached; callers are refused until it can be", metadata: Self.metadata(of: error))
    case .breakerClosed: logger.info("The server can be reached again")
    case .generationRaised(let generation):
      logger.info(
        "The server was lost; its connections are not lent again", metadata: ["generation": "\(generation)"])
    case .leakSuspected(let held, let origin):
      logger.warning(
        "A session is held for long; it may never be given back",
        metadata: ["held": "\(held.brief)", "origin": "\(origin)"])
    }
  }

  func auditFailed(_ error: DBError) {
    logger.error("The audit trail cannot be written", metadata: Self.metadata(of: error))
  }

  private static func metadata(of error: DBError) -> Logger.Metadata {
    var metadata: Logger.Metadata = ["code": "\(error.code)"]
    if let state = error.server?.sqlState { metadata["sqlState"] = "\(state)" }
    if let stage = error.stage { metadata["stage"] = "\(stage.rawValue)" }
    return metadata
  }
}
