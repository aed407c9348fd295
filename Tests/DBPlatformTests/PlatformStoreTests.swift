import DBAdapterCore
import DBPlatform
import Foundation
import SQLiteAdapter
import Testing

@Suite struct PlatformStoreTests {
  private let directory: TemporaryDirectory
  private let registry: AdapterRegistry

  init() throws {
    directory = try TemporaryDirectory()
    registry = try AdapterRegistry([.sqlite])
  }

  private func open(_ path: String) async throws(DBError) -> PlatformStore {
    try await PlatformStore.open(StoreLocation(file: path), registry: registry)
  }

  private func refusal(_ path: String) async -> DBError? {
    do throws(DBError) {
      let store = try await open(path)
      await store.close()
      return nil
    } catch {
      return error
    }
  }

  @Test func makesFilesThatNobodyElseCanRead() async throws {
    let path = directory.file("data/bosdb/a b%3F?.sqlite")
    let store = try await open(path)
    try await store.withTransaction { session in
      try await session.execute("UPDATE platform_audit_head SET count = count WHERE id = 1")
      for suffix in ["", "-wal", "-shm"] { #expect(try directory.mode(of: path + suffix) == 0o600) }
    }
    #expect(try directory.mode(of: directory.file("data")) == 0o700)
    #expect(try directory.mode(of: directory.file("data/bosdb")) == 0o700)
    await store.close()
  }

  @Test func opensAgainWithWhatWasStored() async throws {
    let path = directory.file("store.sqlite")
    for expected in 0..<3 {
      let store = try await open(path)
      let count = try await store.withTransaction { session in
        let count = try await session.execute("SELECT count FROM platform_audit_head").rows[0].decode(Int.self)
        try await session.execute("UPDATE platform_audit_head SET count = count + 1 WHERE id = 1")
        return count
      }
      #expect(count == expected)
      await store.close()
    }
  }

  @Test func rollsBackWhatFailed() async throws {
    let store = try await open(directory.file("store.sqlite"))
    await #expect(throws: DBError.self) {
      try await store.withTransaction { session in
        try await session.execute("UPDATE platform_audit_head SET count = 7 WHERE id = 1")
        throw DBError(.cancelled, "stop")
      }
    }
    let count = try await store.withSession { session in
      try await session.execute("SELECT count FROM platform_audit_head").rows[0].decode(Int.self)
    }
    #expect(count == 0)
    await store.close()
  }

  @Test func refusesAStoreThatIsNewer() async throws {
    let path = directory.file("store.sqlite")
    let store = try await open(path)
    try await store.withSession { session in
      _ = try await session.execute("UPDATE platform_meta SET value = '99' WHERE key = 'schema_version'")
    }
    await store.close()
    let error = try #require(await refusal(path))
    #expect(error.code == .unsupported)
    #expect(error.message.contains("schema version 99"))
  }

  @Test(arguments: [0o640, 0o604, 0o660, 0o620, 0o644, 0o666])
  func refusesAFileThatIsOpenToOthers(_ mode: Int) async throws {
    let path = try directory.write("store.sqlite", "", mode: mode)
    let link = directory.file("link.sqlite")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    for path in [path, link] {
      let error = try #require(await refusal(path))
      #expect(error.code == .permissionDenied)
      #expect(error.message.contains("chmod 600"))
    }
  }

  @Test func refusesAJournalThatIsOpenToOthers() async throws {
    let path = try directory.write("store.sqlite", "")
    _ = try directory.write("store.sqlite-wal", "", mode: 0o644)
    #expect(await refusal(path)?.code == .permissionDenied)
  }

  @Test(arguments: [0o770, 0o707, 0o1777])
  func refusesADirectoryThatOthersCanWrite(_ mode: Int) async throws {
    try FileManager.default.createDirectory(atPath: directory.file("open"), withIntermediateDirectories: false)
    try directory.setMode(directory.file("open"), mode)
    let link = directory.file("link.sqlite")
    let path = directory.file("open/store.sqlite")
    #expect(FileManager.default.createFile(atPath: path, contents: Data(), attributes: [.posixPermissions: 0o600]))
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    for path in [path, link] {
      let error = try #require(await refusal(path))
      #expect(error.code == .permissionDenied)
      #expect(error.message.contains("chmod go-w"))
    }
  }

  @Test func refusesWhatIsNoFile() async throws {
    #expect(mkfifo(directory.file("pipe"), 0o600) == 0)
    #expect(await refusal(directory.file("pipe"))?.code == .permissionDenied)
    #expect(await refusal(directory.path)?.code == .permissionDenied)
  }

  @Test func migratesOnceWhenManyOpenAtOnce() async throws {
    let path = directory.file("store.sqlite")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<12 {
        group.addTask {
          let store = try await open(path)
          try await store.withTransaction { session in
            _ = try await session.execute("UPDATE platform_audit_head SET count = count + 1 WHERE id = 1")
          }
          await store.close()
        }
      }
      try await group.waitForAll()
    }
    let store = try await open(path)
    let count = try await store.withSession { session in
      try await session.execute("SELECT count FROM platform_audit_head").rows[0].decode(Int.self)
    }
    #expect(count == 12)
    await store.close()
  }

  @Test func findsTheStandardPlace() throws {
    func place(_ variables: [String: String]) throws -> String {
      try StoreLocation.standard { variables[$0] }.description
    }
    #expect(try place(["HOME": "/home/a"]) == "/home/a/.local/share/bosdb/bosdb.sqlite")
    #expect(try place(["HOME": "/home/a", "XDG_DATA_HOME": "/data"]) == "/data/bosdb/bosdb.sqlite")
    #expect(try place(["HOME": "/home/a", "BOSDB_STORE": "sqlite:/srv/x.sqlite"]) == "/srv/x.sqlite")
    #expect(try place(["BOSDB_STORE": "postgres://a:b@db/team"]) == "postgres://a:***@db/team")
    for wrong in ["redis://localhost", "sqlite::memory:", "sqlite:/a?mode=ro", "sqlite:"] {
      #expect(throws: DBError.self) { try place(["BOSDB_STORE": wrong]) }
    }
    #expect(throws: DBError.self) { try place([:]) }
  }
}
