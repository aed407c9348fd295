/// The rows of a statement as they arrive, in constant memory. Valid inside ``DatabaseSession/withRows(_:batchSize:_:)`` and for
/// one iteration.
///
/// Rows are handed out synchronously from the current batch; only the end of a batch waits for the server, and the server waits
/// for the reader.
public struct RowStream: AsyncSequence, Sendable {
  public typealias Element = Row
  public typealias Failure = DBError

  /// The same rows, a batch at a time.
  public let batches: BatchStream

  init(_ batches: BatchStream) { self.batches = batches }

  public var columns: ColumnSet { batches.columns }

  public func makeAsyncIterator() -> Iterator { Iterator(batches.makeAsyncIterator()) }

  public struct Iterator: AsyncIteratorProtocol {
    @usableFromInline var batches: BatchStream.Iterator
    @usableFromInline var batch: RowBatch = .empty()
    @usableFromInline var position = 0

    init(_ batches: BatchStream.Iterator) { self.batches = batches }

    @inlinable
    public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws(DBError) -> Row? {
      while position >= batch.endIndex {
        guard let following = try await batches.next(isolation: actor) else { return nil }
        batch = following
        position = 0
      }
      defer { position += 1 }
      return Row(storage: batch.storage, index: position)
    }
  }
}

/// The batches of a statement's rows as they arrive.
public struct BatchStream: AsyncSequence, Sendable {
  public typealias Element = RowBatch
  public typealias Failure = DBError

  let cursor: SessionCursor

  public var columns: ColumnSet { cursor.columns }

  public func makeAsyncIterator() -> Iterator { Iterator(cursor: cursor, isFirst: cursor.claim()) }

  public struct Iterator: AsyncIteratorProtocol {
    let cursor: SessionCursor
    let isFirst: Bool

    public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws(DBError) -> RowBatch? {
      guard isFirst else {
        throw DBError(.invalidParameter, "a row stream can be iterated once; run the statement again for a second pass")
      }
      return try await cursor.nextBatch()
    }
  }
}
