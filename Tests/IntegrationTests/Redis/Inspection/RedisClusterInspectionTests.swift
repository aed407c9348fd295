import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

@Suite(
  "Redis cluster inspection",
  .enabled(if: TestServers.canTest(.script), Comment(rawValue: TestServers.missing(.script))))
struct RedisClusterInspectionTests {
  @Test("a cluster is inspected as a whole", .timeLimit(.minutes(2)))
  func whole() async throws {
    try await withThrowawayRedis(.cluster) { server in
      let manager = ConnectionManager(registry: try AdapterRegistry([.redis]), policy: .administrative)
      let keyspace = RedisKeyspace(manager: manager, url: server.url)
      try await keyspace.session { session in
        for start in stride(from: 0, to: 6_000, by: 1_000) {
          let requests = (start..<start + 1_000).map { number -> QueryRequest in
            number % 3 == 0 ? "HSET \("cart:\(number)") total \(number)" : "SET \("{user\(number)}.name") bob"
          }
          for result in try await session.pipeline(requests) { _ = try result.get() }
        }
      }
      let full = try await keyspace.describeAll(ListOptions(sampling: .full))
      #expect(full.completeness == .complete)
      #expect(full.items.map(\.table.reference.name) == ["{user{int}}.name", "cart:{int}"])
      #expect(full.items.map { $0.table.rows?.value } == [4_000, 2_000])
      #expect(full.items[1].column("total")?.presence == 1)
      let sample = try await keyspace.tables(ListOptions(sampling: SamplingBudget(items: 600)))
      #expect(sample.coverage.map { (600...602).contains($0.seen) && $0.total?.value == 6_000 } == true)
      #expect(sample.items.first?.rows.map { abs($0.value - 4_000) < 400 } == true)
      let one = try await keyspace.describe("{user4}.name")
      #expect(one.table.rows == Estimate(1, isExact: true, source: "TYPE"))
      let group = try await keyspace.describe("cart:{int}", DescribeOptions(sampling: .full))
      #expect(group.table.rows?.value == 2_000)
      let schemas = try await keyspace.session { try await $0.schemas() }
      #expect(schemas.items.map { $0.rows?.value } == [6_000])
      await manager.shutdown(grace: .seconds(1))
    }
  }
}
