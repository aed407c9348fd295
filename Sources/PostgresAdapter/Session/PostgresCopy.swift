internal import DBAdapterCore
internal import DBSQLSupport

extension PostgresSession {
  /// Sends a COPY statement and leaves it open for its data.
  /// - Returns: the operation that now holds the connection.
  func beginCopy(
    _ request: QueryRequest, _ wanted: PGResultHandle.Status
  ) async throws(DBError) -> PostgresConnection.Operation {
    let sql = try SQLStatement(request, style: .dollarNumber)
    guard sql.parameters.isEmpty else { throw DBError(.invalidParameter, "COPY takes no parameters") }
    guard Self.isCopy(sql.text) else {
      throw DBError(.invalidParameter, "the statement is no COPY in this direction", retry: .safe)
    }
    let operation = try connection.begin(limit: request.timeout)
    do throws(DBError) {
      try await connection.run(operation) { () async throws(DBError) in
        try await self.settle(limit: request.timeout)
        if self.needsReadOnlyTransaction {
          throw DBError(.unsupported, "COPY needs a read-write session behind a pooler")
        }
        self.note(self.traces(of: sql.text))
        try self.connection.send(.text(sql.text, types: []), binaryResult: false)
        guard let result = try await self.connection.nextResult() else { throw self.connection.error }
        if result.status == wanted { return }
        let failure =
          result.status == .failed
          ? self.connection.error(result)
          : DBError(.invalidParameter, "the statement is no COPY in this direction")
        if result.status == .copyIn { _ = self.connection.handle.endCopyIn(failure: "wrong direction") }
        if result.status == .copyOut { self.connection.stop(operation, .rowLimit) }
        _ = try? await self.connection.drain()
        throw failure
      }
      return operation
    } catch {
      await connection.end(operation)
      throw error
    }
  }

  /// The end of a COPY: its command status, or its error.
  func endCopy() async throws(DBError) -> Int {
    var count = 0
    var failure: DBError?
    while let result = try await connection.nextResult() {
      if result.status == .failed { failure = failure ?? connection.error(result) }
      count = result.commandCount ?? count
      if connection.handle.isBroken { break }
    }
    if let failure { throw failure }
    if connection.handle.isBroken { throw connection.error }
    return count
  }
}

/// The data of `COPY … TO STDOUT`.
final class PostgresCopySource: CopySource {
  private static let chunkBytes = 64 * 1_024

  private enum Phase { case open, ended, closed }

  private let session: PostgresSession
  private let operation: PostgresConnection.Operation
  private let phase = Locked(Phase.open)

  init(_ session: PostgresSession, _ operation: PostgresConnection.Operation) {
    self.session = session
    self.operation = operation
  }

  func nextChunk() async throws(DBError) -> [UInt8]? {
    guard phase.withLock({ $0 == .open }) else { return nil }
    // While the server is fast enough nothing else suspends the reader, and other tasks need its thread too.
    await Task.yield()
    return try await session.connection.run(operation) { () async throws(DBError) in
      guard self.phase.withLock({ $0 == .open }) else { return nil }
      return try await self.read()
    }
  }

