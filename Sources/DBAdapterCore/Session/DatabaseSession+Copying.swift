extension DatabaseSession {
  /// Runs a statement that sends bulk data, such as `COPY … TO STDOUT`, and lends its bytes as they arrive.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` when the adapter has no bulk copy, and whatever `body` throws.
  public func withCopyOut<R>(
    _ request: QueryRequest, file: StaticString = #fileID, line: UInt = #line, _ body: (CopyStream) async throws -> R
  ) async throws -> R {
    let origin = CallSite(file: file, line: line)
    guard let copying = adapter as? any BulkCopying else { throw lacking("copy in bulk", origin) }
    let request = guardian.limited(request)
    try state.enter(origin)
    defer { state.leave() }
    let trail = try await admit(.statement(request), origin)
    do {
      let source = CountedCopySource(try await copying.openCopyOut(request))
      do {
        let result = try await body(CopyStream(source: source))
        await source.close()
        await trail?.end(.succeeded(rows: 0, bytes: source.bytes))
        return result
      } catch {
        await source.close()
        throw error
      }
    } catch {
      throw await audited(error, trail, origin)
    }
  }

  private func audited(_ error: any Error, _ trail: AuditTrail?, _ origin: CallSite) async -> any Error {
    await trail?.end(ofBody: error)
    return (error as? DBError).map { completed($0, origin) } ?? error
  }

  /// Runs a statement that takes bulk data, such as `COPY … FROM STDIN`, and lends the sink to write to. The data is ended when `body`
  /// returns; when it throws, the server stores nothing.
  /// - Returns: the rows the server stored.
  public func withCopyIn(
    _ request: QueryRequest, file: StaticString = #fileID, line: UInt = #line,
    _ body: (CopyWriter) async throws -> Void
  ) async throws -> Int {
    let origin = CallSite(file: file, line: line)
    guard let copying = adapter as? any BulkCopying else { throw lacking("copy in bulk", origin) }
    let request = guardian.limited(request)
    try state.enter(origin)
    defer { state.leave() }
    let trail = try await admit(.statement(request), origin)
    do {
      let sink = CountedCopySink(try await copying.openCopyIn(request))
      do {
        try await body(CopyWriter(sink: sink))
        let rows = try await sink.finish()
        await trail?.end(.succeeded(rows: rows, bytes: sink.bytes))
        return rows
      } catch {
        await sink.abort()
        throw error
      }
    } catch {
      throw await audited(error, trail, origin)
    }
  }
}

/// The bytes of a bulk copy as they arrive, in the engine's own format.
public struct CopyStream: AsyncSequence, Sendable {
  public typealias Element = [UInt8]
  public typealias Failure = DBError
  let source: any CopySource

  public func makeAsyncIterator() -> Iterator { Iterator(source: source) }

  public struct Iterator: AsyncIteratorProtocol {
    let source: any CopySource

    public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws(DBError) -> [UInt8]? {
      try await source.nextChunk()
    }
  }
}

/// Where a bulk copy is written to.
public struct CopyWriter: Sendable {
  let sink: any CopySink

  /// Sends bytes, cut anywhere; chunks of 8 to 64 KiB are fastest. Waits while the server is slower than the writer.
  public func write(_ bytes: [UInt8]) async throws(DBError) { try await sink.write(bytes) }

  /// Sends text.
  public func write(_ text: String) async throws(DBError) { try await sink.write(Array(text.utf8)) }
}
