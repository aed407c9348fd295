import DBAdapterCore
import Foundation
import PostgresAdapter
import Testing

@Suite(.requires(.plain)) struct PostgresConnectTests {
  @Test(
    arguments: [
      (PostgresTestServer.plain, "primary", "bosdb"), (.tls, "primary", "bosdb"),
      (.certificate, "primary", "bosdb_cert"),
      (.socket, "primary", "bosdb"), (.unprivileged, "primary", "bosdb_plain"), (.standby, "standby", "bosdb"),
    ])
  func everyWayIn(_ server: PostgresTestServer, _ role: String, _ user: String) async throws {
    try await server.withSession(.readOnly) { session in
      let info = try await session.serverInfo()
      #expect(info.role == role && info.user == user && info.product == "PostgreSQL")
      #expect((info.encryption == nil) == (server == .socket))
      try await session.ping()
    }
  }

  @Test(arguments: ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
  func everySSLMode(_ mode: String) async throws {
    let url = try PostgresTestServer.tls.url.replacing("verify-full", with: mode)
    try await PostgresTestServer.manager.withSession(url) { session in
      let encryption = try await session.serverInfo().encryption
      #expect((encryption != nil) == !["disable", "allow"].contains(mode))
    }
  }

  @Test func aKeywordStringConnects() async throws {
    let string = try ConnectionString(PostgresTestServer.plain.url)
    let password = string.password?.withExposed { $0 } ?? ""
    let port = string.endpoints[0].port ?? 5_432
    let words = "host=127.0.0.1 port=\(port) user=bosdb password='\(password)' dbname=bosdb_test statement_cache=4"
    try await PostgresTestServer.manager.withSession(words) { session in
      let user = try await session.execute("SELECT current_user::text").rows[0][0]
      #expect(user == "bosdb")
    }
  }

  @Test(arguments: [
    ("primary", "primary"), ("standby", "standby"), ("prefer-standby", "standby"), ("read-write", "primary"),
    ("any", "primary"),
  ])
  func severalHostsAndTheirRoles(_ attributes: String, _ role: String) async throws {
    let standby = try ConnectionString(PostgresTestServer.standby.url).endpoints[0]
    let url = try PostgresTestServer.plain.url.replacing("/bosdb_test", with: ",127.0.0.1:1,\(standby)/bosdb_test")
    try await PostgresTestServer.manager.withSession(url + "?target_session_attrs=\(attributes)", policy: .readOnly) {
      session in
      let info = try await session.serverInfo()
      #expect(info.role == role)
    }
  }

  @Test func serviceAndPasswordFilesAreLibpqs() async throws {
    let string = try ConnectionString(PostgresTestServer.plain.url)
    let folder = FileManager.default.temporaryDirectory.appending(path: "bosdb-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let passfile = folder.appending(path: "pgpass").path
    let password = string.password?.withExposed { $0 } ?? ""
    _ = FileManager.default.createFile(
      atPath: passfile, contents: Data("*:*:*:bosdb:\(password)\n".utf8), attributes: [.posixPermissions: 0o600])
    let url = "postgres://bosdb@\(string.endpoints[0])/bosdb_test?passfile=\(passfile)"
    try await PostgresTestServer.manager.withSession(url) { try await $0.ping() }
    setenv("PGSERVICEFILE", folder.appending(path: "services").path, 1)
    defer { unsetenv("PGSERVICEFILE") }
    try
      "[shop]\nhost=127.0.0.1\nport=\(string.endpoints[0].port ?? 0)\ndbname=bosdb_test\nuser=bosdb\npassfile=\(passfile)\n"
      .write(toFile: folder.appending(path: "services").path, atomically: true, encoding: .utf8)
    try await PostgresTestServer.manager.withSession("postgres://?service=shop") { try await $0.ping() }
  }

  @Test func twentySessionsShareAPooler() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for session in 0..<20 {
        group.addTask {
          try await PostgresTestServer.bouncer.withSession { pooled in
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
    let url = try PostgresTestServer.plain.url + suffix
    let password = try ConnectionString(url).password?.withExposed { $0 } ?? "?"
    let error = await #expect(throws: DBError.self) { try await PostgresTestServer.manager.withSession(url) { _ in } }
    #expect(error?.message.contains(mention) == true, "\(String(describing: error))")
    #expect(!"\(error.debugDescription)".contains(password))
  }
}
