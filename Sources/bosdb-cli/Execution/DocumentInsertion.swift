internal import DBAdapterCore
internal import MongoAdapter

/// Inserts documents as they are read, in lists of about a thousand.
struct DocumentInsertion {
  let session: DatabaseSession
  let collection: String
  let options: MongoBulkOptions
  let deadline: Deadline
  let inputName: String
  let console: Console
  var progress: InsertProgress

  private(set) var inserted = 0
  private(set) var failed = 0
  /// Whether servers did not confirm what the write concern asked for.
  private(set) var isUnconfirmed = false
  private var stream = ExtendedJSONStream()
  private var items: [ExtendedJSONStream.Item] = []
  private var size = 0
  private var bytesRead = 0
  private var readCount = 0
  /// Documents of a list whose outcome is not known.
  private var pending = 0

  private static let listLength = 1_000
  private static let listBytes = 4 << 20
  private static let namedFailures = 20

  init(
    session: DatabaseSession, collection: String, options: MongoBulkOptions, deadline: Deadline, inputName: String,
    console: Console, progress: InsertProgress
  ) {
    self.session = session
    self.collection = collection
    self.options = options
    self.deadline = deadline
    self.inputName = inputName
    self.console = console
    self.progress = progress
  }

  /// Reads and inserts until the end, or the first failure where the order counts.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` naming the place of what is no document, after those before it were inserted;
  ///   what a list as a whole fails with.
  mutating func run(_ input: InputFile) async throws {
    while let piece = try input.next() {
      bytesRead += piece.count
      let start = items.count
      let failure = read { stream, items throws(BSONError) in try stream.read(piece, into: &items) }
      for item in items[start...] { size += item.document.bytes.count }
      readCount += items.count - start
      try await insert(untilBelow: failure == nil ? Self.listLength : 1)
      if let failure { throw unreadable(failure) }
      if mustStop { return }
      progress.say(inserted: inserted, bytes: bytesRead)
    }
    let failure = read { stream, _ throws(BSONError) in try stream.finish() }
    try await insert(untilBelow: 1)
    if let failure { throw unreadable(failure) }
  }

  /// Says how many documents there are now.
  mutating func conclude() {
    progress.clear()
    if failed > Self.namedFailures { console.note(Messages.moreFailures(failed - Self.namedFailures)) }
    console.note(pending > 0 ? Messages.insertedAtLeast(inserted, pending: pending) : Messages.inserted(inserted))
  }

  private var mustStop: Bool { failed > 0 && options.isOrdered }

  private mutating func read(
    _ body: (inout ExtendedJSONStream, inout [ExtendedJSONStream.Item]) throws(BSONError) -> Void
  ) -> BSONError? {
    do throws(BSONError) {
      try body(&stream, &items)
      return nil
    } catch {
      return error
    }
  }

  /// Inserts what has been read, in full lists, until fewer documents are left than so many.
  private mutating func insert(untilBelow count: Int) async throws {
    while !mustStop, items.count >= count || size >= Self.listBytes {
      let length = min(items.count, Self.listLength)
      let list = Array(items[..<length])
      items.removeFirst(length)
      size = items.reduce(0) { $0 + $1.document.bytes.count }
      try await insert(list)
    }
  }

  private mutating func insert(_ list: [ExtendedJSONStream.Item]) async throws {
    var options = options
    options.timeout = deadline.remaining
    pending = list.count
    let result: MongoBulkResult
    do {
      result = try await session.insert(list.map(\.document), into: collection, options)
    } catch {
      if !error.leavesDoubt { pending = 0 }
      throw error
    }
    pending = 0
    inserted += result.inserted
    for failure in result.errors { report(failure, list[min(failure.position, list.count - 1)]) }
    for concern in result.concernErrors {
      isUnconfirmed = true
      progress.clear()
      console.note(Messages.unconfirmed(concern.extendedJSON()))
    }
  }

  private mutating func report(_ failure: MongoWriteError, _ item: ExtendedJSONStream.Item) {
    failed += 1
    guard failed <= Self.namedFailures else { return }
    progress.clear()
    let error = failure.error
    console.report(
      CommandFailure(
        error.completed(message: Messages.document(item.number, error.message)),
        place: CommandFailure.Place(statement: "", script: (inputName, item.line)), connection: session.endpoint))
  }

  private func unreadable(_ error: BSONError) -> DBError {
    let place = error.position ?? BSONError.Position(line: 1, column: 1)
    return DBError(
      .invalidParameter,
      Messages.unreadable(
        inputName, line: place.line, column: place.column, number: readCount + 1, error.message))
  }
}

extension DBError {
  /// Whether the documents of a list may have been inserted although it failed. A list fits into one message, so that a server that
  /// refuses it has taken nothing.
  fileprivate var leavesDoubt: Bool {
    outcome == "unknown" || [.cancelled, .timeout, .connectionLost].contains(code)
  }
}
