import Foundation
import Testing

@Suite struct PoolCommandTests {
  private let shop: CLIWorkspace
  init() throws { shop = try CLIWorkspace() }

  @Test func benchSaysWhatThePoolBore() throws {
    let run = try shop.run(
      "pool", "bench", "sqlite:shop.db", "SELECT count(*) FROM products", "--tasks", "8", "--connections", "3",
      "--seconds", "0.3", "-F", "text")
    #expect(run.status == 0, "\(run.errors)")
    let lines = run.text.split(separator: "\n").map(String.init)
    #expect(lines.map { $0.prefix { $0 != " " } } == ["load", "statements", "latency", "lease", "execution", "pool"])
    #expect(lines.first?.contains("8 tasks on at most 3 connections") == true)
    #expect(lines.last?.contains("3 connections opened") == true && lines.last?.contains("0 timed out") == true)
  }

  @Test func benchAsJSON() throws {
    let run = try shop.run(
      "pool", "bench", "sqlite:shop.db", "--tasks", "4", "--connections", "2", "--seconds", "0.3", "-F", "json")
    #expect(run.status == 0, "\(run.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(run.output)) as? [String: Any]
    let document = try #require(object)
    #expect(document["kind"] as? String == "poolBench" && document["statement"] as? String == "SELECT 1")
    let succeeded = try #require(document["succeeded"] as? Int)
    let pool = try #require(document["pool"] as? [String: Any])
    #expect(succeeded > 0 && document["failed"] as? Int == 0)
    // One more than was counted: the statement that is tried first.
    #expect(pool["leases"] as? Int == succeeded + 1)
    #expect(pool["openedConnections"] as? Int == 2 && pool["total"] as? Int == 2)
    let latency = try #require(document["latency"] as? [String: Double])
    #expect(try #require(latency["p50Ms"]) <= (try #require(latency["p99Ms"])))
  }

  @Test func benchSaysAtOnceWhatCannotWork() throws {
    let statement = try shop.run("pool", "bench", "sqlite:shop.db", "SELEC 1", "--seconds", "30")
    #expect(statement.status == 3 && statement.errors.contains("syntax error"), "\(statement.errors)")
    let write = try shop.run("pool", "bench", "sqlite:shop.db", "DELETE FROM products", "--seconds", "30")
    #expect(write.status == 7, "\(write.errors)")
    let server = try shop.run("pool", "bench", "postgres://127.0.0.1:1/x", "--seconds", "30")
    #expect(server.status == 4 && server.errors.contains("refused"), "\(server.errors)")
  }

  @Test(arguments: [("--tasks", "0"), ("--connections", "0"), ("--connections", "1001"), ("--seconds", "0")])
  func benchRefusesNumbersThatMakeNoSense(_ option: String, _ value: String) throws {
    let run = try shop.run("pool", "bench", "sqlite:shop.db", option, value)
    #expect(run.status == 2 && run.errors.contains(option), "\(run.errors)")
  }
}
