internal import DBAdapterCore

extension MongoAdapter {
  func watch(_ watched: MongoWatched, _ options: MongoChangeOptions) async throws(DBError) -> MongoChangeSource {
    let database = options.database ?? self.options.database
    switch watched {
    case .collection(let name): try MongoNames.check(collection: name, in: database)
    case .database: try MongoNames.check(database: database)
    case .deployment: break
    }
    try access.enter()
    let source = MongoChangeSource(access, watched, options)
    do throws(DBError) {
      try await source.open()
    } catch {
      // On the worker, where a stream that was opened after all is closed, too.
      await source.close()
      throw error
    }
    return source
  }
}

/// An open change stream, which begins anew where it was when it breaks. It holds the session until it is closed.
final class MongoChangeSource: Sendable {
  private let access: MongoAccess
  private let watched: MongoWatched
  private let options: MongoChangeOptions
  private let stream = WorkerConfined(StreamBox())
  private let state = Locked(State())

  private struct State {
    var token: BSONDocument?
    var isClosed = false
    /// The server ended the stream: the collection is gone.
    var isInvalid = false
  }

  /// The stream, which only the worker touches.
  private final class StreamBox {
    var stream: MongoChangeStreamHandle?
  }

  init(_ access: MongoAccess, _ watched: MongoWatched, _ options: MongoChangeOptions) {
    self.access = access
    self.watched = watched
    self.options = options
  }

  var resumeToken: BSONDocument? { state.withLock { $0.token } ?? options.resumeAfter }

  func open() async throws(DBError) {
    try await access.run(MongoOperation(timeout: nil)) { [self] session, operation throws(DBError) in
      try begin(session, operation)
    }.get()
  }

  /// On the worker.
  private func begin(_ session: MongoSession, _ operation: MongoOperation) throws(DBError) {
    let client = try session.opened()
    var options = options
    if let token = state.withLock({ $0.token }) { options.resumeAfter = token }
    let collection: String? = if case .collection(let name) = watched { name } else { nil }
    let database = watched == .deployment ? nil : options.database ?? session.options.database
    do throws(MongoFailure) {
      let pipeline: BSONDocument
      do {
        pipeline = ["pipeline": .array(try BSONArray(options.pipeline.map { .document($0) }))]
      } catch {
        throw MongoFailure(origin: .client, code: 0, message: "\(error)")
      }
      let scope = MongoScope(options: options.native, session: session.logical)
      let opened = try client.watch(pipeline, on: collection, of: database, scope)
      stream.onWorker.stream = opened
      // Where it begins is known, so that nothing is missed when the first call fails.
      state.withLock { $0.token = opened.resumeToken ?? $0.token }
    } catch {
      throw session.error(error, operation, mayHaveWritten: false)
    }
  }

  func next() async throws(DBError) -> MongoChange? {
    var patience: Deadline?
    while true {
      let (isClosed, isInvalid) = state.withLock { ($0.isClosed, $0.isInvalid) }
      if isClosed || isInvalid { return nil }
      do throws(DBError) {
        let change = try await access.run(MongoOperation(timeout: nil)) { [self] session, operation throws(DBError) in
          try advance(session, operation)
        }.get()
        patience = nil
        if let change { return change }
      } catch {
        guard Self.canResume(after: error) else { throw error }
        let limit = patience ?? Deadline(after: options.patience)
        patience = limit
        if limit.hasPassed { throw error }
        await SystemTimeSource().sleep(until: Deadline(after: .milliseconds(100)))
      }
    }
  }

  /// One call to the server; `nil` when nothing has changed meanwhile.
  private func advance(_ session: MongoSession, _ operation: MongoOperation) throws(DBError) -> MongoChange? {
    if stream.onWorker.stream == nil { try begin(session, operation) }
    guard let stream = stream.onWorker.stream else { return nil }
    do throws(MongoFailure) {
      let document = try stream.next()
      let token = stream.resumeToken
      let change = document.map { MongoChange(document: $0) }
      state.withLock { state in
        state.token = change?.resumeToken ?? token ?? state.token
        if change?.operation == "invalidate" { state.isInvalid = true }
      }
      return change
    } catch {
      self.stream.onWorker.stream = nil
      throw session.error(error, operation, mayHaveWritten: false)
    }
  }

  private static func canResume(after error: DBError) -> Bool {
    if error.server?.labels.contains("ResumableChangeStreamError") == true { return true }
    return [.connectionLost, .connectionFailed, .serverShuttingDown].contains(error.code)
  }

  func close() async {
    let isFirst = state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    guard isFirst else { return }
    await access.finish { [stream] in stream.onWorker.stream = nil }
  }
}
