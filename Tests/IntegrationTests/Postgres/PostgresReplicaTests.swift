import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

@Suite(.requires(.postgresStandby)) struct PostgresReplicaTests {
  private func standby() throws -> Endpoint { try ConnectionString(TestServers.require(.postgresStandby)).endpoints[0] }

  private func withAdapter(
    _ text: String, _ preference: ServerPreference, access: AccessLevel = .readOnly, timeout: Duration = .seconds(5),
    _ body: (any IDBAdapter) async throws -> Void
  ) async throws {
    let configuration = ConnectionConfiguration(
      try ConnectionString(text), access: access, preference: preference, connectTimeout: timeout)
    let adapter = try AdapterRegistration.postgres.connector(configuration).makeAdapter()
    do {
      try await adapter.connect()
      try await body(adapter)
    } catch {
      await adapter.close()
      throw error
    }
    await adapter.close()
  }

  private func role(_ text: String, _ preference: ServerPreference) async throws -> (String, String) {
    var found = ("", "")
    try await withAdapter(text, preference) { adapter in
      found = (try await adapter.serverInfo().role, adapter.endpoint)
    }
    return found
  }

  @Test func thePreferenceDecidesWhoAnswers() async throws {
    let primary = try TestServers.require(.postgres)
    let (own, standby) = (try ConnectionString(primary).endpoints[0], try standby())
    let url = primary + "?replica=\(standby)"
    let preferred = try await role(url, .replica)
    #expect(preferred == ("standby", "\(standby)/bosdb_test"))
    let usual = try await role(url, .primary)
    #expect(usual == ("primary", "\(own)/bosdb_test"))
    let without = try await role(primary, .replica)
    #expect(without == ("primary", "\(own)/bosdb_test"))
    // The string's own word counts.
    let asked = try await role(url + "&target_session_attrs=read-write", .replica)
    #expect(asked.0 == "primary")
  }

  @Test func keywordStringsNameReplicasToo() async throws {
    let string = try ConnectionString(TestServers.require(.postgres))
    let (own, standby) = (string.endpoints[0], try standby())
    let password = string.password?.withExposed { $0 } ?? ""
    let text =
      "replica = '\(standby)' host=\(own.host) port=\(own.port ?? 0) user=bosdb password='\(password)' dbname=bosdb_test"
    #expect(try await role(text, .replica).0 == "standby")
    #expect(try await role(text, .primary).0 == "primary")
    let addresses = text.replacing(" host=", with: " hostaddr=")
    #expect(try await role(addresses, .replica).0 == "standby")
    #expect(try await role(addresses, .primary).0 == "primary")
  }

  @Test func aServiceDoesNotTellThePrimary() async throws {
    let error = await #expect(throws: DBError.self) {
      try await withAdapter("postgres:///d?service=s&replica=r", .replica) { _ in }
    }
    #expect(error?.code == .invalidConnectionString && error?.message.contains("replica") == true)
  }

  @Test func thePrimaryAnswersWhereNoReplicaDoes() async throws {
    let url = try TestServers.require(.postgres)
    // Nobody listens there.
    #expect(try await role(url + "?replica=127.0.0.1:1,127.0.0.1:2", .replica).0 == "primary")
    // One replica is down, the other is not.
    #expect(try await role(url + "?replica=127.0.0.1:1&replica=\(try standby())", .replica).0 == "standby")
    // It accepts and says nothing: its share of the time passes.
    let hole = try FaultProxy(toPort: standby().port ?? 0, fault: .blackHole)
    defer { hole.stop() }
    try await withAdapter(url + "?replica=127.0.0.1:\(hole.port)", .replica, timeout: .seconds(2)) { adapter in
      let role = try await adapter.serverInfo().role
      #expect(role == "primary")
    }
  }

  @Test func aStandbyRefusesWrites() async throws {
    let url = try TestServers.require(.postgres) + "?replica=\(try standby())"
    try await withAdapter(url, .replica, access: .readWrite) { adapter in
      let error = await #expect(throws: DBError.self) {
        try await adapter.executeQuery("CREATE TABLE bosdb_never (a int)")
      }
      #expect(error?.server?.sqlState == "25006" && error?.message.contains("read-only") == true)
      let info = try await adapter.serverInfo()
      #expect(info.role == "standby" && info.isReadOnly)
      try await adapter.resetSession()
      #expect(adapter.isReusable && !adapter.needsReset)
    }
  }
}
