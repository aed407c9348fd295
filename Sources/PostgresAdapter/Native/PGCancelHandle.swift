internal import CLibPQ

/// Owns one `PGcancel`, made before a statement runs so that it can be stopped from any thread.
///
/// Sendable: `PQcancel` may be called while another thread uses the connection (PostgreSQL documentation 34.7).
final class PGCancelHandle: @unchecked Sendable {
  private let cancel: OpaquePointer

  init(_ cancel: OpaquePointer) { self.cancel = cancel }

  deinit { PQfreeCancel(cancel) }

  /// Asks the server to stop the running statement. Opens a connection and blocks until the server has taken the request.
  func request() {
    var message = [CChar](repeating: 0, count: 256)
    _ = PQcancel(cancel, &message, Int32(message.count))
  }
}
