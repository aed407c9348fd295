public import DBAdapterCore

/// What a change stream watches.
public enum MongoWatched: Sendable, Hashable {
  case collection(String)
  case database
  case deployment
}

/// Changes in the order they happened. It ends only with an error, the task's cancellation, or the watched collection itself.
///
/// It goes on by itself where it was when a connection is lost or another member becomes primary: no change is missed, and none told twice.
public struct MongoChanges: AsyncSequence, Sendable {
  let source: MongoChangeSource
  let session: DatabaseSession
  let origin: (file: StaticString, line: UInt)

  /// Names the place up to which the stream was read, to go on from there later; also when there was no change for long.
  public var resumeToken: BSONDocument? { source.resumeToken }

  public func makeAsyncIterator() -> Iterator { Iterator(changes: self) }

  public struct Iterator: AsyncIteratorProtocol {
    let changes: MongoChanges

    /// Waits for the next change. `nil` after the collection was dropped or renamed.
    /// - Throws: ``DBError/Code-swift.struct/cancelled``; ``DBError/Code-swift.struct/connectionLost`` after
    ///   ``MongoChangeOptions/patience``; ``DBError/Code-swift.struct/objectNotFound`` when the server no longer has what came after the
    ///   resume token.
    public mutating func next() async throws(DBError) -> MongoChange? {
      do throws(DBError) {
        return try await changes.source.next()
      } catch {
        throw changes.session.completed(error, file: changes.origin.file, line: changes.origin.line)
      }
    }
  }
}

extension DatabaseSession {
  /// Watches changes, and lends them as they happen. The session is busy until the closure returns.
  ///
  /// ```swift
  /// try await session.withChanges(of: .collection("orders")) { changes in
  ///   for try await change in changes { print(change.operation, change.key ?? [:]) }
  /// }
  /// ```
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` for a name that no collection or database can have;
  ///   ``DBError/Code-swift.struct/unsupported`` on a server that is no replica set or mongos, and where the session is another engine's;
  ///   whatever `body` throws.
  public func withChanges<R>(
    of watched: MongoWatched, _ options: MongoChangeOptions = MongoChangeOptions(), file: StaticString = #fileID,
    line: UInt = #line, _ body: (MongoChanges) async throws -> R
  ) async throws -> R {
    let statement = QueryRequest(.document(try options.command(watching: watched)))
    return try await withOpened(
      "watch changes", as: statement, on: MongoAdapter.self, file: file, line: line,
      open: { adapter, _ throws(DBError) in try await adapter.watch(watched, options) },
      close: { await $0.close() },
      { try await body(MongoChanges(source: $0, session: self, origin: (file, line))) })
  }
}

extension MongoChangeOptions {
  /// What the guard and the audit see: the pipeline.
  fileprivate func command(watching watched: MongoWatched) throws(DBError) -> DBDocument {
    let stages = pipeline.map { BSONValue.document($0).resultValue }
    let target: DBValue = if case .collection(let name) = watched { .text(name) } else { .int(1) }
    return [
      "aggregate": target,
      "pipeline": .array(DBArray([.document(["$changeStream": .document([:])])] + stages)),
      "cursor": .document([:]),
    ]
  }

  /// In libmongoc's words.
  var native: BSONDocument {
    var options: BSONDocument = [
      "maxAwaitTimeMS": .int64(Swift.min(Swift.max(1, wait.nanoseconds / 1_000_000), Int64(Int32.max)))
    ]
    if let fullDocument { options = options.adding("fullDocument", .string(fullDocument)) }
    if let fullDocumentBefore {
      options = options.adding("fullDocumentBeforeChange", .string(fullDocumentBefore))
    }
    if let resumeAfter {
      options = options.adding("resumeAfter", .document(resumeAfter))
    } else if let startAt {
      options = options.adding("startAtOperationTime", .timestamp(startAt))
    }
    return options
  }
}
