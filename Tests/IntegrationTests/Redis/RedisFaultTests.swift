import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

@Suite(.serialized, .requires(.redis), .requires(.redisTLS))
struct RedisFaultTests {
  /// What ends a connection while a command is under way, and where it meets it.
  static let endings: [(String, FaultProxy.Fault)] = [
    ("closed before sending", .cut(.fromClient, after: 0, .close)),
    ("reset before sending", .cut(.fromClient, after: 0, .reset)),
    ("closed while sending", .cut(.fromClient, after: 9, .close)),
    ("reset while sending", .cut(.fromClient, after: 9, .reset)),
    ("closed before the reply", .cut(.fromServer, after: 0, .close)),
    ("reset before the reply", .cut(.fromServer, after: 0, .reset)),
    ("closed in the reply", .cut(.fromServer, after: 5, .close)),
    ("reset in the reply", .cut(.fromServer, after: 5, .reset)),
    ("half closed in the reply", .halfClose(.fromServer, after: 3)),
    ("half closed while sending", .halfClose(.fromClient, after: 9)),
  ]

  @Test(.timeLimit(.minutes(1)), arguments: RedisTransport.allCases, endings.indices)
  func aCommandLosesItsConnection(_ transport: RedisTransport, _ index: Int) async throws {
    let (name, fault) = Self.endings[index]
    let fixture = try RedisFaultFixture(transport.server)
    try await fixture.session { session in
      _ = try await session.execute("ECHO first")
      fixture.proxy.fault = fault
      let (thrown, time) = await outcome { _ = try await session.execute("ECHO 'a reply of some length'") }
      fixture.expect(thrown, [.connectionLost], [.ifIdempotent], name)
      #expect(time.own < .milliseconds(250), "\(name) took \(time)")
      fixture.proxy.fault = .none
      let again = await outcome { _ = try await session.execute("ECHO again") }
      fixture.expect(again.error, [.connectionLost], [.safe], "the command after it")
      #expect(again.time.own < .milliseconds(250), "\(again.time)")
    }
    // The pool has noticed.
    let anew = try await fixture.session { try await $0.execute("ECHO anew").rows[0][0] }
    #expect(anew == "anew")
    try await fixture.expectNothingLeft(name)
  }

  /// The network goes silent, in every way.
  @Test(arguments: RedisTransport.allCases)
  func aCommandIntoSilenceEndsOnTime(_ transport: RedisTransport) async throws {
    for fault in [FaultProxy.Fault.blackHole, .stall(.fromServer, after: 0), .stall(.fromServer, after: 3)] {
      let fixture = try RedisFaultFixture(transport.server)
      try await fixture.session { session in
        _ = try await session.execute("ECHO first")
        fixture.proxy.fault = fault
        let limit = Duration.milliseconds(200)
        let (thrown, time) = await outcome { _ = try await session.execute(QueryRequest("ECHO lost").timeout(limit)) }
        fixture.expect(thrown, [.timeout], [.ifIdempotent], "silence")
        #expect(time.total >= limit && time.own < limit + .milliseconds(250), "\(time)")
      }
      // Others are not sent into the silence as well.
      fixture.proxy.fault = .none
      let (value, time) = try await Stopwatch.measure {
        try await fixture.session { try await $0.execute("ECHO anew").rows[0][0] }
      }
      #expect(value == "anew" && time.own < .milliseconds(250), "\(time)")
      try await fixture.expectNothingLeft("silence")
    }
  }

  @Test(arguments: RedisTransport.allCases)
  func cancellingIntoSilenceEndsAtOnce(_ transport: RedisTransport) async throws {
    let fixture = try RedisFaultFixture(transport.server)
    try await fixture.session { session in
      _ = try await session.execute("ECHO first")
      fixture.proxy.fault = .stall(.fromServer, after: 0)
      let task = Task { await outcome { _ = try await session.execute("ECHO unheard") } }
      try await fixture.untilTheServerHas("echo")
      let watch = Stopwatch()
      task.cancel()
      fixture.expect(await task.value.error, [.cancelled], [.ifIdempotent], "a cancel into silence")
      #expect(watch.time.own < .milliseconds(250), "\(watch.time)")
    }
    try await fixture.expectNothingLeft("a cancel into silence")
  }

