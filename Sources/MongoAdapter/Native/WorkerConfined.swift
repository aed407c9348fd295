/// A value that only one worker thread touches.
///
/// Sendable: a client of a pool "must be used by one thread at a time" (libmongoc, mongoc_client_t, Thread Safety), and every use passes
/// through the worker, which is one thread.
final class WorkerConfined<Value>: @unchecked Sendable {
  private let value: Value

  init(_ value: consuming Value) { self.value = value }

  /// Only for code that runs on the worker.
  var onWorker: Value { value }
}
