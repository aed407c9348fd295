import Testing

@testable import DBAdapterCore

private typealias Cache = SchemaCache<String>

/// A listing of schemas with these names.
private func listing(_ names: String...) -> Listing<SchemaInfo> { Listing(names.map { SchemaInfo(name: $0) }) }

private func moment(_ seconds: Int64) -> Deadline { Deadline(nanoseconds: seconds * 1_000_000_000) }

private func answer(_ value: any SchemaWeighted, asked seconds: Int64) -> Cache.Answer {
  Cache.Answer(value: value, asked: moment(seconds), readAt: .now())
}

private func key(_ name: String, pool: String = "a") -> Cache.Key {
  Cache.Key(pool, .table(TableReference(name: name), DescribeOptions()))
}

/// What the cache knows of a key, by the names in it.
private func names(_ answer: Cache.Answer?) -> [String]? {
  (answer?.value as? Listing<SchemaInfo>)?.items.map(\.name)
}

@Suite struct SchemaCacheTests {
  private var configuration = SchemaCacheConfiguration()

  @Test func entriesAgeInSteps() {
    var cache = Cache(configuration)
    cache.insert(answer(listing("x"), asked: 100), for: key("t"), at: moment(101))
    #expect(names(cache.fresh(key("t"), at: moment(159))) == ["x"])
    // The time to live counts from the question.
    #expect(cache.fresh(key("t"), at: moment(160)) == nil)
    let stale = cache.lastKnown(key("t"), at: moment(3_699))
    #expect(names(stale) == ["x"])
    #expect(stale.map { cache.isStale($0, at: moment(160)) } == true)
    #expect(stale.map { cache.isStale($0, at: moment(159)) } == false)
    #expect(cache.count == 1)
    #expect(cache.lastKnown(key("t"), at: moment(3_700)) == nil)
    #expect(cache.count == 0 && cache.weight == 0, "what is of no use is forgotten")
  }

  @Test func nothingIsKeptForOutagesUnlessWanted() {
    var configuration = configuration
    configuration.maximumStaleness = nil
    var cache = Cache(configuration)
    cache.insert(answer(listing("x"), asked: 100), for: key("t"), at: moment(100))
    #expect(cache.lastKnown(key("t"), at: moment(159)) != nil)
    #expect(cache.lastKnown(key("t"), at: moment(160)) == nil && cache.count == 0)
    cache.insert(answer(listing("x"), asked: 100), for: key("t"), at: moment(200))
    #expect(cache.count == 0, "an answer that took longer than it lives is not kept")
  }

  @Test func theLaterQuestionWins() {
    var cache = Cache(configuration)
    cache.insert(answer(listing("new"), asked: 110), for: key("t"), at: moment(111))
    cache.insert(answer(listing("old"), asked: 105), for: key("t"), at: moment(112))
    #expect(names(cache.fresh(key("t"), at: moment(113))) == ["new"])
  }

  @Test func theLeastRecentlyUsedGoes() {
    var configuration = configuration
    configuration.maximumEntries = 3
    var cache = Cache(configuration)
    for name in ["a", "b", "c"] { cache.insert(answer(listing(name), asked: 100), for: key(name), at: moment(100)) }
    #expect(cache.fresh(key("a"), at: moment(101)) != nil)
    cache.insert(answer(listing("d"), asked: 102), for: key("d"), at: moment(102))
    #expect(cache.fresh(key("b"), at: moment(103)) == nil && cache.count == 3)
    #expect(["a", "c", "d"].allSatisfy { cache.fresh(key($0), at: moment(103)) != nil })
  }

  @Test func whatIsOfNoUseGoesFirst() {
    var configuration = configuration
    configuration.maximumEntries = 2
    var cache = Cache(configuration)
    cache.insert(answer(listing("late"), asked: 3_000), for: key("late"), at: moment(3_000))
    cache.insert(answer(listing("early"), asked: 100), for: key("early"), at: moment(3_001))
    cache.insert(answer(listing("new"), asked: 3_700), for: key("new"), at: moment(3_700))
    #expect(cache.lastKnown(key("late"), at: moment(3_700)) != nil)
    #expect(cache.lastKnown(key("early"), at: moment(3_700)) == nil && cache.count == 2)
  }

  @Test func oneLargeAnswerTakesTheRoomOfMany() {
    var configuration = configuration
    configuration.maximumWeight = 10
    var cache = Cache(configuration)
    for name in ["a", "b", "c", "d", "e"] {
      cache.insert(answer(listing(name), asked: 100), for: key(name), at: moment(100))
    }
    #expect(cache.weight == 10 && cache.count == 5)
    let large = Listing((1...6).map { SchemaInfo(name: "\($0)") })
    cache.insert(answer(large, asked: 101), for: key("large"), at: moment(101))
    #expect(cache.weight == 9 && cache.count == 2)
    #expect(cache.fresh(key("e"), at: moment(101)) != nil && cache.fresh(key("large"), at: moment(101)) != nil)
    let larger = Listing((1...10).map { SchemaInfo(name: "\($0)") })
    cache.insert(answer(larger, asked: 102), for: key("large"), at: moment(102))
    #expect(cache.fresh(key("large"), at: moment(102)) == nil, "an outdated answer stayed for one that is too large")
    #expect(cache.weight == 2 && cache.count == 1)
  }