  /// A value larger than all buffers on the way is stuck half-way, and so is who comes after it: of that nothing was sent.
  @Test(arguments: RedisTransport.allCases)
  func sendingIntoSilenceSaysWhatWasSent(_ transport: RedisTransport) async throws {
    let fixture = try RedisFaultFixture(transport.server)
    try await fixture.session { session in
      _ = try await session.execute("ECHO first")
      fixture.proxy.fault = .blackHole
      let limit = Duration.milliseconds(300)
      let stuckLimit = Duration.milliseconds(900)
      let big = QueryRequest(.command(["ECHO", .bytes(DBBytes([UInt8](repeating: 0x78, count: 16 << 20)))]))
      let first = Task { await outcome { _ = try await session.execute(big.timeout(stuckLimit)) } }
      try await eventually("nothing is on its way") { ProcessTable.unsentBytes(toPort: fixture.proxy.port) > 100_000 }
      let (thrown, time) = await outcome { _ = try await session.execute(QueryRequest("ECHO late").timeout(limit)) }
      fixture.expect(thrown, [.timeout], [.safe], "a command behind one that is stuck")
      #expect(time.own < limit + .milliseconds(250), "\(time)")
      let stuck = await first.value
      fixture.expect(stuck.error, [.timeout], [.ifIdempotent], "a command that is stuck")
      #expect(stuck.time.own < stuckLimit + .milliseconds(250), "\(stuck.time)")
    }
    try await fixture.expectNothingLeft("a command that was stuck")
  }

  @Test(.timeLimit(.minutes(1)), arguments: RedisTransport.allCases)
  func aScanLosesItsConnection(_ transport: RedisTransport) async throws {
    let fixture = try RedisFaultFixture(transport.server)
    let key = fixture.clientName + ":scanned"
    _ = try await fixture.look("EVAL \("for i = 1, 20000 do redis.call('SADD', KEYS[1], 'member ' .. i) end") 1 \(key)")
    let faults: [(FaultProxy.Fault, DBError.Code)] = [
      (.cut(.fromServer, after: 60_000, .close), .connectionLost),
      (.cut(.fromServer, after: 60_000, .reset), .connectionLost),
      (.halfClose(.fromServer, after: 60_000), .connectionLost), (.stall(.fromServer, after: 60_000), .timeout),
      (.blackHole, .timeout),
    ]
    for (fault, code) in faults {
      try await fixture.session("&timeout=300ms") { session in
        var rows = 0
        fixture.proxy.fault = .none
        let (thrown, time) = await outcome {
          try await session.withRows("SSCAN \(key) 0") { stream in
            for try await _ in stream {
              rows += 1
              if rows == 1 { fixture.proxy.fault = fault }
            }
          }
        }
        fixture.expect(thrown, [code], [.ifIdempotent, .safe], "\(fault)")
        #expect(rows > 0 && rows < 20_000, "\(fault): \(rows) rows")
        #expect(time.own < .milliseconds(300 + 250), "\(fault): \(time)")
      }
    }
    _ = try await fixture.look("UNLINK \(key)")
    try await fixture.expectNothingLeft("scans")
  }

