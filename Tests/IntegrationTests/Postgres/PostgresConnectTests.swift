import DBAdapterCore
import DBAdapterTesting
import Foundation
import PostgresAdapter
import Testing

@Suite(.requires(.postgres)) struct PostgresConnectTests {
  @Test(
    arguments: [
      (TestServer.postgres, "primary", "bosdb"), (.postgresTLS, "primary", "bosdb"),
      (.postgresCertificate, "primary", "bosdb_cert"),
      (.postgresSocket, "primary", "bosdb"), (.postgresPlainUser, "primary", "bosdb_plain"),
      (.postgresStandby, "standby", "bosdb"),
    ])
  func everyWayIn(_ server: TestServer, _ role: String, _ user: String) async throws {
    try await server.withSession(.readOnly) { session in
      let info = try await session.serverInfo()
      #expect(info.role == role && info.user == user && info.product == "PostgreSQL")
      #expect((info.encryption == nil) == (server == .postgresSocket))
      try await session.ping()
    }
  }

  @Test(arguments: ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
  func everySSLMode(_ mode: String) async throws {
    let url = try TestServers.require(.postgresTLS).replacing("verify-full", with: mode)
    try await TestServer.withSession(at: url) { session in
      let encryption = try await session.serverInfo().encryption
      #expect((encryption != nil) == !["disable", "allow"].contains(mode))
    }
  }

  @Test func aKeywordStringConnects() async throws {
    let string = try ConnectionString(TestServers.require(.postgres))
    let password = string.password?.withExposed { $0 } ?? ""
    let port = string.endpoints[0].port ?? 5_432
    let words = "host=127.0.0.1 port=\(port) user=bosdb password='\(password)' dbname=bosdb_test statement_cache=4"
    try await TestServer.withSession(at: words) { session in
      let user = try await session.execute("SELECT current_user::text").rows[0][0]
      #expect(user == "bosdb")
    }
  }

  @Test(arguments: [
    ("primary", "primary"), ("standby", "standby"), ("prefer-standby", "standby"), ("read-write", "primary"),
    ("any", "primary"),
  ])
  func severalHostsAndTheirRoles(_ attributes: String, _ role: String) async throws {
    let standby = try ConnectionString(TestServers.require(.postgresStandby)).endpoints[0]
    let url = try TestServers.require(.postgres).replacing("/bosdb_test", with: ",127.0.0.1:1,\(standby)/bosdb_test")
    try await TestServer.withSession(at: url + "?target_session_attrs=\(attributes)", .readOnly) {
      session in
      let info = try await session.serverInfo()
      #expect(info.role == role)
    }
  }

  @Test func serviceAndPasswordFilesAreLibpqs() async throws {
    let string = try ConnectionString(TestServers.require(.postgres))
    let folder = FileManager.default.temporaryDirectory.appending(path: "bosdb-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let passfile = folder.appending(path: "pgpass").path
    let password = string.password?.withExposed { $0 } ?? ""
    _ = FileManager.default.createFile(
      atPath: passfile, contents: Data("*:*:*:bosdb:\(password)\n".utf8), attributes: [.posixPermissions: 0o600])
    let url = "postgres://bosdb@\(string.endpoints[0])/bosdb_test?passfile=\(passfile)"
    try await TestServer.withSession(at: url) { try await $0.ping() }
    setenv("PGSERVICEFILE", folder.appending(path: "services").path, 1)
    defer { unsetenv("PGSERVICEFILE") }
    try
      "[shop]\nhost=127.0.0.1\nport=\(string.endpoints[0].port ?? 0)\ndbname=bosdb_test\nuser=bosdb\npassfile=\(passfile)\n"
      .write(toFile: folder.appending(path: "services").path, atomically: true, encoding: .utf8)
    try await TestServer.withSession(at: "postgres://?service=shop") { try await $0.ping() }
  }

  @Test func twentySessionsShareAPooler() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for session in 0..<20 {
        group.addTask {
          try await TestServer.pgBouncer.withSession { pooled in
            for number in 0..<50 {
              let result = try await pooled.execute("SELECT \(session)::int4 * 100 + \(number)::int4")
              #expect(result.rows[0][0] == .int(Int64(session * 100 + number)))
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test(
    arguments: [
      ("?foo=1", "foo"), ("?pool_mode=statement", "pool_mode"), ("?statement_cache=many", "statement_cache"),
      ("?sslmode=maybe", "sslmode"),
    ])
  func unknownOptionsAreNamed(_ suffix: String, _ mention: String) async throws {
    let url = try TestServers.require(.postgres) + suffix
    let password = try ConnectionString(url).password?.withExposed { $0 } ?? "?"
    let error = await #expect(throws: DBError.self) { try await TestServer.withSession(at: url) { _ in } }
    #expect(error?.message.contains(mention) == true, "\(String(describing: error))")
    #expect(!"\(error.debugDescription)".contains(password))
  }
}
