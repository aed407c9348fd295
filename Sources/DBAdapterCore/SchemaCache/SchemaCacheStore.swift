/// A ``SchemaCache`` that many tasks share, and that asks the server once for what several ask at the same time.
///
/// A caller joins a reading under way when it asks the same with the same time limit; one who wants a fresh answer does
/// not, because the reading may have begun before whatever made the caller want it. A reading goes on as long as one
/// caller awaits it. An invalidation concerns readings under way too: their callers get the answer, the cache does not.
final class SchemaCacheStore<Pool: Hashable & Sendable>: Sendable {
  private typealias Cache = SchemaCache<Pool>
  private typealias Inspection = (answer: Cache.Answer, at: Deadline, isStale: Bool, isFromCache: Bool)
  private typealias Reading = SharedReading<Cache.Answer>

  /// With the time limit: nobody waits longer than it allows, and nobody fails by another's.
  private struct ReadingKey: Hashable {
    let pool: Pool
    let question: SchemaQuestion
  }

  private struct State {
    var cache: Cache
    var readings: [ReadingKey: Reading] = [:]
  }

  private enum Next {
    case answer(Inspection)
    case wait(Reading)
    case read(Reading)
  }

  private let state: Locked<State>
  private let time: any TimeSource

  init(_ configuration: SchemaCacheConfiguration, time: any TimeSource = SystemTimeSource()) {
    state = Locked(State(cache: SchemaCache(configuration)))
    self.time = time
  }

  /// The entries, and what they weigh.
  var size: (entries: Int, weight: Int) { state.withLock { ($0.cache.count, $0.cache.weight) } }

  /// How many callers await an answer of the server that others may join.
  var waiting: Int { state.withLock { $0.readings.values.reduce(0) { $0 + $1.members } } }

  /// The answer to a question, from the cache or from the server as `freshness` says.
  /// - Parameter read: asks the server. It runs in a task of its own, which is cancelled when everybody who awaits it
  ///   was.
  /// - Throws: what `read` throws, and ``DBError/Code-swift.struct/cancelled`` when the caller's task is cancelled. An
  ///   error is never kept, and nothing but an outage is answered with a stale entry.
  func inspected<Value: SchemaWeighted>(
    _ pool: Pool, _ question: SchemaQuestion, _ freshness: SchemaFreshness,
    read: @escaping @Sendable () async throws(DBError) -> Value
  ) async throws(DBError) -> Inspected<Value> {
    let key = Cache.Key(pool, question)
    let readingKey = ReadingKey(pool: pool, question: question)
    let reading: Reading
    switch next(key, readingKey, freshness) {
    case .answer(let answer): return try inspected(answer)
    case .wait(let known): reading = known
    case .read(let new):
      reading = new
      start(new, key, readingKey, read)
    }
    do throws(DBError) {
      let answer = try await reading.value()
      return try inspected((answer, time.now(), isStale: false, isFromCache: false))
    } catch {
      guard freshness == .staleOnOutage, error.isOutage, let answer = lastKnown(key) else { throw error }
      return try inspected(answer)
    }
  }

  /// Forgets what is known of a pool's server, because its schema changed or the pool is gone.
  func invalidate(pool: Pool) { invalidate { known, _ in known == pool } }

  /// Forgets what a change of a schema, or in it, may have changed.
  func invalidate(pool: Pool, schema: String) { invalidate { $0 == pool && $1.concerns(schema: schema) } }

  /// Forgets what a change of a table may have changed: its description, and the listings it is in.
  func invalidate(pool: Pool, table: TableReference) { invalidate { $0 == pool && $1.concerns(table) } }

  func invalidateAll() {
    state.withLock { state in
      state.cache.removeAll()
      state.readings = [:]
    }
  }

  private func invalidate(_ isMeant: (Pool, SchemaQuestion) -> Bool) {
    state.withLock { state in
      state.cache.removeAll { isMeant($0.pool, $0.question) }
      for key in state.readings.keys where isMeant(key.pool, key.question) { state.readings[key] = nil }
    }
  }

  /// What the caller does next; a reading it is to start or to wait for counts it as a member.
  private func next(_ key: Cache.Key, _ readingKey: ReadingKey, _ freshness: SchemaFreshness) -> Next {
    let now = time.now()
    return state.withLock { state in
      if freshness != .fresh {
        if let answer = state.cache.fresh(key, at: now) {
          return .answer((answer, now, isStale: false, isFromCache: true))
        }
        if let reading = state.readings[readingKey], reading.join() { return .wait(reading) }
      }
      let reading = Reading()
      state.readings[readingKey] = reading
      return .read(reading)
    }
  }

  private func lastKnown(_ key: Cache.Key) -> Inspection? {
    let now = time.now()
    return state.withLock { state in
      guard let answer = state.cache.lastKnown(key, at: now) else { return nil }
      return (answer, now, isStale: state.cache.isStale(answer, at: now), isFromCache: true)
    }
  }

  private func start<Value: SchemaWeighted>(
    _ reading: Reading, _ key: Cache.Key, _ readingKey: ReadingKey,
    _ read: @escaping @Sendable () async throws(DBError) -> Value
  ) {
    // The answer may be as old as the question, not younger.
    let asked = time.now()
    let readAt = DBTimestamp.now()
    reading.start { [self] in
      do throws(DBError) {
        let answer = Cache.Answer(value: try await read(), asked: asked, readAt: readAt)
        end(reading, readingKey) { cache in cache.insert(answer, for: key, at: time.now()) }
        return .success(answer)
      } catch {
        end(reading, readingKey) { _ in }
        return .failure(error)
      }
    }
  }

  /// Lets the cache have what was read, unless the reading was superseded or invalidated meanwhile.
  private func end(_ reading: Reading, _ key: ReadingKey, _ keep: (inout Cache) -> Void) {
    state.withLock { state in
      guard state.readings[key] === reading else { return }
      state.readings[key] = nil
      keep(&state.cache)
    }
  }

  private func inspected<Value: SchemaWeighted>(_ inspection: Inspection) throws(DBError) -> Inspected<Value> {
    guard let value = inspection.answer.value as? Value else {
      throw DBError(.internalInconsistency, "the schema cache holds another kind of answer than was asked for")
    }
    return Inspected(
      value: value, readAt: inspection.answer.readAt, age: inspection.answer.asked.elapsed(to: inspection.at),
      isStale: inspection.isStale, isFromCache: inspection.isFromCache)
  }
}
