import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

/// One fault in one stage of connecting, and the error it must end in.
struct RedisConnectFault: Sendable, CustomTestStringConvertible {
  var name: String
  var transport = RedisTransport.plain
  var fault: FaultProxy.Fault
  var connectTimeout = Duration.seconds(2)
  var codes: Set<DBError.Code> = [.connectionFailed]
  var stages: Set<ConnectStage>

  var testDescription: String { "\(transport.rawValue): \(name)" }

  static let all: [RedisConnectFault] = RedisTransport.allCases.flatMap { transport in
    let first: ConnectStage = transport == .tls ? .tls : .authentication
    let brief = Duration.milliseconds(300)
    return [
      RedisConnectFault(name: "refused", transport: transport, fault: .refuse, stages: [.dial]),
      RedisConnectFault(
        name: "accepted and silent", transport: transport, fault: .blackHole, connectTimeout: brief, codes: [.timeout],
        stages: [first]),
      RedisConnectFault(
        name: "silent after the first byte", transport: transport, fault: .stall(.fromServer, after: 1),
        connectTimeout: brief, codes: [.timeout], stages: [first]),
      RedisConnectFault(
        name: "too slow", transport: transport, fault: .delay(.milliseconds(400)), connectTimeout: brief,
        codes: [.timeout], stages: [first]),
      RedisConnectFault(
        name: "half closed by the server", transport: transport, fault: .halfClose(.fromServer, after: 3),
        codes: transport == .tls ? [.tlsFailed, .connectionFailed] : [.connectionFailed], stages: [first]),
    ]
      + [FaultProxy.Ending.close, .reset].flatMap { ending in
        [
          RedisConnectFault(
            name: "\(ending) before the first byte", transport: transport, fault: .cut(.fromClient, after: 0, ending),
            codes: [.connectionFailed, .tlsFailed], stages: [.dial, first]),
          RedisConnectFault(
            name: "\(ending) before the first answer", transport: transport,
            fault: .cut(.fromServer, after: 0, ending), codes: [.connectionFailed, .tlsFailed], stages: [first]),
          // In TLS that is inside the handshake; else between the answers of the greeting.
          RedisConnectFault(
            name: "\(ending) in the first answers", transport: transport, fault: .cut(.fromServer, after: 8, ending),
            codes: [.connectionFailed, .tlsFailed], stages: [first]),
          RedisConnectFault(
            name: "\(ending) in the list of commands", transport: transport,
            fault: .cut(.fromServer, after: 8_000, ending), codes: [.connectionFailed, .connectionLost],
            stages: [.authentication, .startup]),
        ]
      } + [
        RedisConnectFault(
          name: "silent in the list of commands", transport: transport, fault: .stall(.fromServer, after: 8_000),
          connectTimeout: .milliseconds(500), codes: [.timeout], stages: [.authentication, .startup])
      ]
  }
}