  private func read() async throws(DBError) -> [UInt8]? {
    let connection = session.connection
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.chunkBytes + 8_192)
    while bytes.count < Self.chunkBytes {
      switch connection.handle.copyOut(into: &bytes) {
      case .data: continue
      case .wait:
        // What is here goes out before anybody waits.
        if connection.handle.consumeInput(), connection.handle.copyOut(into: &bytes) == .data { continue }
        if !bytes.isEmpty { return bytes }
        await connection.waitForInput(any: true)
      case .end:
        endReading()
        _ = try await session.endCopy()
        return bytes.isEmpty ? nil : bytes
      case .failed:
        endReading()
        throw connection.error
      }
      if connection.handle.isBroken { throw connection.error }
    }
    return bytes
  }

  private func endReading() { phase.withLock { if $0 == .open { $0 = .ended } } }

  func close() async {
    let before = phase.withLock { phase in
      defer { phase = .closed }
      return phase
    }
    guard before != .closed else { return }
    let connection = session.connection
    await connection.takeOver(operation)
    if before == .open, !connection.handle.isBroken {
      connection.stop(operation, .rowLimit)
      await connection.cancelRequestToEnd(operation)
      try? await connection.runHeld(operation) { () async throws(DBError) in try await self.discardRest() }
    }
    await connection.end(operation)
  }

  private func discardRest() async throws(DBError) {
    let connection = session.connection
    var rest: [UInt8] = []
    var count = 0
    reading: while !connection.handle.isBroken {
      rest.removeAll(keepingCapacity: true)
      switch connection.handle.copyOut(into: &rest) {
      case .data: await connection.giveWay(&count)
      case .wait: await connection.waitForInput(any: true)
      case .end, .failed: break reading
      }
    }
    _ = try await session.endCopy()
  }
}

/// The data of `COPY … FROM STDIN`.
final class PostgresCopySink: CopySink {
  private let session: PostgresSession
  private let operation: PostgresConnection.Operation
  private let isOpen = Locked(true)

  init(_ session: PostgresSession, _ operation: PostgresConnection.Operation) {
    self.session = session
    self.operation = operation
  }

  func write(_ bytes: [UInt8]) async throws(DBError) {
    if bytes.isEmpty { return }
    guard isOpen.withLock({ $0 }) else { throw DBError(.sessionExpired, "the copy has ended") }
    try await session.connection.run(operation) { () async throws(DBError) in
      try self.session.connection.checkNotStopped()
      // One message has to stay below 1 GiB, and libpq keeps a copy of it.
      for start in stride(from: 0, to: bytes.count, by: Self.messageBytes) {
        let message = start..<min(start + Self.messageBytes, bytes.count)
        try await self.push {
          bytes.withUnsafeBytes {
            self.session.connection.handle.copyIn(UnsafeRawBufferPointer(rebasing: $0[message]))
          }
        }
      }
    }
  }

  private static let messageBytes = 1_024 * 1_024

  func finish() async throws(DBError) -> Int {
    guard isOpen.withLock({ $0 }) else { throw DBError(.sessionExpired, "the copy has ended") }
    let connection = session.connection
    // Data that another task still writes is part of the copy: better none than a part of it.
    try connection.hold(operation)
    guard takeOpen() else {
      connection.release()
      throw DBError(.sessionExpired, "the copy has ended")
    }
    do throws(DBError) {
      let count = try await connection.runHeld(operation) { () async throws(DBError) in
        try await self.push { connection.handle.endCopyIn(failure: nil) }
        return try await self.session.endCopy()
      }
      await connection.end(operation)
      return count
    } catch {
      await connection.end(operation)
      throw error
    }
  }

  func abort() async {
    guard takeOpen() else { return }
    let connection = session.connection
    await connection.takeOver(operation)
    if !connection.handle.isBroken {
      try? await connection.runHeld(operation) { () async throws(DBError) in
        try await self.push { connection.handle.endCopyIn(failure: "the copy was given up by the client") }
        _ = try await self.session.endCopy()
      }
    }
    await connection.end(operation)
  }

  private func takeOpen() -> Bool {
    isOpen.withLock { isOpen in
      defer { isOpen = false }
      return isOpen
    }
  }

  /// Queues data and waits until the socket has taken it: the server's pace is the writer's.
  private func push(_ send: () -> PGConnectionHandle.CopyChunk) async throws(DBError) {
    let connection = session.connection
    while true {
      let status = send()
      if status == .failed { throw connection.error }
      while true {
        switch connection.handle.flush() {
        case .done: break
        case .failed: throw connection.error
        case .pending:
          await connection.waitForInput(any: true, orRoom: true)
          continue
        }
        break
      }
      // Not taken: there is room now, so try again.
      if status == .data { return }
    }
  }
}
