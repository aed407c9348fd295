import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// Faults of the network while a session is open.
@Suite(.serialized, .requires(.mongoDB), .requires(.mongoDBTLS))
struct MongoFaultTests {
  /// What ends a connection while a command is under way, and where it meets it.
  static let endings: [(String, FaultProxy.Fault)] = [
    ("closed before sending", .cut(.fromClient, after: 0, .close)),
    ("reset before sending", .cut(.fromClient, after: 0, .reset)),
    ("closed while sending", .cut(.fromClient, after: 30, .close)),
    ("reset while sending", .cut(.fromClient, after: 30, .reset)),
    ("closed before the reply", .cut(.fromServer, after: 0, .close)),
    ("reset before the reply", .cut(.fromServer, after: 0, .reset)),
    ("closed in the reply", .cut(.fromServer, after: 30, .close)),
    ("reset in the reply", .cut(.fromServer, after: 30, .reset)),
    ("half closed in the reply", .halfClose(.fromServer, after: 30)),
    ("half closed while sending", .halfClose(.fromClient, after: 30)),
  ]
  private static let once = "&retryReads=false&retryWrites=false"

  /// The heartbeats of libmongoc pass through the proxy as well: where they meet the fault first, the server is known to be away, and nothing
  /// is sent.
  @Test(.timeLimit(.minutes(1)), arguments: MongoTransport.allCases)
  func aCommandLosesItsConnection(_ transport: MongoTransport) async throws {
    let limit = Duration.milliseconds(500)
    let fixture = try MongoFaultFixture(transport, connectTimeout: limit)
    var seen: Set<DBError.Code> = []
    for (index, (name, fault)) in Self.endings.enumerated() where transport == .plain || index % 3 == 1 {
      for (what, request, retry) in [
        ("a find", fixture.command("find"), RetrySafety.safe), ("an insert", fixture.insert(1), .ifIdempotent),
      ] {
        fixture.proxy.fault = .none
        try await fixture.healed(Self.once)
        try await fixture.session(Self.once) { session in
          try await session.ping()
          fixture.proxy.fault = fault
          let (thrown, time) = await outcome { _ = try await session.execute(request) }
          fixture.expect(thrown, [.connectionLost, .connectionFailed], [retry, .safe], "\(what) \(name)")
          if let error = thrown as? DBError {
            seen.insert(error.code)
            #expect(error.code == .connectionFailed || error.retry == retry, "\(what) \(name): \(error.retry)")
          }
          #expect(time.own < limit + .milliseconds(250), "\(what) \(name) took \(time)")
        }
      }
    }
    #expect(seen.contains(.connectionLost), "\(seen)")
    fixture.proxy.fault = .none
    try await fixture.expectNothingLeft("commands")
  }

  /// One lost connection is nobody's concern: the command is sent again, and done once.
  @Test(arguments: MongoTransport.allCases)
  func aLostConnectionIsNotSeen(_ transport: MongoTransport) async throws {
    let fixture = try MongoFaultFixture(transport)
    try await fixture.session { session in
      for (number, ending) in [FaultProxy.Ending.close, .reset, .close, .reset].enumerated() {
        try await session.ping()
        fixture.proxy.cutAll(ending)
        if number < 2 { _ = try await session.execute(fixture.command("find")) }
        try await session.insert([["_id": .int32(Int32(number))]], into: fixture.collection)
      }
      let count = try await session.execute(fixture.command("count"))
      #expect(count.rows[0][0] == 4)
    }
    try await fixture.expectNothingLeft("lost connections")
  }

  /// The server stays away: what is asked again ends when its time is over.
  @Test(.timeLimit(.minutes(1)), arguments: MongoTransport.allCases)
  func aServerThatStaysAwayIsWaitedForUntilTheDeadline(_ transport: MongoTransport) async throws {
    let limit = Duration.milliseconds(400)
    for fault in [FaultProxy.Fault.refuse, .cut(.fromServer, after: 0, .reset)] {
      let fixture = try MongoFaultFixture(transport, connectTimeout: .seconds(1))
      try await fixture.session { session in
        try await session.ping()
        fixture.proxy.fault = fault
        fixture.proxy.cutAll(.reset)
        let (thrown, time) = await outcome { _ = try await session.execute(fixture.insert(1).timeout(limit)) }
        fixture.expect(thrown, [.timeout, .connectionLost, .connectionFailed], [.ifIdempotent, .safe], "\(fault)")
        #expect(time.own < limit + .milliseconds(250), "\(fault): \(time)")
      }
      try await fixture.expectNothingLeft("\(fault)")
    }
  }

