/// One subject that is measured: a few variants of the same work, and what is said of them.
protocol Benchmark: Sendable {
  /// For `--only`: `postgres.lookup`.
  var name: String { get }
  /// - Throws: ``CannotRun`` when something it needs is not there.
  func measure(_ context: BenchmarkContext) async throws -> [Finding]
}

/// What benchmarks are run with.
struct BenchmarkContext: Sendable {
  /// Rounds of interleaved runs.
  let rounds: Int
  /// A tenth of the work: to see that everything runs, not to measure.
  let isQuick: Bool
  /// `nil` without a server; the benchmarks of PostgreSQL then say so.
  let postgres: PostgresDataSet?
  /// `nil` without a server, as well.
  let redis: RedisDataSet?
  /// `nil` without a server, as well.
  let mongo: MongoDataSet?
  let sqlite: SQLiteDataSet
  /// An empty directory, removed at the end.
  let directory: String

  /// Work in full, or a tenth of it.
  func scaled(_ count: Int) -> Int { isQuick ? max(1, count / 10) : count }

  /// Makes what the benchmarks need, lends it, and removes it.
  static func with<R>(
    rounds: Int, isQuick: Bool, for benchmarks: [any Benchmark], _ body: (BenchmarkContext) async throws -> R
  ) async throws -> R {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let needsPostgres = benchmarks.contains { $0.name.hasPrefix("postgres.") || $0.name == "cli.export" }
    let postgres =
      needsPostgres ? try BosDBBench.postgresURL.map { try PostgresDataSet(url: $0, isQuick: isQuick) } : nil
    defer { try? postgres?.drop() }
    let needsRedis = benchmarks.contains { $0.name.hasPrefix("redis.") }
    let redis =
      needsRedis
      ? try BosDBBench.redisURL.map { try RedisDataSet(url: $0, tlsURL: BosDBBench.redisTLSURL, isQuick: isQuick) }
      : nil
    defer { try? redis?.drop() }
    let needsMongo = benchmarks.contains { $0.name.hasPrefix("mongo.") }
    let mongo = needsMongo ? try BosDBBench.mongoURL.map { try MongoDataSet(url: $0, isQuick: isQuick) } : nil
    defer { try? mongo?.drop() }
    return try await body(
      BenchmarkContext(
        rounds: rounds, isQuick: isQuick, postgres: postgres, redis: redis, mongo: mongo,
        sqlite: try SQLiteDataSet(directory: directory.path, isQuick: isQuick), directory: directory.path))
  }

  func needPostgres() throws -> PostgresDataSet {
    guard let postgres else { throw CannotRun("BOSDB_BENCH_POSTGRES_URL names no server") }
    return postgres
  }
}

extension BenchmarkContext {
  func needRedis() throws -> RedisDataSet {
    guard let redis else { throw CannotRun("BOSDB_BENCH_REDIS_URL names no server") }
    return redis
  }

  func needMongo() throws -> MongoDataSet {
    guard let mongo else { throw CannotRun("BOSDB_BENCH_MONGODB_URL names no server") }
    return mongo
  }
}

/// Every benchmark, in the order of the report.
enum Suite {
  static let all: [any Benchmark] = [
    PostgresLookupBenchmark(), PostgresConcurrencyBenchmark(), PostgresMixedLoadBenchmark(), PostgresStreamBenchmark(),
    PostgresMemoryBenchmark(), PostgresPipelineBenchmark(), PostgresCopyBenchmark(), RedisGetBenchmark(),
    RedisThroughputBenchmark(), RedisScanBenchmark(), RedisDecodeBenchmark(), MongoFindBenchmark(),
    MongoConcurrencyBenchmark(), MongoStreamBenchmark(), MongoInsertBenchmark(), SQLiteReadBenchmark(),
    SQLiteInsertBenchmark(), SQLiteLookupBenchmark(), PoolLeaseBenchmark(), CommandStartBenchmark(),
    CommandExportBenchmark(),
  ]
}
