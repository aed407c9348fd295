import DBAdapterCore
import DBAdapterTesting
import DBPlatform
import Foundation
import SQLiteAdapter
import Testing

@Suite struct RotationTests {
  private let directory: TemporaryDirectory
  private let registry: AdapterRegistry
  private static let cost = Passphrase.Cost(rounds: 16, blockSize: 1, parallelism: 1)

  init() throws {
    directory = try TemporaryDirectory()
    registry = try AdapterRegistry([.sqlite])
  }

  private var keyFile: String { directory.file("store.key") }

  private func keyCount() throws -> Int {
    try String(contentsOfFile: keyFile, encoding: .utf8).split(separator: "\n").count { !$0.hasPrefix("#") }
  }

  private func withStore(_ body: (PlatformStore) async throws -> Void) async throws {
    let store = try await PlatformStore.open(StoreLocation(file: directory.file("store.sqlite")), registry: registry)
    do {
      try await body(store)
    } catch {
      await store.close()
      throw error
    }
    await store.close()
  }

  private func fill(_ vault: SecretVault, _ count: Int) async throws {
    let connections = ConnectionDirectory(vault, registry: registry)
    for index in 0..<count {
      try await connections.add(ConnectionDraft(name: "c\(index)", string: ConnectionString("sqlite:/tmp/\(index).db")))
    }
  }

  private func expectReadable(_ store: PlatformStore, _ source: MasterKeySource, _ count: Int) async throws {
    let connections = ConnectionDirectory(SecretVault(store, source), registry: registry)
    for index in 0..<count {
      #expect(try await connections.target("c\(index)").string.database == "/tmp/\(index).db")
    }
  }

  @Test func aKeyFileIsMadeOnceAndPrivate() async throws {
    try await withStore { store in
      let vault = SecretVault(store, .file(keyFile))
      let missing = await #expect(throws: DBError.self) { try await vault.ring() }
      #expect(missing?.message.contains("secrets init") == true)
      let id = try await vault.initialize()
      #expect(try directory.mode(of: keyFile) == 0o600)
      #expect(try await vault.status() == SecretVault.Status(activeKey: id, keysAtHand: [id], sealed: [:]))
      await #expect(throws: DBError.self) { try await vault.initialize() }
      try directory.setMode(keyFile, 0o644)
      let open = await #expect(throws: DBError.self) { try await SecretVault(store, .file(keyFile)).ring() }
      #expect(open?.code == .permissionDenied)
    }
  }