  @Test func randomUseKeepsTheBounds() {
    var random = SeededGenerator()
    var configuration = configuration
    configuration.maximumEntries = 8
    configuration.maximumWeight = 30
    var cache = Cache(configuration)
    var now: Int64 = 0
    /// The last answer of each question, as nothing but a plain dictionary would keep it.
    var model: [String: Int64] = [:]
    for _ in 0..<2_000 {
      now += Int64.random(in: 0...40, using: &random)
      let name = String(Int.random(in: 0..<15, using: &random))
      switch Int.random(in: 0..<10, using: &random) {
      case 0:
        cache.removeAll { $0 == key(name) }
        model[name] = nil
      case 1...4:
        let value = Listing((0..<Int.random(in: 0...12, using: &random)).map { SchemaInfo(name: "\($0)") })
        cache.insert(answer(value, asked: now), for: key(name), at: moment(now))
        model[name] = now
      default:
        if let fresh = cache.fresh(key(name), at: moment(now)) {
          #expect(fresh.asked == model[name].map(moment) && now - model[name, default: 0] < 60, "seed \(random.seed)")
        }
        if let known = cache.lastKnown(key(name), at: moment(now)) {
          #expect(known.asked == model[name].map(moment) && now - model[name, default: 0] < 3_600)
        }
      }
      #expect(cache.count <= 8 && (0...30).contains(cache.weight), "seed \(random.seed)")
    }
    cache.removeAll { _ in true }
    #expect(cache.count == 0 && cache.weight == 0, "seed \(random.seed)")
  }

  // MARK: Questions

  @Test func aTimeLimitIsNoPartOfTheQuestion() {
    let hasty = ListOptions(nameGlob: "a*", timeout: .seconds(1))
    #expect(Cache.Key("a", .schemas(hasty)) == Cache.Key("a", .schemas(ListOptions(nameGlob: "a*"))))
    #expect(Cache.Key("a", .schemas(hasty)) != Cache.Key("a", .schemas(ListOptions())))
    #expect(Cache.Key("a", .schemas(hasty)) != Cache.Key("b", .schemas(hasty)))
    #expect(
      Cache.Key("a", .tables(schema: nil, hasty)) != Cache.Key("a", .allTables(schema: nil, hasty)))
    let estimates = DescribeOptions(includesEstimates: false, timeout: .seconds(1))
    #expect(
      Cache.Key("a", .table(TableReference(name: "t"), estimates))
        == Cache.Key("a", .table(TableReference(name: "t"), DescribeOptions(includesEstimates: false))))
  }

  @Test func aChangeConcernsWhatItMayHaveChanged() {
    let options = ListOptions()
    func table(_ schema: String?, _ name: String) -> SchemaQuestion {
      .table(TableReference(schema: schema, name: name), DescribeOptions())
    }
    let changed = TableReference(schema: "Shop", name: "orders")
    for question in [
      table("shop", "ORDERS"), table(nil, "orders"), .tables(schema: nil, options), .tables(schema: "shop", options),
      .allTables(schema: "shop", options),
    ] {
      #expect(question.concerns(changed) && question.concerns(schema: "shop"), "\(question)")
    }
    for question in [table("crm", "orders"), .tables(schema: "crm", options), .allTables(schema: "crm", options)] {
      #expect(!question.concerns(changed) && !question.concerns(schema: "shop"), "\(question)")
    }
    #expect(!table("shop", "items").concerns(changed) && table("shop", "items").concerns(schema: "shop"))
    #expect(!SchemaQuestion.schemas(options).concerns(changed))
    #expect(SchemaQuestion.schemas(options).concerns(schema: "shop"))
    #expect(table("crm", "orders").concerns(TableReference(name: "orders")))
  }

  @Test func weighsWhatHasAName() {
    #expect(SchemaInfo(name: "s").schemaWeight == 1)
    let reference = TableReference(name: "t")
    let integer = DBType(.integer, nativeName: "integer")
    let longText = String(repeating: "x", count: 512)
    let table = TableDescription(
      table: TableInfo(reference: reference, kind: .table),
      columns: [
        ColumnInfo(name: "a", position: 1, type: integer, isNullable: false),
        ColumnInfo(name: "b", position: 2, type: integer, isNullable: true, comment: longText),
      ],
      constraints: [ConstraintInfo(name: "t_pk", kind: .primaryKey, columns: ["a"])],
      indexes: [IndexInfo(name: "i", method: "btree", keys: [.init(column: "a"), .init(column: "b")])])
    // Table, two columns, two times 256 bytes of comment, key and its column, index and its columns.
    #expect(table.schemaWeight == 10)
    #expect(Listing([table, table]).schemaWeight == 21)
    #expect(Listing<TableInfo>([]).schemaWeight == 1)
  }

  @Test func impossibleSettingsAreRefused() throws {
    #expect(try SchemaCacheConfiguration().validated() == SchemaCacheConfiguration())
    let changes: [(inout SchemaCacheConfiguration) -> Void] = [
      { $0.timeToLive = .seconds(-1) }, { $0.maximumStaleness = .seconds(-1) }, { $0.maximumEntries = -1 },
      { $0.maximumWeight = -1 },
    ]
    for change in changes {
      var configuration = SchemaCacheConfiguration()
      change(&configuration)
      #expect(dbError { () throws(DBError) in try configuration.validated() }?.code == .invalidParameter)
    }
  }

  @Test func onlyUnreachableServersAreOutages() {
    for code in [
      DBError.Code.connectionFailed, .connectionLost, .serverShuttingDown, .leaseTimeout, .tooManyConnections,
    ] {
      #expect(DBError(code, "").isOutage, "\(code)")
    }
    #expect(DBError(.timeout, "", stage: .dial).isOutage && !DBError(.timeout, "").isOutage)
    for code in [
      DBError.Code.authenticationFailed, .permissionDenied, .objectNotFound, .cancelled, .syntaxError, .poolClosed,
      .tooManyWaiters, .tlsFailed, .unsupported,
    ] {
      #expect(!DBError(code, "", stage: .authentication).isOutage, "\(code)")
    }
  }
}