  /// The network goes silent, in every way. The caller is free on time; the thread that waits for the server is not, until `socketTimeoutMS`.
  @Test(.timeLimit(.minutes(1)), arguments: MongoTransport.allCases)
  func aCommandIntoSilenceEndsOnTime(_ transport: MongoTransport) async throws {
    let limit = Duration.milliseconds(200)
    for fault in transport == .tls
      ? [.blackHole] : [FaultProxy.Fault.blackHole, .stall(.fromServer, after: 0), .stall(.fromServer, after: 20)]
    {
      let fixture = try MongoFaultFixture(transport, connectTimeout: .seconds(1))
      try await fixture.session("&socketTimeoutMS=1500") { session in
        try await session.ping()
        fixture.proxy.fault = fault
        let (thrown, time) = await outcome { _ = try await session.execute(fixture.insert(1).timeout(limit)) }
        fixture.expect(thrown, [.timeout], [.ifIdempotent], "\(fault)")
        #expect(time.total >= limit && time.own < limit + .milliseconds(250), "\(fault): \(time)")
        let again = await outcome { try await session.ping() }
        fixture.expect(again.error, [.connectionLost], [.safe], "the command after it")
        #expect(again.time.own < .milliseconds(250), "\(again.time)")
      }
      let left = Stopwatch()
      fixture.proxy.fault = .none
      // Others are not sent into the silence as well.
      try await fixture.healed("&socketTimeoutMS=1500")
      await fixture.manager.shutdown(grace: .zero)
      try await eventually("the thread is still there") { ProcessTable.threads(named: "bosdb-mongo") == 0 }
      print("mongodb: a thread left in silence over \(transport) ended after \(left.time) with socketTimeoutMS=1500")
      try await fixture.expectNothingLeft("silence")
    }
  }

  @Test(arguments: MongoTransport.allCases)
  func cancellingIntoSilenceEndsAtOnce(_ transport: MongoTransport) async throws {
    let fixture = try MongoFaultFixture(transport, connectTimeout: .seconds(1))
    try await fixture.session("&socketTimeoutMS=1500") { session in
      try await session.ping()
      fixture.proxy.fault = .stall(.fromServer, after: 0)
      let task = Task { await outcome { _ = try await session.execute(fixture.insert(1)) } }
      try await Task.sleep(for: .milliseconds(100))
      let watch = Stopwatch()
      task.cancel()
      fixture.expect(await task.value.error, [.cancelled], [.ifIdempotent], "a cancel into silence")
      #expect(watch.time.own < .milliseconds(250), "\(watch.time)")
    }
    try await fixture.expectNothingLeft("a cancel into silence")
  }

  @Test(.timeLimit(.minutes(1)), arguments: MongoTransport.allCases)
  func aCursorLosesItsConnection(_ transport: MongoTransport) async throws {
    let fixture = try MongoFaultFixture(transport, connectTimeout: .seconds(1))
    try await fixture.fill(20_000)
    let faults: [(FaultProxy.Fault, DBError.Code)] = [
      (.cut(.fromServer, after: 60_000, .close), .connectionLost),
      (.cut(.fromServer, after: 60_000, .reset), .connectionLost),
      (.cut(.fromClient, after: 0, .reset), .connectionLost),
      (.halfClose(.fromServer, after: 60_000), .connectionLost), (.stall(.fromServer, after: 60_000), .timeout),
      (.blackHole, .timeout),
    ]
    let limit = Duration.milliseconds(400)
    for (fault, code) in faults {
      fixture.proxy.fault = .none
      try await fixture.healed("&socketTimeoutMS=1500")
      try await fixture.session("&socketTimeoutMS=1500") { session in
        var rows = 0
        try await session.ping()
        let (thrown, time) = await outcome {
          try await session.withRows(fixture.command("find").timeout(limit), batchSize: 100) { stream in
            for try await _ in stream {
              rows += 1
              if rows == 1 { fixture.proxy.fault = fault }
            }
          }
        }
        // A batch that is asked for again would be another one: cursors are not.
        fixture.expect(thrown, [code], [.ifIdempotent, .safe, .never], "\(fault)")
        #expect(rows > 0 && rows < 20_000, "\(fault): \(rows) rows")
        #expect(time.own < limit + .milliseconds(250), "\(fault): \(time)")
      }
    }
    try await eventually("cursors are left") {
      try await fixture.operations(["type": "idleCursor"]).isEmpty
    }
    try await fixture.expectNothingLeft("cursors")
  }

