import DBAdapterCore
import DBAdapterTesting
import DBPlatform
import Foundation
import SQLiteAdapter
import Testing

@Suite struct ConnectionDirectoryTests {
  private let directory: TemporaryDirectory
  private let registry: AdapterRegistry

  init() throws {
    directory = try TemporaryDirectory()
    registry = try AdapterRegistry([.sqlite])
  }

  private func withConnections(
    audit: any AuditSink = .discarding, _ body: (ConnectionDirectory) async throws -> Void
  ) async throws {
    let store = try await PlatformStore.open(StoreLocation(file: directory.file("store.sqlite")), registry: registry)
    let vault = SecretVault(store, .file(directory.file("bosdb.key")))
    do {
      if try await vault.status().activeKey == nil { _ = try await vault.initialize() }
      try await body(ConnectionDirectory(vault, registry: registry, audit: audit))
    } catch {
      await store.close()
      throw error
    }
    await store.close()
  }

  private func draft(_ name: String, _ url: String = "sqlite:/tmp/hunter2.db?mode=rw") throws -> ConnectionDraft {
    ConnectionDraft(name: name, string: try ConnectionString(url))
  }

  private func test(succeeds: Bool) throws -> ConnectionDirectory.Test {
    let registry = registry
    let target = try ConnectionString(succeeds ? "sqlite::memory:" : "sqlite:/nowhere/at/all.db")
    return { _ in
      let manager = ConnectionManager(registry: registry)
      let report = await manager.test(target)
      await manager.shutdown(grace: .zero)
      return report
    }
  }

  @Test func storesWhatWorksAndReadsItBack() async throws {
    try await withConnections { connections in
      let (stored, report) = try await connections.add(draft("shop"), test: test(succeeds: true))
      #expect(stored.status == .active)
      #expect(report?.isSuccess == true)
      #expect(try await connections.list() == [stored])
      #expect(try await connections.connection("shop") == stored)
      #expect(try await connections.connection("Shop") == nil)
      #expect(stored.database == "/tmp/hunter2.db")
      #expect(try await connections.draft("shop").string == draft("shop").string)
      #expect(try await connections.target("shop").string == draft("shop").string)
      try await connections.touch(stored.id)
      #expect(try await connections.connection("shop")?.lastUsedAt != nil)
    }
  }

  @Test func storesNothingThatFailsUnlessForced() async throws {
    let failing = try test(succeeds: false)
    try await withConnections { connections in
      await #expect(throws: DBError.self) { try await connections.add(draft("shop"), test: failing) }
      let listed = try await connections.list()
      #expect(listed.isEmpty)
      let forced = try await connections.add(draft("shop"), isForced: true, test: failing)
      #expect(forced.connection.status == .error)
      #expect(try await connections.add(draft("other")).connection.status == .pending)
    }
  }

  @Test(arguments: ["", String(repeating: "x", count: 51), "a b", "a:b", "a=b", "-a", ".a", "a/b", "a\n", "../x", "'"])
  func refusesNames(_ name: String) async throws {
    try await withConnections { connections in
      let error = await #expect(throws: DBError.self) { try await connections.add(draft(name)) }
      #expect(error?.code == .invalidParameter)
      let listed = try await connections.list()
      #expect(listed.isEmpty)
    }
  }

  @Test(arguments: ["a", "Käse-1", "x_y.z", String(repeating: "é", count: 50)])
  func takesNames(_ name: String) async throws {
    try await withConnections { connections in
      try await connections.add(draft(name))
      #expect(try await connections.draft(name).name == name)
    }
  }

  @Test func refusesWhatCannotBeUsed() async throws {
    try await withConnections { connections in
      for url in ["redis://localhost", "sqlite:", "sqlite:/a?nonsense=1"] {
        await #expect(throws: DBError.self) { try await connections.add(draft("a", url)) }
      }
      var referring = try draft("a")
      referring.passwordReference = .environment("X")
      let error = await #expect(throws: DBError.self) { try await connections.add(referring) }
      #expect(error?.message.contains("takes no password") == true)
      try await connections.add(draft("a"))
      let taken = await #expect(throws: DBError.self) { try await connections.add(draft("a")) }
      #expect(taken?.message.contains("already") == true)
    }
  }

