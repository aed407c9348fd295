import DBAdapterCore
import DBAdapterTesting
import Foundation
import SQLiteAdapter
import Testing

extension PoolingTests {
  /// 64 tasks write and read one file: nobody hears that it is locked.
  @Test(.timeLimit(.minutes(1))) func oneFileServesManyTasks() async throws {
    let files = try SQLiteFixture()
    let target = try ConnectionString("sqlite:" + files.path() + "?mode=rwc&journal_mode=wal")
    let manager = ConnectionManager(registry: try AdapterRegistry([.sqlite]), policy: .readWrite)
    _ = try await manager.execute("CREATE TABLE work (task int, step int)", on: target)
    let (descriptors, threads) = (ProcessTable.descriptors, ProcessTable.threads)
    let outcomes = await allOutcomes(128) { task in
      guard task < 64 else {
        let sum = QueryRequest(unsafeText: "SELECT count(*), sum(step) FROM work", intent: .read)
        for _ in 0..<20 { _ = try await manager.execute(sum, on: target) }
        return
      }
      for step in 0..<20 {
        let insert: QueryRequest = "INSERT INTO work VALUES (\(task), \(step))"
        switch step % 3 {
        case 0: _ = try await manager.execute(insert, on: target)
        case 1: try await manager.withSession(target) { _ = try await $0.execute(insert) }
        default:
          try await manager.withSession(target) { session in
            try await session.withTransaction { transaction in
              let count: QueryRequest = "SELECT count(*) FROM work WHERE task = \(task)"
              let before = try await transaction.execute(count).rows[0].decode(Int.self, at: 0)
              _ = try await transaction.execute(insert)
              let after = try await transaction.execute(count).rows[0].decode(Int.self, at: 0)
              #expect(before == step && after == step + 1)
            }
          }
        }
      }
    }
    for error in outcomes.compactMap(\.error) { Issue.record("\(error)") }
    let written = try await manager.execute("SELECT count(*), count(DISTINCT task * 100 + step) FROM work", on: target)
    #expect(written.rows[0].values == [1_280, 1_280])
    print("one file: 1280 writes and as many reads, slowest task \(outcomes.map(\.time.total).percentile(1))")
    for pool in manager.snapshot() {
      #expect(pool.sessions == 0 && pool.waiting == 0 && pool.counters.timedOutLeases == 0, "\(pool)")
    }
    await manager.shutdown(grace: .seconds(1))
    #expect(try FileManager.default.contentsOfDirectory(atPath: files.directory) == ["test.db"])
    try await eventually("descriptors or threads are left") {
      ProcessTable.descriptors <= descriptors && ProcessTable.threads <= threads + 4
    }
  }

  /// The write-ahead log is moved into the file by the last one who may write; those who only read leave it.
  @Test(.timeLimit(.minutes(1))) func readersAreClosedBeforeWriters() async throws {
    for _ in 1...10 {
      let files = try SQLiteFixture()
      let target = try ConnectionString("sqlite:" + files.path() + "?mode=rwc&journal_mode=wal")
      var configuration = ConnectionManagerConfiguration()
      var pool = PoolConfiguration()
      pool.maximumConnections = 1
      configuration.pool = pool
      let manager = ConnectionManager(
        registry: try AdapterRegistry([.sqlite]), configuration: configuration, policy: .readWrite)
      _ = try await manager.execute("CREATE TABLE work (task int)", on: target)
      let read = QueryRequest(unsafeText: "SELECT count(*) FROM work", intent: .read)
      #expect(try await manager.execute(read, on: target).rows[0][0] == 0)
      #expect(manager.snapshot().count == 2)
      // One reader is still at work.
      let task = Task {
        try await manager.withSession(target, policy: .readOnly) { session in
          let sum = QueryRequest(unsafeText: endlessSQLiteQuery, timeout: .milliseconds(50))
          _ = try? await session.execute(sum)
        }
      }
      try await eventually("nobody reads") { manager.snapshot().contains { $0.sessions == 1 } }
      await manager.shutdown(grace: .seconds(5))
      try await task.value
      #expect(try FileManager.default.contentsOfDirectory(atPath: files.directory) == ["test.db"])
    }
  }
}
