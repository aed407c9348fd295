/// Bulk data as a stream of bytes in the engine's own format, the fastest way in and out (PostgreSQL `COPY`).
public protocol BulkCopying: IDBAdapter {
  /// Runs a statement that sends data, such as `COPY … TO STDOUT`.
  func openCopyOut(_ request: QueryRequest) async throws(DBError) -> any CopySource
  /// Runs a statement that takes data, such as `COPY … FROM STDIN`.
  func openCopyIn(_ request: QueryRequest) async throws(DBError) -> any CopySink
}

/// Bytes that a running statement sends.
public protocol CopySource: AnyObject, Sendable {
  /// The next bytes, whole messages of the server; `nil` at the end.
  func nextChunk() async throws(DBError) -> [UInt8]?
  /// Ends the statement, early or not, and frees the session. Idempotent.
  func close() async
}

/// Where the bytes of a running statement go.
public protocol CopySink: AnyObject, Sendable {
  /// Takes bytes, cut anywhere; waits while the server is slower than the writer.
  func write(_ bytes: [UInt8]) async throws(DBError)
  /// Ends the data.
  /// - Returns: the rows the server stored.
  func finish() async throws(DBError) -> Int
  /// Gives up: the server stores nothing. Idempotent, and without effect after ``finish()``.
  func abort() async
}
