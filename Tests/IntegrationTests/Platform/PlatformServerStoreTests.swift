import DBAdapterBundle
import DBAdapterCore
import DBAdapterTesting
import DBPlatform
import Testing

/// A store of a team, in a schema of the test's own.
@Suite(.requires(.postgres)) struct PlatformServerStoreTests {
  private let schema = TestServers.uniqueName()

  private func withSchema(_ body: (StoreLocation) async throws -> Void) async throws {
    let url = try TestServers.require(.postgres)
    let schema = schema
    try await TestServer.postgres.withSession { session in
      _ = try await session.execute("CREATE SCHEMA \(identifier: schema)")
    }
    let separator = url.contains("?") ? "&" : "?"
    let result: Result<Void, any Error>
    do {
      let location = try StoreLocation(ConnectionString("\(url)\(separator)options=-csearch_path%3D\(schema)"))
      result = .success(try await body(location))
    } catch {
      result = .failure(error)
    }
    try await TestServer.postgres.withSession { session in
      _ = try await session.execute("DROP SCHEMA \(identifier: schema) CASCADE")
    }
    try result.get()
  }

  private func withStore<R>(
    _ location: StoreLocation, _ body: (PlatformStore) async throws -> R
  ) async throws -> R {
    let store = try await PlatformStore.open(location, registry: .standard)
    let result: R
    do {
      result = try await body(store)
    } catch {
      await store.close()
      throw error
    }
    await store.close()
    return result
  }

  private func draft(_ index: Int) throws -> ConnectionDraft {
    ConnectionDraft(name: "c\(index)", string: try ConnectionString("postgres://app:hunter2@db\(index):6432/shop"))
  }

  @Test func migratesOnceWhenManyOpenAtOnce() async throws {
    try await withSchema { location in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await withStore(location) { store in
              try await store.withTransaction { session in
                _ = try await session.execute("UPDATE platform_audit_head SET count = count + 1 WHERE id = 1")
              }
            }
          }
        }
        try await group.waitForAll()
      }
      try await withStore(location) { store in
        let count = try await store.withSession { session in
          try await session.execute("SELECT count FROM platform_audit_head").rows[0].decode(Int.self)
        }
        #expect(count == 8)
        try await store.withSession { session in
          _ = try await session.execute("UPDATE platform_meta SET value = '99' WHERE key = 'schema_version'")
        }
      }
      let error = await #expect(throws: DBError.self) { try await withStore(location) { _ in } }
      #expect(error?.code == .unsupported)
    }
  }

  @Test func storesReadsChangesAndRemoves() async throws {
    try await withSchema { location in
      try await withStore(location) { store in
        let key = MasterKeySource.value(Secret(String(repeating: "ab", count: 32)), name: "BOSDB_MASTER_KEY")
        let connections = ConnectionDirectory(SecretVault(store, key), registry: .standard)
        let stored = try await connections.add(draft(1)).connection
        #expect(stored.host == "db1")
        #expect(stored.port == 6_432)
        #expect(try await connections.list() == [stored])
        #expect(try await connections.target("c1").string == draft(1).string)
        var changed = try draft(2)
        changed.access = .administrative
        try await connections.edit("c1", to: changed)
        try await connections.touch(stored.id, status: .expired)
        let read = try #require(try await connections.connection("c2"))
        #expect(read.status == .expired)
        #expect(read.access == .administrative)
        #expect(read.lastUsedAt != nil)
        let text = try await store.withSession { session in
          try await session.execute("SELECT row_to_json(c)::text FROM platform_connections c").rows[0].decode(
            String.self)
        }
        #expect(!text.contains("hunter2"))
        try await connections.remove("c2")
        #expect(try await connections.list().isEmpty)
      }
    }
  }

  /// Whoever adds while keys are rotated seals with the key that holds when the transaction ends.
  @Test func rotationsAndAdditionsAtTheSameTimeLoseNothing() async throws {
    try await withSchema { location in
      let keys = (0..<4).map { String(repeating: "0\($0)", count: 32) }
      let all = MasterKeySource.value(Secret(keys.joined(separator: ",")), name: "BOSDB_MASTER_KEY")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<4 {
          group.addTask {
            try await withStore(location) { store in
              let connections = ConnectionDirectory(SecretVault(store, all), registry: .standard)
              for index in 0..<10 { try await connections.add(draft(task * 10 + index)) }
            }
          }
        }
        group.addTask {
          try await withStore(location) { store in
            for key in keys + keys {
              let next = MasterKeySource.value(Secret(key), name: "BOSDB_NEW_MASTER_KEY")
              try await SecretVault(store, all).rotate(to: next)
            }
          }
        }
        try await group.waitForAll()
      }
      try await withStore(location) { store in
        let vault = SecretVault(store, all)
        try await vault.rotate(to: .value(Secret(keys[0]), name: "BOSDB_NEW_MASTER_KEY"))
        let only = SecretVault(store, .value(Secret(keys[0]), name: "BOSDB_MASTER_KEY"))
        let connections = ConnectionDirectory(only, registry: .standard)
        #expect(try await only.status().sealed.count == 1)
        for index in 0..<40 { #expect(try await connections.target("c\(index)").string == draft(index).string) }
      }
    }
  }
}