@Suite(.serialized, .requires(.redis), .requires(.redisTLS))
struct RedisFaultConnectTests {
  @Test(.timeLimit(.minutes(1)), arguments: RedisConnectFault.all)
  func connectingFails(_ cell: RedisConnectFault) async throws {
    let fixture = try RedisFaultFixture(cell.transport.server, cell.fault, connectTimeout: cell.connectTimeout)
    let (thrown, time) = await outcome { try await fixture.session { _ in } }
    fixture.expect(thrown, cell.codes, cell.codes == [.timeout] ? [.safe] : [.safe, .never], cell.name)
    let error = try #require(thrown as? DBError)
    #expect(
      error.stage.map(cell.stages.contains) == true,
      "stage \(String(describing: error.stage)): \(error.debugDescription)")
    #expect(error.server == nil && error.outcome == "not_sent", "\(error.outcome)")
    #expect(time.own < cell.connectTimeout + .milliseconds(250), "\(time)")
    try await fixture.expectNothingLeft(cell.name)
  }

  /// Cancelling a task that connects ends it at once, whatever the server does.
  @Test(arguments: RedisTransport.allCases)
  func connectingIsCancelled(_ transport: RedisTransport) async throws {
    for fault in [FaultProxy.Fault.blackHole, .stall(.fromServer, after: 3)] {
      let fixture = try RedisFaultFixture(transport.server, fault, connectTimeout: .seconds(30))
      let task = Task { await outcome { try await fixture.session { _ in } } }
      try await eventually("no connection came") { fixture.proxy.connectionCount > 0 }
      let watch = Stopwatch()
      task.cancel()
      fixture.expect(await task.value.error, [.cancelled], [.safe], "a cancelled connect")
      #expect(watch.time.own < .milliseconds(250), "\(watch.time)")
      try await fixture.expectNothingLeft("a cancelled connect")
    }
  }

  @Test func abandonedDialsLeaveNoThreads() async throws {
    let fixture = try RedisFaultFixture(.redis, .blackHole, connectTimeout: .milliseconds(40))
    let before = ProcessTable.threads(named: "bosdb-blocking")
    for _ in 1...30 {
      // A manager each: one that was timed out lately does not dial again at once.
      let (thrown, _) = await outcome {
        try await ConnectionManager.withManager(
          registry: AdapterRegistry([.redis]),
          configuration: ConnectionManagerConfiguration(connectTimeout: .milliseconds(40))
        ) { try await $0.withSession(fixture.url()) { _ in } }
      }
      fixture.expect(thrown, [.timeout], [.safe], "a dial")
    }
    #expect(fixture.proxy.connectionCount == 30)
    #expect(ProcessTable.threads(named: "bosdb-blocking") < before + 15)
    try await fixture.expectNothingLeft("abandoned dials")
  }

  /// What is slow or in pieces is not broken.
  @Test(.timeLimit(.minutes(1)), arguments: RedisTransport.allCases)
  func slowIsNotBroken(_ transport: RedisTransport) async throws {
    for fault in [FaultProxy.Fault.throttle, .delay(.milliseconds(15))] {
      // The list of commands is long; it comes before the fault.
      let fixture = try RedisFaultFixture(transport.server)
      try await fixture.session { session in
        fixture.proxy.fault = fault
        let odd = "é😀\r\n\u{0}"
        #expect(try await session.execute("ECHO \(odd)").rows[0][0] == .text(odd))
        #expect(try await session.execute("EVAL_RO 'return {1,{2,{3}}}' 0").rows.count == 2)
        try await session.ping()
      }
      try await fixture.session(exclusively: true) { try await $0.ping() }
      try await fixture.expectNothingLeft("a slow session")
    }
  }

  @Test func aPlainConnectionToAPortWithTLSSaysWhatMayBeMeant() async throws {
    let string = try ConnectionString(TestServers.require(.redisTLS))
    let endpoint = try #require(string.endpoints.first)
    let (thrown, _) = await outcome {
      try await ConnectionManager.withManager(
        registry: AdapterRegistry([.redis]),
        configuration: ConnectionManagerConfiguration(connectTimeout: .seconds(2))
      ) { try await $0.withSession("redis://\(endpoint)") { _ in } }
    }
    let error = try #require(thrown as? DBError)
    #expect([.connectionFailed, .timeout].contains(error.code))
    #expect(error.message.hasSuffix("; a port that speaks TLS needs the scheme rediss:"))
  }

  @Test func certificatesAreChecked() async throws {
    let client = try ConnectionString(TestServers.require(.redisCertificate)).parameter("sslcert") ?? ""
    let fixture = try RedisFaultFixture(.redisTLS)
    for (name, url) in [
      ("an unknown authority", fixture.url(authority: client)),
      ("a missing authority", fixture.url(authority: "/nonexistent/ca.crt")),
      ("another host's certificate", fixture.url("&sslservername=db.example")),
    ] {
      let (thrown, _) = await outcome { try await fixture.manager.withSession(url) { _ in } }
      fixture.expect(thrown, [.tlsFailed], [.never], name)
      #expect((thrown as? DBError)?.stage == .tls, "\(name)")
    }
    try await fixture.expectNothingLeft("certificates")
  }
}
