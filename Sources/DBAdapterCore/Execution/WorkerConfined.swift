/// A value that only one worker thread touches.
///
/// Sendable: the C libraries' objects may be used by one thread at a time (SQLite's multi-thread mode, sqlite.org/threadsafe.html; a
/// libmongoc client, mongoc_client_t, Thread Safety), and every use passes through the worker, which is one thread.
package final class WorkerConfined<Value>: @unchecked Sendable {
  @usableFromInline let value: Value

  @inlinable
  package init(_ value: consuming Value) { self.value = value }

  /// Only for code that runs on the worker.
  @inlinable package var onWorker: Value { value }
}