  @Test(.timeLimit(.minutes(1)), arguments: RedisTransport.allCases)
  func aBlockedCommandLosesItsConnection(_ transport: RedisTransport) async throws {
    let fixture = try RedisFaultFixture(transport.server)
    let request: QueryRequest = "BLPOP \(fixture.clientName + ":none") 0"
    for (index, fault) in [
      FaultProxy.Fault.cut(.fromServer, after: 0, .close), .cut(.fromServer, after: 0, .reset),
    ].enumerated() {
      try await fixture.session { session in
        let task = Task { await outcome { _ = try await session.execute(request) } }
        try await fixture.untilTheServerHas("blpop")
        fixture.proxy.fault = fault
        let watch = Stopwatch()
        fixture.proxy.cutAll(index == 0 ? .close : .reset)
        fixture.expect(await task.value.error, [.connectionLost], [.ifIdempotent], "\(fault)")
        #expect(watch.time.own < .milliseconds(250), "\(watch.time)")
        fixture.proxy.fault = .none
      }
    }
    // The server cannot be told to stop.
    for fault in [FaultProxy.Fault.blackHole, .stall(.fromServer, after: 0)] {
      try await fixture.session { session in
        _ = try await session.execute(QueryRequest("BLPOP \(fixture.clientName + ":none") 0.001"))
        let limit = Duration.milliseconds(300)
        let task = Task { await outcome { _ = try await session.execute(request.timeout(limit)) } }
        try await fixture.untilTheServerHas("blpop")
        fixture.proxy.fault = fault
        let (thrown, time) = await task.value
        fixture.expect(thrown, [.timeout], [.ifIdempotent], "\(fault)")
        #expect(time.own < limit + .milliseconds(250), "\(time)")
        fixture.proxy.fault = .none
        let cancelled = Task { await outcome { _ = try await session.execute(request) } }
        try await fixture.untilTheServerHas("blpop")
        fixture.proxy.fault = fault
        let watch = Stopwatch()
        cancelled.cancel()
        fixture.expect(await cancelled.value.error, [.cancelled], [.ifIdempotent], "\(fault)")
        #expect(watch.time.own < .milliseconds(250), "\(watch.time)")
        fixture.proxy.fault = .none
      }
    }
    try await fixture.expectNothingLeft("blocked commands")
  }

  @Test(.timeLimit(.minutes(1)), arguments: RedisTransport.allCases)
  func aSubscriptionLosesItsConnection(_ transport: RedisTransport) async throws {
    let fixture = try RedisFaultFixture(transport.server)
    let channel = fixture.clientName + ":news"
    let faults: [FaultProxy.Fault] = [
      .cut(.fromServer, after: 20, .close), .cut(.fromServer, after: 20, .reset), .halfClose(.fromServer, after: 20),
    ]
    for fault in faults {
      try await fixture.session { session in
        var seen = 0
        let watch = Locked(Stopwatch())
        let (thrown, _) = await outcome {
          try await session.withMessages(of: [.channel(channel)]) { messages in
            _ = try await fixture.look("PUBLISH \(channel) one")
            for try await _ in messages {
              seen += 1
              fixture.proxy.fault = fault
              _ = try await fixture.look("PUBLISH \(channel) two")
              watch.withLock { $0 = Stopwatch() }
            }
          }
        }
        let time = watch.withLock { $0.time }
        fixture.expect(thrown, [.connectionLost], [.ifIdempotent], "\(fault)")
        #expect(seen == 1 && time.own < .milliseconds(250), "\(fault): \(seen) messages, \(time)")
        fixture.proxy.fault = .none
      }
    }
    // While it is made, on a connection that was good a moment ago.
    try await fixture.session("&timeout=200ms") { session in
      _ = try await session.execute("BLPOP \(channel + ":none") 0.001")
      fixture.proxy.fault = .stall(.fromServer, after: 0)
      let (thrown, time) = await outcome { try await session.withMessages(of: [.channel(channel)]) { _ in } }
      fixture.expect(thrown, [.timeout], [.safe], "a subscription into silence")
      #expect(time.own < .milliseconds(200 + 250), "\(time)")
      fixture.proxy.fault = .none
    }
    try await fixture.expectNothingLeft("subscriptions")
  }

