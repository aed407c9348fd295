internal import DBAdapterCore
internal import SQLiteAdapter

/// Lending a session and taking it back, with nothing done in between.
struct PoolLeaseBenchmark: Benchmark {
  let name = "pool.lease"
  private static let tasks = 64
  private static let connections = 10

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let target = try ConnectionString("sqlite:\(context.sqlite.path)")
    let leases = context.scaled(192_000)
    var configuration = ConnectionManagerConfiguration()
    configuration.pool = PoolConfiguration()
    configuration.pool?.maximumConnections = Self.connections
    return try await ConnectionManager.withManager(
      registry: try AdapterRegistry([.sqlite]), configuration: configuration
    ) { manager in
      let rounds = try await Rounds.interleaved(
        context.rounds,
        [
          Variant("1 task") {
            let start = Stopwatch()
            for _ in 0..<leases { try await manager.withSession(target) { _ in } }
            return Sample(operations: leases, since: start)
          },
          // Each task lets the others run while it has its session: but for that, nobody would ever wait for one.
          Variant("64 tasks") {
            try await Self.inTasks(leases) { try await manager.withSession(target) { _ in await Task.yield() } }
          },
          Variant("64 tasks that only yield") { try await Self.inTasks(leases) { await Task.yield() } },
        ])
      return [
        try rounds.finding("Lease and release, CPU", .cpuPerOperation, "1 task", target: .atMost(2_000)),
        try rounds.finding(
          "Lease, yield and release, 64 tasks on 10 connections, CPU", .cpuPerOperation, "64 tasks",
          target: .atMost(4_000)
        ),
        try rounds.finding("A yield alone, 64 tasks, CPU", .cpuPerOperation, "64 tasks that only yield"),
      ]
    }
  }

  private static func inTasks(
    _ operations: Int, _ body: @escaping @Sendable () async throws -> Void
  ) async throws -> Sample {
    let start = Stopwatch()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<tasks {
        group.addTask { for _ in 0..<operations / tasks { try await body() } }
      }
      try await group.waitForAll()
    }
    return Sample(operations: operations / tasks * tasks, since: start)
  }
}
