/// A value that only one worker thread touches.
///
/// Sendable: SQLite's multi-thread mode allows a connection to be used by one thread at a time (sqlite.org/threadsafe.html), and
/// every use passes through the worker, which is one thread.
final class WorkerConfined<Value>: @unchecked Sendable {
  private let value: Value

  init(_ value: consuming Value) { self.value = value }

  /// Only for code that runs on the worker.
  var onWorker: Value { value }
}
