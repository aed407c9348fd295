import DBAdapterBundle
import DBAdapterCore
import DBAdapterTesting
import Foundation
import Testing

/// What sessions find out about the rights of their own user.
@Suite("privileges", .serialized) struct PrivilegeTests {
  private func privileges(at url: String, _ policy: AccessPolicy = .readOnly) async throws -> SessionPrivileges {
    let manager = ConnectionManager(registry: .standard, policy: policy)
    let found = await Result { try await manager.withSession(url) { try await $0.privileges() } }
    await manager.shutdown(grace: .zero)
    return try #require(try found.get())
  }

  private func privileges(_ server: TestServer) async throws -> SessionPrivileges {
    try await privileges(at: TestServers.require(server))
  }

  @Test("PostgreSQL: a superuser, and a role with one right", .requires(.postgres))
  func postgres() async throws {
    let superuser = try await privileges(.postgres)
    #expect(superuser.user == "bosdb" && superuser.mayWrite == true)
    #expect(superuser.findings.first?.kind == "superuser")
    #expect(superuser.findings.contains { $0.kind == "runsPrograms" })

    let name = TestServers.uniqueName()
    let base = try TestServers.require(.postgres)
    let url = try #require(ConnectionString(base).userReplaced(in: base, by: name, password: "test"))
    try await TestServer.postgres.withSession { admin in
      _ = try await admin.execute(
        "CREATE ROLE \(identifier: name) LOGIN PASSWORD 'test' BYPASSRLS IN ROLE pg_read_server_files")
      let found = await Result { try await privileges(at: url) }
      _ = try await admin.execute("DROP ROLE \(identifier: name)")
      let role = try found.get()
      #expect(role.user == name)
      #expect(role.findings.map(\.kind) == ["readsServerFiles", "bypassesRowSecurity"], "\(role.findings)")
    }
  }

  @Test("Redis: the user of everything, and one that may only read", .requires(.redis), .requires(.redisReader))
  func redis() async throws {
    let everything = try await privileges(.redis)
    #expect(everything.user == "default" && everything.mayWrite == true)
    #expect(everything.findings.first?.kind == "administersServer", "\(everything.findings)")
    #expect(everything.findings.contains { $0.kind == "removesEverything" })
    let reader = try await privileges(.redisReader)
    #expect(reader.user == "reader" && reader.mayWrite != true)
    #expect(reader.findings.isEmpty, "\(reader.findings)")
  }

  @Test("Redis: a server that asks for no password", .requires(.script))
  func openRedis() async throws {
    try await withThrowawayRedis { server in
      let manager = ConnectionManager(registry: .standard, policy: .administrative)
      try await manager.withSession(server.url) { _ = try await $0.execute("ACL SETUSER default nopass") }
      await manager.shutdown(grace: .zero)
      let at = try #require(server.url.firstIndex(of: "@"))
      let url = "redis://" + server.url[server.url.index(after: at)...]
      #expect(try await privileges(at: url).findings.first?.kind == "noPassword")
    }
  }

  @Test("MongoDB: root, and a user that may only read", .requires(.mongoDB), .requires(.mongoDBReader))
  func mongo() async throws {
    let root = try await privileges(.mongoDB)
    #expect(root.user == "bosdb" && root.mayWrite == true)
    #expect(root.findings.first?.kind == "superuser", "\(root.findings)")
    let reader = try await privileges(.mongoDBReader)
    #expect(reader.user == "reader" && reader.mayWrite == false)
    #expect(reader.findings.isEmpty, "\(reader.findings)")
  }

  @Test("SQLite: what the file system allows")
  func sqlite() async throws {
    let fixture = try SQLiteFixture()
    try await SQLiteFixture.withSession("sqlite:" + fixture.path() + "?mode=rwc") {
      _ = try await $0.execute("SELECT 1")
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o646], ofItemAtPath: fixture.path())
    let open = try await privileges(at: "sqlite:" + fixture.path())
    #expect(open.user == nil && open.mayWrite == true)
    #expect(open.findings.map(\.kind) == ["worldWritable"], "\(open.findings)")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: fixture.path())
    let closed = try await privileges(at: "sqlite:" + fixture.path(), .readWrite)
    #expect(closed.findings.isEmpty)
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}

extension ConnectionString {
  /// A URL with another user.
  fileprivate func userReplaced(in url: String, by user: String, password: String) -> String? {
    guard let scheme = url.firstRange(of: "://"), let at = url.firstIndex(of: "@") else { return nil }
    return url[..<scheme.upperBound] + "\(user):\(password)" + url[at...]
  }
}
