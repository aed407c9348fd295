public import DBAdapterCore

/// How a consumer of a stream reads; see ``DBAdapterCore/DatabaseSession/withConsumerGroup(_:of:as:_:file:line:_:)``.
public struct ConsumerGroupOptions: Sendable, Hashable {
  /// Where a group begins that does not exist yet.
  public enum Start: Sendable, Hashable {
    /// With the first entry of the stream.
    case beginning
    /// With what is added from now on.
    case end
    case after(id: String)
    /// A missing group is an error.
    case mustExist

    var id: String? {
      switch self {
      case .beginning: "0"
      case .end: "$"
      case .after(let id): id
      case .mustExist: nil
      }
    }
  }

  /// Default: ``Start/beginning``, so that nothing is missed.
  public var start = Start.beginning
  /// Entries read ahead at most. Default: 64.
  public var batchSize = 64
  /// How long one call waits at the server for new entries; then it is repeated. Default: 5 seconds.
  public var wait: Duration = .seconds(5)
  /// Entries that another consumer was given and has not acknowledged for this long are taken over. Default: `nil`, never.
  public var takeOverAfter: Duration?

  public init() {}
}

/// An entry of a stream, as one consumer of a group was given it.
public struct ConsumedEntry: Sendable, Hashable {
  /// `1526919030474-55`.
  public let id: String
  /// Names and values, in the order they were added. A field whose name is not UTF-8 has the name's hexadecimal digits as its name.
  public let fields: DBDocument
  /// Whether it was given out before: to this consumer, which has not acknowledged it, or to one it was taken over from.
  public let isRepeated: Bool
}

/// The entries that a consumer is given, one by one. It ends only with an error or the task's cancellation: a stream has no last entry.
public struct ConsumedEntries: AsyncSequence, Sendable {
  let session: DatabaseSession
  let stream: DBValue
  let group: String
  let consumer: String
  let options: ConsumerGroupOptions
  let origin: (file: StaticString, line: UInt)

  /// Tells the server that entries are done with, so that nobody is given them again.
  /// - Returns: how many were waiting for it.
  /// - Throws: as `execute`; after an error of unknown outcome it does no harm to acknowledge again.
  @discardableResult
  public func acknowledge(_ entries: ConsumedEntry...) async throws(DBError) -> Int {
    if entries.isEmpty { return 0 }
    var arguments: [DBValue] = ["XACK", stream, .text(group)]
    for entry in entries { arguments.append(.text(entry.id)) }
    let reply = try await session.native(
      QueryRequest(.command(arguments), isIdempotent: true), file: origin.file, line: origin.line)
    guard case .int(let count) = reply else { return 0 }
    return Int(count)
  }

  public func makeAsyncIterator() -> Iterator { Iterator(source: self) }

  public struct Iterator: AsyncIteratorProtocol {
    private enum Stage {
      /// What this consumer was given before, from an id on.
      case pending(after: String)
      /// What others were given and have left.
      case abandoned(from: String)
      case new
    }

    let source: ConsumedEntries
    private var stage = Stage.pending(after: "0")
    private var entries: ArraySlice<ConsumedEntry> = []

    init(source: ConsumedEntries) { self.source = source }

    /// The next entry: first those this consumer has not acknowledged, then those taken over, then new ones.
    public mutating func next() async throws(DBError) -> ConsumedEntry? {
      while true {
        if let entry = entries.popFirst() { return entry }
        switch stage {
        case .pending(let id):
          entries = try await source.read(after: id)[...]
          stage = entries.last.map { .pending(after: $0.id) } ?? .abandoned(from: "0-0")
        case .abandoned(let id):
          guard let idle = source.options.takeOverAfter else {
            stage = .new
            continue
          }
          let (taken, next) = try await source.takeOver(from: id, idle: idle)
          entries = taken[...]
          stage = next == "0-0" ? .new : .abandoned(from: next)
        case .new:
          entries = try await source.read(after: ">")[...]
          // Whenever nothing new came, others may have left something meanwhile.
          if entries.isEmpty { stage = .abandoned(from: "0-0") }
        }
      }
    }
  }

