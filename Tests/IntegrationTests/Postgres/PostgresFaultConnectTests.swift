import DBAdapterCore
import DBAdapterTesting
import Foundation
import PostgresAdapter
import Testing

/// One fault in one stage of connecting, and the error it must end in.
struct ConnectFault: Sendable, CustomTestStringConvertible {
  var name: String
  var fault: FaultProxy.Fault
  var sslmode = "disable"
  var connectTimeout = Duration.seconds(2)
  var codes: Set<DBError.Code> = [.connectionFailed]
  var stages: Set<ConnectStage>

  var testDescription: String { name }

  static let all: [ConnectFault] =
    [
      ConnectFault(name: "refused", fault: .refuse, stages: [.dial]),
      ConnectFault(
        name: "accepted and silent", fault: .blackHole, connectTimeout: .milliseconds(400), codes: [.timeout],
        stages: [.authentication]),
      ConnectFault(
        name: "accepted and silent, before TLS", fault: .blackHole, sslmode: "require",
        connectTimeout: .milliseconds(400),
        codes: [.timeout], stages: [.tls]),
      ConnectFault(
        name: "silent after the first byte of TLS", fault: .stall(.fromServer, after: 1), sslmode: "require",
        connectTimeout: .milliseconds(400), codes: [.timeout], stages: [.tls]),
      ConnectFault(
        name: "silent in authentication", fault: .stall(.fromServer, after: 40), connectTimeout: .milliseconds(400),
        codes: [.timeout], stages: [.authentication]),
      ConnectFault(
        name: "too slow", fault: .delay(.milliseconds(300)), connectTimeout: .milliseconds(400), codes: [.timeout],
        stages: [.authentication, .startup]),
    ] + cuts

  /// Cut at each stage in both ways of ending.
  private static var cuts: [ConnectFault] {
    [FaultProxy.Ending.close, .reset].flatMap { ending in
      [
        ConnectFault(
          name: "\(ending) before the first byte", fault: .cut(.fromClient, after: 0, ending),
          stages: [.dial, .authentication]),
        ConnectFault(
          name: "\(ending) before the answer to TLS", fault: .cut(.fromServer, after: 0, ending), sslmode: "require",
          codes: [.connectionFailed, .tlsFailed], stages: [.tls]),
        ConnectFault(
          name: "\(ending) in the handshake of TLS", fault: .cut(.fromServer, after: 100, ending), sslmode: "require",
          codes: [.connectionFailed, .tlsFailed], stages: [.tls]),
        ConnectFault(
          name: "\(ending) before the first answer", fault: .cut(.fromServer, after: 0, ending),
          stages: [.authentication]),
        ConnectFault(
          name: "\(ending) in authentication", fault: .cut(.fromServer, after: 40, ending), stages: [.authentication]),
        // The SCRAM exchange takes some 190 bytes; the settings of the session follow.
        ConnectFault(
          name: "\(ending) after authentication", fault: .cut(.fromServer, after: 300, ending),
          stages: [.authentication, .startup]),
      ]
    } + [
      ConnectFault(
        name: "half closed in authentication", fault: .halfClose(.fromServer, after: 24), stages: [.authentication])
    ]
  }
}

@Suite(.serialized, .enabled(if: TestServers.canTest(.postgres), Comment(rawValue: TestServers.missing(.postgres))))
struct PostgresFaultConnectTests {
  @Test(.timeLimit(.minutes(1)), arguments: ConnectFault.all)
  func connectingFails(_ cell: ConnectFault) async throws {
    let fixture = try PostgresFaultFixture(cell.fault)
    for _ in 1...3 {
      let (thrown, time) = await outcome {
        try await fixture.withSession("sslmode=\(cell.sslmode)&gssencmode=disable", connectTimeout: cell.connectTimeout)
        { _ in }
      }
      let error = try #require(thrown as? DBError, "\(String(describing: thrown))")
      #expect(cell.codes.contains(error.code), "\(error)")
      #expect(error.stage.map(cell.stages.contains) == true, "stage \(String(describing: error.stage)): \(error)")
      #expect(error.retry == .safe, "nothing was asked of the server yet: \(error.debugDescription)")
      #expect(error.server == nil && error.outcome == "not_sent", "\(error.outcome)")
      #expect(time.own < cell.connectTimeout + .milliseconds(250), "\(time)")
      #expect(!error.description.contains(fixture.password) && !error.debugDescription.contains(fixture.password))
    }
    try await fixture.expectNothingLeft(cell.name)
  }