  /// A commit whose answer is lost is asked for again; one that cannot be is unknown.
  @Test(.timeLimit(.minutes(1)), arguments: MongoTransport.allCases)
  func aCommitLosesItsConnection(_ transport: MongoTransport) async throws {
    let fixture = try MongoFaultFixture(transport, connectTimeout: .seconds(2))
    try await fixture.fill(1)
    for (number, isLost) in [(1, false), (2, true)] {
      let task = Task {
        await outcome {
          try await fixture.session("&socketTimeoutMS=1500") { session in
            try await session.withTransaction { session in
              try await session.insert([["_id": .int32(Int32(number))]], into: fixture.collection)
              fixture.proxy.fault = isLost ? .refuse : .none
              fixture.proxy.cutAll(.reset)
            }
          }
        }
      }
      try await eventually("no commit", within: .seconds(6)) { fixture.proxy.fault == .refuse || !isLost }
      let watch = Stopwatch()
      // A cancelled task does not wait half a minute for an answer.
      if isLost { task.cancel() }
      let (thrown, _) = await task.value
      let time = watch.time
      fixture.proxy.fault = .none
      let isThere = try await !fixture.look(
        fixture.command("find", ["filter": .document(["_id": .int(Int64(number))])])
      )
      .rows.isEmpty
      if isLost {
        let error = try #require(thrown as? TransactionError, "\(String(reflecting: thrown))")
        #expect(error.outcome != .committed && (error.outcome == .unknown || !isThere), "\(error)")
        #expect(time.own < .milliseconds(500), "\(time)")
      } else {
        #expect(thrown == nil && isThere, "\(String(reflecting: thrown))")
      }
    }
    try await fixture.server.endTransactions(of: fixture.name)
    try await fixture.expectNothingLeft("commits")
  }

  /// Changes go on where they were when their connection is lost, and end at once when the task is cancelled in a silence.
  @Test(.timeLimit(.minutes(1)), arguments: MongoTransport.allCases)
  func aChangeStreamLosesItsConnection(_ transport: MongoTransport) async throws {
    let fixture = try MongoFaultFixture(transport)
    try await fixture.fill(1)
    let options = {
      var options = MongoChangeOptions()
      options.wait = .milliseconds(100)
      return options
    }()
    let faults: [FaultProxy.Fault] = [
      .cut(.fromServer, after: 0, .close), .cut(.fromServer, after: 100, .reset), .cut(.fromClient, after: 10, .reset),
      .refuse, .halfClose(.fromServer, after: 40),
    ]
    try await fixture.session { session in
      try await session.withChanges(of: .collection(fixture.collection), options) { changes in
        var iterator = changes.makeAsyncIterator()
        for (number, fault) in faults.enumerated() {
          _ = try await fixture.look(fixture.insert(number * 2 + 100))
          #expect(try await iterator.next()?.key?["_id"] == .int32(Int32(number * 2 + 100)))
          fixture.proxy.fault = fault
          if fault == .refuse { fixture.proxy.cutAll(.reset) }
          _ = try await fixture.look(fixture.insert(number * 2 + 101))
          let healing = Task {
            try await Task.sleep(for: .milliseconds(300))
            fixture.proxy.fault = .none
          }
          #expect(try await iterator.next()?.key?["_id"] == .int32(Int32(number * 2 + 101)), "\(fault)")
          try await healing.value
        }
      }
    }
    try await fixture.session("&socketTimeoutMS=1500") { session in
      let isOpen = Locked(false)
      let task = Task {
        await outcome {
          try await session.withChanges(of: .collection(fixture.collection), options) { changes in
            isOpen.withLock { $0 = true }
            for try await _ in changes {}
          }
        }
      }
      try await eventually("no stream is open") { isOpen.withLock { $0 } }
      fixture.proxy.fault = .blackHole
      let watch = Stopwatch()
      task.cancel()
      fixture.expect(await task.value.error, [.cancelled], [.ifIdempotent, .safe, .never], "a wait for changes")
      #expect(watch.time.own < .milliseconds(500), "\(watch.time)")
    }
    fixture.proxy.fault = .none
    try await fixture.expectNothingLeft("change streams")
  }