  @Test func aFileRotatesAndForgetsTheOldKey() async throws {
    try await withStore { store in
      let vault = SecretVault(store, .file(keyFile))
      let first = try await vault.initialize()
      try await fill(vault, 5)
      let (second, count) = try await vault.rotate()
      #expect(second != first)
      #expect(count == 5)
      #expect(try keyCount() == 1)
      #expect(
        try await vault.status() == SecretVault.Status(activeKey: second, keysAtHand: [second], sealed: [second: 5]))
      try await expectReadable(store, .file(keyFile), 5)
    }
  }

  @Test func changesOfTheKeyAreAudited() async throws {
    try await withStore { store in
      let sink = RecordingAuditSink()
      let vault = SecretVault(store, .file(keyFile), audit: sink)
      _ = try await vault.initialize()
      try await vault.rotate()
      await #expect(throws: DBError.self) { try await vault.initialize() }
      #expect(
        sink.lines == [
          "began secrets init", "succeeded(rows: 0) secrets init", "began secrets rotate",
          "succeeded(rows: 0) secrets rotate", "began secrets init", "failed(invalidParameter) secrets init",
        ])
    }
  }

  /// Another store may need them.
  @Test func aNamedFileKeepsItsOldKeys() async throws {
    try await withStore { store in
      let path = directory.file("shared.key")
      let vault = SecretVault(store, .file(path))
      let first = try await vault.initialize()
      try await fill(vault, 2)
      let (second, _) = try await vault.rotate()
      let status = try await SecretVault(store, .file(path)).status()
      #expect(status == SecretVault.Status(activeKey: second, keysAtHand: [second, first], sealed: [second: 2]))
    }
  }

  @Test func aVaultThatReadTheOldKeyGoesOnAfterARotation() async throws {
    try await withStore { store in
      let vault = SecretVault(store, .file(keyFile))
      _ = try await vault.initialize()
      try await fill(vault, 1)
      let other = SecretVault(store, .file(keyFile))
      let connections = ConnectionDirectory(other, registry: registry)
      _ = try await other.ring()
      try await vault.rotate()
      #expect(try await connections.target("c0").string.database == "/tmp/0.db")
      try await vault.rotate()
      try await connections.add(ConnectionDraft(name: "c1", string: ConnectionString("sqlite:/tmp/1.db")))
      try await expectReadable(store, .file(keyFile), 2)
    }
  }

  /// What a crash leaves: both keys in the file, before or after the transaction.
  @Test(arguments: [false, true]) func aRotationThatWasCutOffIsFinishedByTheNext(_ isAfter: Bool) async throws {
    try await withStore { store in
      let vault = SecretVault(store, .file(keyFile))
      _ = try await vault.initialize()
      try await fill(vault, 3)
      let old = try String(contentsOfFile: keyFile, encoding: .utf8)
      try await vault.rotate()
      let new = try String(contentsOfFile: keyFile, encoding: .utf8)
      if isAfter {
        _ = try directory.write("store.key", old + new)
      } else {
        let unused = SymmetricText.key()
        _ = try directory.write("store.key", new + unused + "\n")
      }
      try await expectReadable(store, .file(keyFile), 3)
      let next = SecretVault(store, .file(keyFile))
      try await fill(next, 0)
      let (key, count) = try await next.rotate()
      #expect(count == 3)
      #expect(try keyCount() == 1)
      #expect(try await next.status().keysAtHand == [key])
      try await expectReadable(store, .file(keyFile), 3)
    }
  }

  @Test func goesOverToAnotherSourceAndBack() async throws {
    try await withStore { store in
      let vault = SecretVault(store, .file(keyFile))
      _ = try await vault.initialize()
      try await fill(vault, 2)
      let ask = MasterKeySource.passphrase { () throws(DBError) in Secret("correct horse battery") }
      try await vault.rotate(to: ask, cost: Self.cost)
      try await expectReadable(store, ask, 2)
      #expect(try await store.hasPassphrase())
      let wrong = MasterKeySource.passphrase { () throws(DBError) in Secret("wrong horse battery") }
      let error = await #expect(throws: DBError.self) { try await expectReadable(store, wrong, 2) }
      #expect(error?.code == .secretUnreadable)
      let text = Secret(SymmetricText.key())
      try await SecretVault(store, ask).rotate(to: .value(text, name: "BOSDB_NEW_MASTER_KEY"))
      #expect(try await !store.hasPassphrase())
      try await expectReadable(store, .value(text, name: "BOSDB_MASTER_KEY"), 2)
      await #expect(throws: DBError.self) { try await expectReadable(store, .file(keyFile), 2) }
      await #expect(throws: DBError.self) { try await SecretVault(store, .value(text, name: "X")).rotate() }
    }
  }

  @Test func nothingIsSealedWithAKeyThatIsNotTheStores() async throws {
    try await withStore { store in
      let vault = SecretVault(store, .value(Secret(SymmetricText.key()), name: "BOSDB_MASTER_KEY"))
      try await fill(vault, 1)
      let other = SecretVault(store, .value(Secret(SymmetricText.key()), name: "BOSDB_MASTER_KEY"))
      let connections = ConnectionDirectory(other, registry: registry)
      let error = await #expect(throws: DBError.self) {
        try await connections.add(ConnectionDraft(name: "c1", string: ConnectionString("sqlite:/tmp/1.db")))
      }
      #expect(error?.code == .secretUnreadable)
      #expect(try await connections.list().count == 1)
      #expect(try await !other.status().isReadable)
    }
  }

  @Test func twoRotationsAtOnceLeaveEverythingReadable() async throws {
    try await withStore { store in
      let vault = SecretVault(store, .file(keyFile))
      _ = try await vault.initialize()
      try await fill(vault, 10)
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask { _ = try? await SecretVault(store, .file(keyFile)).rotate() }
        }
      }
      try await expectReadable(store, .file(keyFile), 10)
      #expect(try keyCount() == 1)
    }
  }

  @Test func findsTheSourceInTheEnvironment() throws {
    let store = try StoreLocation(file: "/data/bosdb.sqlite")
    func source(_ variables: [String: String]) -> String? {
      MasterKeySource.standard(for: store) { variables[$0] }?.description
    }
    #expect(source([:]) == "the file /data/bosdb.key")
    #expect(
      source(["BOSDB_MASTER_KEY": "hunter2", "BOSDB_MASTER_KEY_FILE": "/k"])
        == "the environment variable BOSDB_MASTER_KEY")
    #expect(source(["BOSDB_MASTER_KEY": "", "BOSDB_MASTER_KEY_FILE": "/k"]) == "the file /k")
    #expect(source(["BOSDB_MASTER_KEY_COMMAND": "echo hunter2"]) == "a command")
    #expect(source(["BOSDB_MASTER_PASSPHRASE_FILE": "/p"]) == "a passphrase")
  }
}

/// Keys as people make them.
private enum SymmetricText {
  static func key() -> String { (0..<32).map { _ in DBBytes([UInt8.random(in: 0...255)]).hexadecimal }.joined() }
}
