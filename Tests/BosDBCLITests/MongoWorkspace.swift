import DBAdapterTesting
import Foundation
import Testing

/// A directory, and a database of the test's own; both are removed with the value.
final class MongoWorkspace {
  let workspace: CLIWorkspace
  let url: String
  let database = TestServers.uniqueName()

  init() throws {
    workspace = try CLIWorkspace(nil)
    url = try TestServers.require(.mongoDB)
  }

  deinit { _ = try? run(["mongo", "run", "{dropDatabase: 1}", "-d", "@", "--admin"]) }

  /// Runs the program on the server; `@` in arguments and input stands for the database.
  @discardableResult
  func run(_ arguments: [String], input: String? = nil) throws -> CLIProcess.Outcome {
    try CLIProcess(
      arguments.map { $0.replacing("@", with: database) },
      input: input.map { Array($0.replacing("@", with: database).utf8) }, environment: ["BOSDB_URL": url],
      in: workspace.directory
    ).finish()
  }

  /// Two documents that differ in their fields.
  func insertPeople() throws {
    let run = try run(
      ["mongo", "insert", "people", "-d", "@", "--write"],
      input: """
        {"_id":1,"name":"Ada","address":{"city":"London"},"at":{"$date":"2026-02-28T13:05:07.25Z"},"n":{"$numberLong":"5"}}
        {"_id":{"$oid":"5f5f5f5f5f5f5f5f5f5f5f5f"},"name":"日本, \\"x\\"","tags":["a",{"b":1}]}
        """)
    try #require(run.status == 0, "\(run.errors)")
    #expect(run.errors == "inserted 2 documents\n")
  }

  /// Documents with nothing but a number as their `_id`, in the collection `n`.
  func insertNumbers(_ numbers: ClosedRange<Int>) throws {
    let run = try run(
      ["mongo", "insert", "n", "-d", "@", "--write"], input: numbers.map { "{\"_id\":\($0)}" }.joined(separator: "\n"))
    try #require(run.status == 0, "\(run.errors)")
    #expect(run.errors.hasPrefix("inserted \(numbers.count) document"))
  }
}