  /// A connection that is lost while nobody uses it costs nobody anything.
  @Test(arguments: RedisTransport.allCases)
  func anIdleConnectionIsLost(_ transport: RedisTransport) async throws {
    let fixture = try RedisFaultFixture(transport.server)
    for ending in [FaultProxy.Ending.close, .reset, .close] {
      try await fixture.session { _ = try await $0.execute("ECHO first") }
      try await fixture.session(exclusively: true) { _ = try await $0.execute("ECHO first") }
      fixture.proxy.cutAll(ending)
      try await eventually("the sockets are still there") { ProcessTable.sockets(toPort: fixture.proxy.port) == 0 }
      let (value, time) = try await Stopwatch.measure {
        try await fixture.session { try await $0.execute("ECHO anew").rows[0][0] }
      }
      #expect(value == "anew" && time.own < .milliseconds(250), "\(time)")
    }
    // The server is gone altogether.
    fixture.proxy.fault = .refuse
    fixture.proxy.cutAll(.reset)
    try await eventually("the sockets are still there") { ProcessTable.sockets(toPort: fixture.proxy.port) == 0 }
    let (thrown, time) = await outcome { try await fixture.session { _ = try await $0.execute("ECHO lost") } }
    fixture.expect(thrown, [.connectionFailed], [.safe], "a server that is gone")
    #expect((thrown as? DBError)?.stage == .dial, "\(String(describing: thrown))")
    // A pool that had connections a moment ago tries more than once.
    #expect(time.own < .seconds(1) + .milliseconds(250), "\(time)")
    try await fixture.expectNothingLeft("idle connections")
  }

  /// Many tasks write over one connection that is cut again and again. Every acknowledged write is there exactly once, and every error says
  /// honestly whether its write may be.
  @Test(.timeLimit(.minutes(2)), arguments: RedisTransport.allCases)
  func writesUnderFaultsAreHonest(_ transport: RedisTransport) async throws {
    let fixture = try RedisFaultFixture(transport.server)
    let (list, counter) = (fixture.clientName + ":writes", fixture.clientName + ":counter")
    let ledger = WriteLedger()
    for round in 0..<25 {
      let ending = Bool.random() ? FaultProxy.Ending.close : .reset
      let direction = Bool.random() ? FaultProxy.Direction.fromClient : .fromServer
      let after = Int.random(in: 0...(direction == .fromClient ? 6_000 : 500))
      fixture.proxy.fault = .none
      try await fixture.session { session in
        _ = try await session.execute("ECHO first")
        fixture.proxy.fault = .cut(direction, after: after, ending)
        await withTaskGroup(of: Void.self) { group in
          for task in 0..<60 {
            group.addTask {
              for step in 0..<3 {
                let value = "\(round)-\(task)-\(step)"
                await ledger.write(value) { _ = try await session.execute("RPUSH \(list) \(value)") }
              }
            }
          }
        }
      }
    }
    fixture.proxy.fault = .none
    ledger.check(try await fixture.look("LRANGE \(list) 0 -1").rows.map { $0[0].description })
    #expect(ledger.acknowledged > 50 && ledger.unknown > 10 && ledger.refused > 50)
    print(
      "redis writes under faults over \(transport.rawValue): \(ledger.acknowledged) acknowledged, \(ledger.unknown) unknown,",
      "\(ledger.refused) not sent")
    // A counter that is repeated only where that is safe counts every acknowledged step once.
    let counted = Locked((done: 0, unknown: 0))
    for _ in 0..<10 {
      fixture.proxy.fault = .none
      try await fixture.session { session in
        _ = try await session.execute("ECHO first")
        fixture.proxy.fault = .cut(.fromServer, after: Int.random(in: 0...60), .reset)
        await withTaskGroup(of: Void.self) { group in
          for _ in 0..<20 {
            group.addTask {
              do {
                _ = try await session.execute("INCR \(counter)")
                counted.withLock { $0.done += 1 }
              } catch {
                if (error as? DBError)?.retry == .ifIdempotent { counted.withLock { $0.unknown += 1 } }
              }
            }
          }
        }
      }
    }
    let (done, unknown) = counted.withLock { $0 }
    let value = try await fixture.look("GET \(counter)").rows[0][0].description
    let total = try #require(Int(value) ?? (done == 0 ? 0 : nil))
    #expect(
      (done...done + unknown).contains(total), "\(total) was counted of \(done) acknowledged and \(unknown) unknown")
    _ = try await fixture.look("UNLINK \(list) \(counter)")
    try await fixture.expectNothingLeft("writes under faults")
  }
}
