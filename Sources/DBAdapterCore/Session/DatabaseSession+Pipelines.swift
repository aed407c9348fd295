extension DatabaseSession {
  /// Sends several statements in one round trip and returns one result a statement.
  ///
  /// They run as one implicit transaction: after a failure the later ones are not run and fail with
  /// ``DBError/Code-swift.struct/transactionAborted``, and the earlier ones are undone.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` when the adapter has no pipelines, and errors that concern all statements: a lost
  ///   connection, cancellation, a refusal by the guard.
  public func pipeline(
    _ requests: [QueryRequest], file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    let origin = SourceLocation(file: "\(file)", line: line)
    guard let pipelining = adapter as? any Pipelining else { throw lacking("send pipelines", origin) }
    let requests = requests.map { guardian.limited($0) }
    if guardian.needsClassification {
      for request in requests {
        do throws(DBError) {
          try guardian.check(try await adapter.classify(request))
        } catch {
          throw error.completed(adapter: descriptor.kind, endpoint: endpoint, origin: origin)
        }
      }
    }
    return try await perform(.question("pipeline of \(requests.count)"), origin) { _ throws(DBError) in
      try await pipelining.executePipeline(requests)
    }
  }
}