  /// A connection that is lost while nobody uses it costs nobody anything.
  @Test(arguments: MongoTransport.allCases)
  func anIdleConnectionIsLost(_ transport: MongoTransport) async throws {
    let fixture = try MongoFaultFixture(transport, connectTimeout: .seconds(1))
    for ending in [FaultProxy.Ending.close, .reset, .close] {
      try await fixture.session { try await $0.ping() }
      fixture.proxy.cutAll(ending)
      let (_, time) = try await Stopwatch.measure {
        try await fixture.session { _ = try await $0.execute(fixture.command("find")) }
      }
      // The server is looked at again half a second after the last look, as the drivers' specification has it.
      #expect(time.own < .milliseconds(1_000), "\(time)")
    }
    fixture.proxy.fault = .refuse
    fixture.proxy.cutAll(.reset)
    let (thrown, time) = await outcome {
      try await fixture.session { _ = try await $0.execute(fixture.command("find").timeout(.milliseconds(500))) }
    }
    fixture.expect(
      thrown, [.connectionFailed, .connectionLost, .timeout], [.safe, .ifIdempotent], "a server that is gone")
    #expect(time.own < .seconds(1) + .milliseconds(250), "\(time)")
    try await fixture.expectNothingLeft("idle connections")
  }

  /// Many tasks write while their connections are cut again and again. Every acknowledged write is there exactly once, and every error says
  /// honestly whether its write may be.
  @Test(.timeLimit(.minutes(2)), arguments: MongoTransport.allCases)
  func writesUnderFaultsAreHonest(_ transport: MongoTransport) async throws {
    for parameters in ["", Self.once] {
      let fixture = try MongoFaultFixture(transport, connectTimeout: .milliseconds(600))
      let ledger = WriteLedger()
      for round in 0..<6 {
        fixture.proxy.fault = .none
        try await fixture.healed(parameters)
        let direction = Bool.random() ? FaultProxy.Direction.fromClient : .fromServer
        fixture.proxy.fault = .cut(
          direction, after: Int.random(in: 0...(transport == .tls ? 16_000 : 4_000)), Bool.random() ? .close : .reset)
        await withTaskGroup(of: Void.self) { group in
          for task in 0..<10 {
            group.addTask {
              for step in 0..<4 {
                let id = "\(round)-\(task)-\(step)"
                await ledger.write(id) {
                  try await fixture.session(parameters) { session in
                    let request = fixture.command(
                      "insert",
                      ["documents": [.document(["id": .text(id), "text": .text(String(repeating: "x", count: 300))])]])
                    _ = try await session.execute(request.timeout(.milliseconds(300)))
                  }
                }
              }
            }
          }
        }
      }
      fixture.proxy.fault = .none
      let stored = try await fixture.look(fixture.command("find")).rows.map { try $0.decode(String.self, at: "id") }
      ledger.check(stored)
      #expect(ledger.acknowledged > 5, "\(ledger.acknowledged) acknowledged")
      print(
        "mongodb writes under faults over \(transport)\(parameters): \(ledger.acknowledged) acknowledged,",
        "\(ledger.unknown) unknown, \(ledger.refused) not sent")
      try await fixture.expectNothingLeft("writes under faults")
    }
  }
}

extension MongoFaultFixture {
  /// Waits until a session can be opened again: after an outage a pool tries now and then.
  func healed(_ parameters: String = "") async throws {
    try await eventually("the server is not found again") {
      (try? await session(parameters) { try await $0.ping() }) != nil
    }
  }

  func insert(_ number: Int) -> QueryRequest {
    command("insert", ["documents": [.document(["_id": .int(Int64(number))])]])
  }

  /// Documents in the fixture's collection, not through the proxy.
  func fill(_ count: Int) async throws {
    _ = try await server.session { session in
      try await session.insert(
        (0..<count).map { ["_id": .int32(Int32($0) - Int32(count)), "n": "a document of some length"] },
        into: collection)
    }
  }
}