  func makeGroup() async throws(DBError) {
    guard let id = options.start.id else { return }
    do throws(DBError) {
      _ = try await run(["XGROUP", "CREATE", stream, .text(group), .text(id), "MKSTREAM"])
    } catch {
      if error.server?.nativeName != "BUSYGROUP" { throw error }
    }
  }

  private func read(after id: String) async throws(DBError) -> [ConsumedEntry] {
    var command: [DBValue] = [
      "XREADGROUP", "GROUP", .text(group), .text(consumer), "COUNT", .int(Int64(Swift.max(1, options.batchSize))),
    ]
    let isNew = id == ">"
    if isNew { command += ["BLOCK", .int(Swift.max(1, Int64(options.wait.milliseconds)))] }
    let reply = try await run(command + ["STREAMS", stream, .text(id)])
    guard case .array(let streams) = reply, case .array(let first)? = streams.elements.first, first.elements.count > 1
    else { return [] }
    return entries(in: first.elements[1], isRepeated: !isNew)
  }

  private func takeOver(from id: String, idle: Duration) async throws(DBError) -> ([ConsumedEntry], next: String) {
    let reply = try await run([
      "XAUTOCLAIM", stream, .text(group), .text(consumer), .int(Swift.max(0, Int64(idle.milliseconds))), .text(id),
      "COUNT",
      .int(Int64(Swift.max(1, options.batchSize))),
    ])
    guard case .array(let parts) = reply, parts.elements.count > 1, case .text(let next) = parts.elements[0] else {
      return ([], "0-0")
    }
    return (entries(in: parts.elements[1], isRepeated: true), next)
  }

  private func run(_ command: [DBValue]) async throws(DBError) -> DBValue {
    try await session.native(QueryRequest(.command(command)), file: origin.file, line: origin.line)
  }

  /// An entry that was deleted meanwhile has no fields any more, and is left out.
  private func entries(in reply: DBValue, isRepeated: Bool) -> [ConsumedEntry] {
    guard case .array(let list) = reply else { return [] }
    return list.elements.compactMap { entry in
      guard case .array(let parts) = entry, parts.elements.count == 2, case .text(let id) = parts.elements[0] else {
        return nil
      }
      switch parts.elements[1] {
      case .document(let fields): return ConsumedEntry(id: id, fields: fields, isRepeated: isRepeated)
      case .array(let flat):
        let names = stride(from: 0, to: flat.elements.count - 1, by: 2)
        let fields = names.map { DBDocument.Field(flat.elements[$0].description, flat.elements[$0 + 1]) }
        return ConsumedEntry(id: id, fields: DBDocument(fields), isRepeated: isRepeated)
      default: return nil
      }
    }
  }
}

extension DatabaseSession {
  /// Reads a stream as one consumer of a group: every entry is given to one consumer, and again until it is acknowledged.
  ///
  /// ```swift
  /// try await session.withConsumerGroup("billing", of: "orders", as: "worker-1") { entries in
  ///   for try await entry in entries {
  ///     …
  ///     try await entries.acknowledge(entry)
  ///   }
  /// }
  /// ```
  /// Delivery is at least once: a consumer that ends before it has acknowledged an entry is given it again when it comes back under its name.
  /// While it waits for entries it uses a connection of its own. The session must be allowed to write.
  /// - Throws: whatever `body` throws; ``DBError/Code-swift.struct/cancelled`` when the task is cancelled.
  public func withConsumerGroup<R>(
    _ group: String, of stream: DBValue, as consumer: String, _ options: ConsumerGroupOptions = ConsumerGroupOptions(),
    file: StaticString = #fileID, line: UInt = #line, _ body: (ConsumedEntries) async throws -> R
  ) async throws -> R {
    let entries = ConsumedEntries(
      session: self, stream: stream, group: group, consumer: consumer, options: options, origin: (file, line))
    try await entries.makeGroup()
    return try await body(entries)
  }
}
