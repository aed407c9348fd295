import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// One fault in one stage of connecting, and the error it must end in.
struct MongoConnectFault: Sendable, CustomTestStringConvertible {
  var name: String
  var transport = MongoTransport.plain
  var fault: FaultProxy.Fault
  var codes: Set<DBError.Code> = [.connectionFailed, .timeout]

  var testDescription: String { "\(transport.rawValue): \(name)" }

  static let all: [MongoConnectFault] = MongoTransport.allCases.flatMap { transport in
    let broken: Set<DBError.Code> = transport == .tls ? [.connectionFailed, .tlsFailed] : [.connectionFailed]
    return [
      MongoConnectFault(name: "refused", transport: transport, fault: .refuse, codes: [.connectionFailed]),
      MongoConnectFault(name: "accepted and silent", transport: transport, fault: .blackHole),
      MongoConnectFault(
        name: "silent after the first byte", transport: transport, fault: .stall(.fromServer, after: 1)),
      MongoConnectFault(name: "too slow", transport: transport, fault: .delay(.milliseconds(900))),
      MongoConnectFault(
        name: "half closed by the server", transport: transport, fault: .halfClose(.fromServer, after: 3), codes: broken
      ),
      MongoConnectFault(
        name: "half closed by the client", transport: transport, fault: .halfClose(.fromClient, after: 20),
        codes: broken),
    ]
      + [FaultProxy.Ending.close, .reset].flatMap { ending in
        [
          MongoConnectFault(
            name: "\(ending) before the first byte", transport: transport, fault: .cut(.fromClient, after: 0, ending),
            codes: broken),
          MongoConnectFault(
            name: "\(ending) before the first answer", transport: transport, fault: .cut(.fromServer, after: 0, ending),
            codes: broken),
          MongoConnectFault(
            name: "\(ending) in the first answer", transport: transport, fault: .cut(.fromServer, after: 8, ending),
            codes: broken),
        ]
      }
  }
}

@Suite(.serialized, .requires(.mongoDB), .requires(.mongoDBTLS))
struct MongoFaultConnectTests {
  private static let limit = Duration.milliseconds(500)

  @Test(.timeLimit(.minutes(1)), arguments: MongoConnectFault.all)
  func connectingFails(_ cell: MongoConnectFault) async throws {
    let fixture = try MongoFaultFixture(cell.transport, cell.fault, connectTimeout: Self.limit)
    let (thrown, time) = await outcome { try await fixture.session { _ in } }
    fixture.expect(thrown, cell.codes, [.safe, .never], cell.name)
    let error = try #require(thrown as? DBError)
    #expect(error.stage != nil && error.server == nil && error.outcome == "not_sent", "\(error.debugDescription)")
    #expect(time.own < Self.limit + .milliseconds(250), "\(time)")
    try await fixture.expectNothingLeft(cell.name)
  }

  /// A connection ends, or falls silent, after so many bytes of what the server says while a session is opened: greeting, signing in, and the
  /// first answer. Wherever that is, it is an error on time, and the session works where it is not.
  @Test(.timeLimit(.minutes(2)), arguments: MongoTransport.allCases)
  func connectingFailsAnywhere(_ transport: MongoTransport) async throws {
    var (opened, failed) = (0, 0)
    // Those of the greeting that every connection gets are another test's.
    let places = transport == .tls ? [1_500, 2_600, 3_300, 3_700, 4_100] : [600, 1_000, 1_150, 1_300, 1_500]
    for after in places {
      for fault in [
        FaultProxy.Fault.cut(.fromServer, after: after, .reset), .stall(.fromServer, after: after),
      ] {
        let fixture = try MongoFaultFixture(transport, fault, connectTimeout: Self.limit)
        let (thrown, time) = await outcome { try await fixture.session { _ in } }
        if thrown == nil {
          opened += 1
        } else {
          failed += 1
          fixture.expect(
            thrown, [.connectionFailed, .timeout, .tlsFailed], [.safe, .never], "\(fault)")
          #expect((thrown as? DBError)?.stage != nil, "\(fault): \(String(reflecting: thrown))")
        }
        #expect(time.own < Self.limit + .milliseconds(250), "\(fault): \(time)")
        try await fixture.expectNothingLeft("\(fault)")
      }
    }
    #expect(failed > places.count, "\(opened) opened, \(failed) failed")
  }

  /// Cancelling a task that connects ends it at once, whatever the server does.
  @Test(arguments: MongoTransport.allCases)
  func connectingIsCancelled(_ transport: MongoTransport) async throws {
    for fault in [FaultProxy.Fault.blackHole, .stall(.fromServer, after: 3)] {
      let fixture = try MongoFaultFixture(transport, fault, connectTimeout: .seconds(2))
      let task = Task { await outcome { try await fixture.session { _ in } } }
      try await eventually("no connection came") { fixture.proxy.connectionCount > 0 }
      let watch = Stopwatch()
      task.cancel()
      fixture.expect(await task.value.error, [.cancelled], [.safe, .never], "a cancelled connect")
      #expect(watch.time.own < .milliseconds(250), "\(watch.time)")
      try await fixture.expectNothingLeft("a cancelled connect")
    }
  }

  /// What is slow or in pieces is not broken.
  @Test(.timeLimit(.minutes(1)), arguments: MongoTransport.allCases)
  func slowIsNotBroken(_ transport: MongoTransport) async throws {
    for fault in [FaultProxy.Fault.throttle, .delay(.milliseconds(15))] {
      let fixture = try MongoFaultFixture(transport, fault)
      try await fixture.session { session in
        let text = "é😀\r\n\u{0}"
        try await session.insert([["_id": 1, "text": .string(text)]], into: fixture.collection)
        let found = try await session.execute(fixture.command("find"))
        #expect(try found.rows[0].decode(String.self, at: "text") == text)
        try await session.ping()
      }
      try await fixture.expectNothingLeft("a slow session")
    }
  }

  @Test func certificatesAreChecked() async throws {
    let fixture = try MongoFaultFixture(.tls, connectTimeout: Self.limit)
    let client = try ConnectionString(TestServers.require(.mongoDBCertificate)).parameter("tlsCertificateKeyFile") ?? ""
    for (name, url) in [
      ("an unknown authority", fixture.url(authority: client)),
      ("a missing authority", fixture.url(authority: "/nonexistent/ca.crt")),
      ("another host's certificate", fixture.url().replacing("127.0.0.1", with: "127.1")),
    ] {
      let (thrown, time) = await outcome { try await fixture.manager.withSession(url) { _ in } }
      fixture.expect(thrown, [.tlsFailed], [.never], name)
      #expect((thrown as? DBError)?.stage == .tls, "\(name)")
      #expect(time.own < Self.limit + .milliseconds(250), "\(name): \(time)")
    }
    try await fixture.expectNothingLeft("certificates")
  }
}
