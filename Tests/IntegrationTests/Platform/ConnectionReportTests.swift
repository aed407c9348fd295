import DBAdapterBundle
import DBAdapterCore
import DBAdapterTesting
import Testing

/// How far a connection came, on live servers.
@Suite struct ConnectionReportTests {
  private func report(_ url: String) async throws -> ConnectionReport {
    var configuration = ConnectionManagerConfiguration(connectTimeout: .seconds(5))
    var pool = PoolConfiguration()
    pool.dialRetryDelays = []
    configuration.pool = pool
    let manager = ConnectionManager(registry: .standard, configuration: configuration)
    let report = await manager.test(try ConnectionString(url))
    await manager.shutdown(grace: .zero)
    return report
  }

  private func outcomes(_ report: ConnectionReport) -> [ConnectionReport.Outcome] {
    report.steps.filter { $0.stage != .privileges }.map(\.outcome)
  }

  @Test(.requires(.postgres)) func everyStageOfAServerIsPassed() async throws {
    let report = try await report(TestServers.require(.postgres))
    #expect(report.isSuccess, "\(String(describing: report.error))")
    #expect(report.steps.map(\.stage) == ConnectionReport.Stage.allCases)
    #expect(Array(outcomes(report).suffix(3)) == [.passed, .passed, .passed])
    #expect(report.steps[5].detail?.hasPrefix("PostgreSQL 1") == true)
    #expect(report.steps[5].elapsed != nil)
    #expect(report.connectElapsed > .zero)
  }

  @Test(.requires(.postgres)) func namesAreResolvedAndWrongPasswordsAreFound() async throws {
    let string = try ConnectionString(TestServers.require(.postgres))
    let port = try #require(string.endpoints.first?.port)
    let wrong = try await report("postgres://\(string.user ?? "")@localhost:\(port)/x?password=wrong-hunter2")
    let failed = try #require(wrong.steps.first { $0.outcome == .failed })
    #expect([.authentication, .database].contains(failed.stage), "\(String(describing: wrong.error))")
    #expect(wrong.steps[0].outcome == .passed)
    #expect(wrong.steps[0].detail?.contains("127.0.0.1") == true)
    #expect(wrong.steps.last?.outcome == .notReached)
    #expect(!"\(wrong)".contains("hunter2"))
  }

  @Test func aHostThatDoesNotExistFailsFirst() async throws {
    let report = try await report("postgres://app@no-such-host.invalid/x")
    #expect(report.steps[0].outcome == .failed, "\(String(describing: report.error))")
    #expect(report.steps.dropFirst().allSatisfy { $0.outcome == .notReached })
  }

  @Test func aPortWithoutServerFailsAtTheDial() async throws {
    for url in [
      "postgres://app@127.0.0.1:1/x", "redis://127.0.0.1:1", "mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=500",
    ] {
      let report = try await report(url)
      #expect(report.steps[0].outcome == .notNeeded, "\(url)")
      #expect(report.steps[1].outcome == .failed, "\(url): \(String(describing: report.error))")
      #expect(report.steps[5].outcome == .notReached)
    }
  }

  @Test func aFileNeedsFewStages() async throws {
    let report = try await report("sqlite::memory:")
    #expect(outcomes(report) == [.notNeeded, .passed, .notNeeded, .notNeeded, .passed, .passed])
    let missing = try await self.report("sqlite:/nowhere/at/all.db")
    #expect(outcomes(missing).prefix(2) == [.notNeeded, .failed])
  }

  @Test func whatCannotBeReadReachesNothing() async throws {
    let report = try await report("oracle://db/x")
    #expect(report.error?.code == .unknownScheme)
    #expect(report.steps.allSatisfy { $0.outcome == .notReached })
  }

  @Test(.requires(.redis)) func redis() async throws {
    let report = try await report(TestServers.require(.redis))
    #expect(report.isSuccess, "\(String(describing: report.error))")
    #expect(report.server?.product.isEmpty == false)
  }

  @Test(.requires(.mongoDB)) func mongoDB() async throws {
    let report = try await report(TestServers.require(.mongoDB))
    #expect(report.isSuccess, "\(String(describing: report.error))")
  }
}
