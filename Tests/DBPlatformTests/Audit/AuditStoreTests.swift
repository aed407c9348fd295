import DBAdapterCore
import DBPlatform
import Foundation
import SQLiteAdapter
import Testing

@Suite struct AuditStoreTests {
  private let log: AuditWorkspace

  init() throws { log = try AuditWorkspace() }

  private func withStore<R>(_ body: (PlatformStore) async throws -> R) async throws -> R {
    let store = try await PlatformStore.open(
      StoreLocation(file: log.directory.path + "/store.sqlite"), registry: try AdapterRegistry([.sqlite]))
    do {
      let result = try await body(store)
      await store.close()
      return result
    } catch {
      await store.close()
      throw error
    }
  }

  private func record(_ count: Int, _ store: PlatformStore, key: AuditKey? = nil) async throws {
    let sink = StoreAuditSink(store, key: key)
    for number in 0..<count { try await sink.record(.sample(number)) }
  }

  private func change(_ store: PlatformStore, _ statements: QueryRequest...) async throws {
    try await store.withTransaction { session in
      for statement in statements { try await session.execute(statement) }
    }
  }

  @Test(arguments: [false, true])
  func whatIsWrittenVerifies(_ isKeyed: Bool) async throws {
    let key = isKeyed ? try AuditKey.sample : nil
    try await withStore { store in
      #expect(try await AuditVerification.verify(store, key: key).isWhole, "an empty log")
      try await record(5, store, key: key)
      let result = try await AuditVerification.verify(store, key: key)
      #expect(result.problem == nil && result.records == 6 && result.events == 5 && result.files == 0)
      var records: [AuditRecord] = []
      try await AuditLog(store).read { records.append($0) }
      #expect(records.map(\.statement) == (0..<5).map { "SELECT \($0) \"é\"" })
      #expect(try await AuditLog(store).last(2).map(\.sequence) == [5, 6])
    }
  }

  @Test func manyPagesAreRead() async throws {
    try await withStore { store in
      let sink = StoreAuditSink(store)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<1_203 { group.addTask { try await sink.record(.sample(number)) } }
        try await group.waitForAll()
      }
      let result = try await AuditVerification.verify(store)
      #expect(result.problem == nil && result.events == 1_203)
    }
  }

  @Test func manySinksShareAStore() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { try await withStore { try await record(10, $0) } } }
      try await group.waitForAll()
    }
    try await withStore { store in
      let result = try await AuditVerification.verify(store)
      #expect(result.problem == nil && result.events == 40)
    }
  }

  @Test func everyChangeOfARowIsFound() async throws {
    try await withStore { store in
      try await record(4, store, key: .sample)
      for sequence in 1...5 {
        for column in ["time", "body", "prev_hash", "hash"] {
          let name = QueryRequest(unsafeText: "SELECT \(column) FROM platform_audit WHERE seq = \(sequence)")
          let text = try await store.withSession { try await $0.execute(name).rows[0].decode(String.self) }
          let bytes = Array(text.utf8)
          for position in stride(from: 0, to: bytes.count, by: 7) {
            var changed = bytes
            changed[position] ^= 1
            let value = String(decoding: changed, as: UTF8.self)
            try await set(column, sequence, value, store)
            let problem = try await AuditVerification.verify(store, key: .sample).problem
            let place = problem?.line
            #expect(
              problem != nil && (place == nil || place == sequence || place == sequence + 1), "\(column) \(position)")
          }
          try await set(column, sequence, text, store)
        }
      }
      #expect(try await AuditVerification.verify(store, key: .sample).isWhole)
    }
  }

  private func set(_ column: String, _ sequence: Int, _ value: String, _ store: PlatformStore) async throws {
    let statement = QueryRequest(
      .template(
        QueryTemplate([
          .text("UPDATE platform_audit SET \(column) = "), .parameter(.text(value)), .text(" WHERE seq = \(sequence)"),
        ])))
    try await change(store, statement)
  }

  @Test func removedAndReorderedRowsAreFound() async throws {
    try await withStore { store in
      try await record(4, store)
      func problem() async throws -> AuditProblem.Kind? { try await AuditVerification.verify(store).problem?.kind }
      try await change(store, "CREATE TABLE kept AS SELECT * FROM platform_audit")
      for sequence in 1...5 {
        try await change(store, "DELETE FROM platform_audit WHERE seq = \(sequence)")
        #expect(try await problem() == (sequence == 5 ? .cutOff : .removed))
        try await change(store, "INSERT INTO platform_audit SELECT * FROM kept WHERE seq = \(sequence)")
      }
      #expect(try await problem() == nil)
      try await change(
        store, "UPDATE platform_audit SET seq = 99 WHERE seq = 2", "UPDATE platform_audit SET seq = 2 WHERE seq = 3",
        "UPDATE platform_audit SET seq = 3 WHERE seq = 99")
      #expect(try await problem() == .edited)
      try await change(store, "DELETE FROM platform_audit", "INSERT INTO platform_audit SELECT * FROM kept")
      try await change(store, "DELETE FROM platform_audit")
      #expect(try await problem() == .cutOff)
    }
  }

  @Test func theHeadIsGuardedToo() async throws {
    try await withStore { store in
      try await record(3, store, key: .sample)
      let head = try await store.withSession {
        try await $0.execute("SELECT last_hash FROM platform_audit_head").rows[0].decode(String.self)
      }
      let bytes = Array(head.utf8)
      for position in bytes.indices {
        var changed = bytes
        changed[position] ^= 1
        let text = String(decoding: changed, as: UTF8.self)
        try await change(store, "UPDATE platform_audit_head SET last_hash = \(text)")
        #expect(try await AuditVerification.verify(store, key: .sample).problem?.kind == .head)
      }
      for text in ["", "{}"] {
        try await change(store, "UPDATE platform_audit_head SET last_hash = \(text)")
        #expect(try await AuditVerification.verify(store, key: .sample).problem?.kind == .head)
      }
      try await change(store, "DELETE FROM platform_audit_head")
      #expect(try await AuditVerification.verify(store, key: .sample).problem?.kind == .head)
    }
  }

  @Test func aCutIsNotMendedByTheNextEvent() async throws {
    try await withStore { store in
      try await record(4, store)
      try await change(store, "DELETE FROM platform_audit WHERE seq > 3")
      try await record(2, store)
      #expect(try await AuditVerification.verify(store).problem?.kind == .cutOff)
      try await change(store, "DELETE FROM platform_audit", "UPDATE platform_audit_head SET last_hash = 'x'")
      try await record(2, store)
      #expect(try await AuditVerification.verify(store).problem?.kind == .cutOff)
    }
  }

  @Test func aLogIsContinuedWithItsOwnSealOnly() async throws {
    try await withStore { store in
      try await record(1, store, key: .sample)
      let error = await #expect(throws: DBError.self) { try await record(1, store) }
      #expect(error?.code == .auditFailed)
      #expect(try await AuditVerification.verify(store).problem?.kind == .seal)
      #expect(try await AuditVerification.verify(store, key: .sample).events == 1)
    }
  }

  @Test func aStoreThatIsClosedFailsTheAudit() async throws {
    let store = try await withStore { $0 }
    let error = await #expect(throws: DBError.self) { try await record(1, store) }
    #expect(error?.code == .auditFailed)
  }
}