  @Test func editsRenamesAndRemoves() async throws {
    try await withConnections { connections in
      let stored = try await connections.add(draft("shop")).connection
      var changed = try draft("store", "sqlite:/tmp/other.db")
      changed.access = .readWrite
      let edited = try await connections.edit("shop", to: changed, test: test(succeeds: true)).connection
      #expect(edited.id == stored.id)
      #expect(edited.access == .readWrite)
      #expect(try await connections.connection("shop") == nil)
      #expect(try await connections.target("store").string == changed.string)
      try await connections.add(draft("third"))
      await #expect(throws: DBError.self) { try await connections.edit("store", to: draft("third")) }
      await #expect(throws: DBError.self) { try await connections.edit("none", to: draft("none")) }
      try await connections.remove("store")
      await #expect(throws: DBError.self) { try await connections.remove("store") }
      #expect(try await connections.list().map(\.name) == ["third"])
    }
  }

  @Test func reportsEveryChangeToTheAudit() async throws {
    let sink = RecordingAuditSink()
    try await withConnections(audit: sink) { connections in
      try await connections.add(draft("shop"))
      try await connections.edit("shop", to: draft("shop2"))
      try await connections.remove("shop2")
    }
    let events = sink.events
    #expect(
      events.map(\.statement) == [
        "conn add shop", "conn add shop", "conn edit shop", "conn edit shop", "conn remove shop2", "conn remove shop2",
      ])
    #expect(events.map { $0.outcome == .began } == [true, false, true, false, true, false])
  }

  @Test func leavesNoPlaintextInAnyFile() async throws {
    try await withConnections { connections in
      try await connections.add(draft("shop"))
      try await connections.edit("shop", to: draft("shop", "sqlite:/tmp/a.db?vfs=hunter3"))
      for (name, contents) in try directory.contents() {
        #expect(contents.range(of: Data("hunter3".utf8)) == nil, "\(name)")
        #expect(contents.range(of: Data("mode=rw".utf8)) == nil, "\(name)")
      }
    }
  }

  @Test func aRecordMovedToAnotherRowIsRefused() async throws {
    try await withConnections { connections in
      try await connections.add(draft("shop"))
      try await connections.add(draft("other"))
      try await connections.vault.store.withSession { session in
        _ = try await session.execute(
          """
          UPDATE platform_connections SET connection_string =
            (SELECT connection_string FROM platform_connections WHERE name = 'other') WHERE name = 'shop'
          """)
      }
      let error = await #expect(throws: DBError.self) { try await connections.target("shop") }
      #expect(error?.code == .secretUnreadable)
      #expect(error?.message.hasPrefix("connection shop: ") == true)
      await #expect(throws: DBError.self) { try await connections.vault.rotate() }
      #expect(try await connections.target("other").string == draft("other").string)
    }
  }

  @Test func bundlesCarryConnectionsWithAndWithoutSecrets() async throws {
    var shop = ConnectionDraft(
      name: "shop", string: try ConnectionString("postgres://app:hunter2@db/shop?sslmode=require&sslpassword=hunter3"),
      access: .readWrite, projectID: "p")
    let keyword = ConnectionDraft(name: "kv", string: try ConnectionString("host=db password=hunter2 dbname=x"))
    let bare = try await ConnectionBundle.text([shop, keyword])
    #expect(!bare.contains("hunter"))
    #expect(!bare.contains("***"))
    let read = try await ConnectionBundle(bare) { () throws(DBError) in Secret("") }
    #expect(read.incomplete == ["shop", "kv"])
    #expect(read.drafts.map { $0.string.password } == [nil, nil])
    #expect(read.drafts[0].string.description == "postgres://app@db/shop?sslmode=require")
    #expect(read.drafts[0].access == .readWrite)

    shop.passwordReference = nil
    let cost = Passphrase.Cost(rounds: 16, blockSize: 1, parallelism: 1)
    await #expect(throws: DBError.self) { try await ConnectionBundle.text([shop], passphrase: Secret("12345678901")) }
    let sealed = try await ConnectionBundle.text([shop], passphrase: Secret("123456789012"), cost: cost)
    #expect(!sealed.contains("hunter"))
    let opened = try await ConnectionBundle(sealed) { () throws(DBError) in Secret("123456789012") }
    #expect(opened.drafts[0].string == shop.string)
    #expect(opened.incomplete.isEmpty)
    let wrong = await #expect(throws: DBError.self) {
      try await ConnectionBundle(sealed) { () throws(DBError) in Secret("123456789013") }
    }
    #expect(wrong?.code == .secretUnreadable)
    // A sealed string under another name is no connection.
    await #expect(throws: DBError.self) {
      try await ConnectionBundle(sealed.replacing("\"shop\"", with: "\"chop\"")) { () throws(DBError) in
        Secret("123456789012")
      }
    }
  }
}