  /// Cancelling a task that connects ends it at once, whatever the server does.
  @Test(arguments: [FaultProxy.Fault.blackHole, .stall(.fromServer, after: 40)])
  func connectingIsCancelled(_ fault: FaultProxy.Fault) async throws {
    let fixture = try PostgresFaultFixture(fault)
    let task = Task { await outcome { try await fixture.withSession(connectTimeout: .seconds(30)) { _ in } } }
    try await eventually("no connection came", within: .seconds(5)) { fixture.proxy.connectionCount > 0 }
    let watch = Stopwatch()
    task.cancel()
    let error = await task.value.error as? DBError
    #expect(watch.time.own < .milliseconds(250), "\(watch.time)")
    #expect(error?.code == .cancelled && error?.retry == .safe, "\(String(describing: error))")
    try await fixture.expectNothingLeft("a cancelled connect")
  }

  @Test func abandonedDialsLeaveNoThreads() async throws {
    let fixture = try PostgresFaultFixture(.blackHole)
    func dials(_ count: Int) async {
      for _ in 1...count {
        let (error, _) = await outcome { try await fixture.withSession(connectTimeout: .milliseconds(60)) { _ in } }
        #expect((error as? DBError)?.code == .timeout)
      }
    }
    await dials(5)
    let before = ProcessTable.threads(named: "bosdb-blocking")
    await dials(30)
    // One after the other they need a thread or two; other suites may need some meanwhile, but not one a dial.
    #expect(ProcessTable.threads(named: "bosdb-blocking") < before + 15)
    #expect(ProcessTable.threads(named: "bosdb-loop") == 1)
    try await fixture.expectNothingLeft("abandoned dials")
  }

  /// What is slow or in pieces is not broken.
  @Test(arguments: [FaultProxy.Fault.throttle, .delay(.milliseconds(15))])
  func slowIsNotBroken(_ fault: FaultProxy.Fault) async throws {
    let fixture = try PostgresFaultFixture(fault)
    for sslmode in ["disable", "require"] {
      try await fixture.withSession("sslmode=\(sslmode)") { session in
        let row = try await session.execute("SELECT \(1)::bigint, \("é😀"), \(DBDecimal("1e30"))::numeric").rows[0]
        #expect(row.values == [1, "é😀", .decimal(DBDecimal("1e30")!)])
        try await session.ping()
      }
    }
    try await fixture.expectNothingLeft("a slow session")
  }

  @Test(arguments: [
    ("an unknown authority", "sslmode=verify-full&sslrootcert=CLIENT"),
    ("a missing authority", "sslmode=verify-ca&sslrootcert=/nonexistent/ca.crt"),
  ])
  func certificatesFail(_ name: String, _ parameters: String) async throws {
    let certificate = try ConnectionString(TestServers.require(.postgresCertificate)).parameter("sslcert") ?? ""
    let fixture = try PostgresFaultFixture()
    let (thrown, _) = await outcome {
      try await fixture.withSession(parameters.replacing("CLIENT", with: certificate)) { _ in }
    }
    let error = try #require(thrown as? DBError, "\(name): \(String(describing: thrown))")
    #expect(
      error.code == .tlsFailed && error.stage == .tls && error.retry == .never, "\(name): \(error.debugDescription)")
    #expect(!error.debugDescription.contains(fixture.password))
    try await fixture.expectNothingLeft(name)
  }

  @Test func aCertificateForAnotherHostFails() async throws {
    let tls = try ConnectionString(TestServers.require(.postgresTLS))
    let authority = tls.parameter("sslrootcert") ?? ""
    let fixture = try PostgresFaultFixture()
    let words =
      "host=db.example hostaddr=127.0.0.1 port=\(fixture.proxy.port) user=bosdb password=\(fixture.password) "
      + "dbname=bosdb_test sslmode=verify-full sslrootcert=\(authority)"
    let manager = ConnectionManager(registry: try AdapterRegistry([.postgres]))
    let error = await #expect(throws: DBError.self) { try await manager.withSession(words) { _ in } }
    #expect(error?.code == .tlsFailed && error?.stage == .tls && error?.retry == .never, "\(error.debugDescription)")
    #expect(
      error?.message.contains("db.example") == true && error?.debugDescription.contains(fixture.password) == false)
  }

  @Test func aUserWithoutItsCertificateIsNotAuthenticated() async throws {
    let tls = try ConnectionString(TestServers.require(.postgresTLS))
    let url =
      "postgres://bosdb_cert@\(tls.endpoints[0])/bosdb_test?sslmode=verify-full&sslrootcert=\(tls.parameter("sslrootcert") ?? "")"
    let manager = ConnectionManager(registry: try AdapterRegistry([.postgres]))
    let error = await #expect(throws: DBError.self) { try await manager.withSession(url) { _ in } }
    #expect(error?.code == .authenticationFailed && error?.stage == .authentication, "\(error.debugDescription)")
  }
}
