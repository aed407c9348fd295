/// Counts the bytes of a bulk copy out, for the audit.
final class CountedCopySource: CopySource {
  private let source: any CopySource
  private let count = Locked(0)

  init(_ source: any CopySource) { self.source = source }

  var bytes: Int { count.withLock { $0 } }

  func nextChunk() async throws(DBError) -> [UInt8]? {
    let chunk = try await source.nextChunk()
    count.withLock { $0 += chunk?.count ?? 0 }
    return chunk
  }

  func close() async { await source.close() }
}

/// Counts the bytes of a bulk copy in, for the audit.
final class CountedCopySink: CopySink {
  private let sink: any CopySink
  private let count = Locked(0)

  init(_ sink: any CopySink) { self.sink = sink }

  var bytes: Int { count.withLock { $0 } }

  func write(_ bytes: [UInt8]) async throws(DBError) {
    try await sink.write(bytes)
    count.withLock { $0 += bytes.count }
  }

  func finish() async throws(DBError) -> Int { try await sink.finish() }
  func abort() async { await sink.abort() }
}
