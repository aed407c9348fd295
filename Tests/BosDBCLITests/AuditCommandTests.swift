import Foundation
import Testing

@Suite struct AuditCommandTests {
  let shop: CLIWorkspace

  init() throws { shop = try CLIWorkspace() }

  private func audited(
    _ statement: String, _ arguments: String..., environment: [String: String] = [:]
  ) throws
    -> CLIProcess.Outcome
  {
    try CLIProcess(
      ["query", "sqlite:shop.db", statement, "--audit", "audit.jsonl"] + arguments, environment: environment,
      in: shop.directory
    ).finish()
  }

  private func flip(_ name: String, _ position: Int) throws {
    var bytes = [UInt8](try Data(contentsOf: shop.directory.appendingPathComponent(name)))
    bytes[position] ^= 1
    let handle = try FileHandle(forWritingTo: shop.directory.appendingPathComponent(name))
    try handle.write(contentsOf: bytes)
    try handle.close()
  }

  @Test func statementsAreKeptWithoutTheirValues() throws {
    #expect(try audited("SELECT name FROM products WHERE name = 'hunter2'").status == 0)
    #expect(try audited("UPDATE products SET name = 'hunter2' WHERE id = ?1", "-p", "1", "--write").status == 0)
    #expect(try audited("DELETE FROM products").status == 7)
    #expect(try audited("SELECT * FROM hunter2_missing", "-q").status == 3)
    let text = try shop.read("audit.jsonl")
    #expect(!text.contains("'hunter2'") && text.contains("SELECT name FROM products WHERE name = ?"))
    let outcomes = try shop.run("audit", "query", "audit.jsonl", "-F", "csv", "--no-header").text
      .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      .map { "\($0[9]) \($0[10]) \($0[11])" }
    #expect(
      outcomes == [
        "read succeeded ", "write began ", "write succeeded ", "write refused classification",
        "unknown failed syntaxError",
      ]
        || outcomes.prefix(4) == [
          "read succeeded ", "write began ", "write succeeded ", "write refused classification",
        ])
    #expect(outcomes.count == 5 && outcomes.last?.contains("failed") == true, "\(outcomes)")
  }

  @Test func textsAreKeptWhenAskedFor() throws {
    _ = try audited("SELECT 'plain'", "--audit-text")
    _ = try audited("SELECT 'hunter2' AS password", "--audit-text")
    let text = try shop.read("audit.jsonl")
    #expect(text.contains(#""text":"SELECT 'plain'""#) && !text.contains("hunter2"))
  }

  @Test func theEnvironmentNamesTheLog() throws {
    let environment = ["BOSDB_AUDIT": "audit.jsonl", "BOSDB_AUDIT_ROTATE": "1k"]
    for _ in 0..<4 { #expect(try shop.query("SELECT 1", environment: environment).status == 0) }
    #expect(shop.files.contains("audit.jsonl.1"))
    let run = try shop.run("audit", "verify", "-F", "text", environment: environment)
    #expect(run.status == 0 && run.text.hasPrefix("audit.jsonl: whole: 4 events in "), "\(run.text)\(run.errors)")
    #expect(try shop.run("audit", "tail", "-n", "1", environment: environment).text.split(separator: "\n").count == 1)
    let bad = try shop.query("SELECT 1", environment: ["BOSDB_AUDIT": "audit.jsonl", "BOSDB_AUDIT_BLOCKING": "some"])
    #expect(bad.status == 2 && bad.errors.contains("writes, everything or nothing"))
  }

  @Test func whatWasChangedIsFound() throws {
    for number in 1...3 { _ = try audited("SELECT \(number)") }
    let whole = try shop.run("audit", "verify", "audit.jsonl", "--json")
    #expect(whole.status == 0)
    #expect(whole.text.hasPrefix("{\n \"schemaVersion\": 1,\n \"kind\": \"auditVerification\",\n"))
    try flip("audit.jsonl", 400)
    let run = try shop.run("audit", "verify", "audit.jsonl", "-F", "text")
    #expect(run.status == 1 && run.text.hasPrefix("audit.jsonl: not whole: audit.jsonl, line 2 (record 2): edited: "))
    let json = try shop.run("audit", "verify", "audit.jsonl", "--json")
    #expect(json.status == 1 && json.text.contains("\"kind\": \"edited\"") && json.text.contains("\"line\": 2"))
    #expect(try shop.run("audit", "verify", "nowhere.jsonl").status == 2)
  }

  @Test func aKeyIsNeededToContinueAndToVerify() throws {
    try shop.write("key", "a key of more than sixteen bytes\n".utf8)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: shop.directory.appendingPathComponent("key").path)
    let keyed = ["BOSDB_AUDIT_KEY_FILE": shop.directory.appendingPathComponent("key").path]
    #expect(try audited("SELECT 1", environment: keyed).status == 0)
    #expect(try audited("SELECT 2").status == 7)
    #expect(try audited("SELECT 2", environment: ["BOSDB_AUDIT_KEY": "short"]).status == 2)
    #expect(try audited("SELECT 2", environment: ["BOSDB_AUDIT_KEY": "a key of more than sixteen bytes"]).status == 0)
    let run = try shop.run("audit", "verify", "audit.jsonl", "-F", "text", environment: keyed)
    #expect(run.text == "audit.jsonl: whole: 2 events (hmac-sha-256)\n")
    #expect(try shop.run("audit", "verify", "audit.jsonl", "-F", "text").status == 1)
  }

  @Test func theStoreKeepsALogToo() throws {
    let environment = [
      "BOSDB_STORE": shop.directory.appendingPathComponent("store.sqlite").path, "BOSDB_AUDIT": "store",
    ]
    #expect(try shop.query("SELECT 1", environment: environment).status == 0)
    #expect(try shop.query("DELETE FROM orders WHERE id = 1", "--write", environment: environment).status == 0)
    let run = try shop.run("audit", "verify", "-F", "text", environment: environment)
    #expect(run.text == "store: whole: 3 events (sha-256)\n", "\(run.errors)")
    let rows = try shop.run(
      "audit", "query", "store", "--class", "write", "--outcome", "succeeded", environment: environment)
    #expect(rows.text.split(separator: "\n").count == 1 && rows.text.contains("DELETE FROM orders WHERE id = ?"))
  }

  @Test func recordsAreExportedAsTheyAre() throws {
    for number in 1...3 { _ = try audited("SELECT \(number)") }
    let run = try shop.run("audit", "export", "audit.jsonl", "-o", "copy.jsonl")
    #expect(run.status == 0 && run.errors == "3 records\n")
    #expect(
      try shop.read("copy.jsonl")
        == shop.read("audit.jsonl").split(separator: "\n").dropFirst().map { $0 + "\n" }.joined())
    #expect(try shop.run("audit", "export", "audit.jsonl", "-o", "copy.jsonl").status == 2)
    let csv = try shop.run("audit", "export", "audit.jsonl", "--format", "csv")
    #expect(csv.text.hasPrefix("seq,time,request_id,user,host,") && csv.text.split(separator: "\n").count == 4)
    #expect(try shop.run("audit", "export", "audit.jsonl", "--format", "table").status == 2)
  }

  @Test func tailFollowsWhatIsAdded() throws {
    _ = try audited("SELECT 1")
    let tail = try CLIProcess(["audit", "tail", "audit.jsonl", "--follow", "-F", "jsonl"], in: shop.directory)
    let reader = shop
    func lines() -> Int {
      let outputs = (try? FileManager.default.contentsOfDirectory(atPath: reader.directory.path)) ?? []
      return outputs.filter { $0.hasSuffix(".out") }
        .compactMap { try? reader.read($0) }.filter { $0.contains("request_id") }
        .map { $0.split(separator: "\n").count }.max() ?? 0
    }
    for expected in 1...3 {
      let end = ContinuousClock.now + .seconds(20)
      while lines() < expected, .now < end { usleep(20_000) }
      if expected < 3 { _ = try audited("SELECT \(expected + 1)") }
    }
    tail.process.interrupt()
    let run = try tail.finish()
    #expect(run.status == 130 && run.text.split(separator: "\n").count == 3, "\(run.status) \(run.text)\(run.errors)")
  }

  /// What a full disk does: writes fail from some size on, and a line may be cut.
  @Test func aFullDiskStopsWritesUntilThereIsRoom() throws {
    _ = try audited("SELECT 1")
    let statement = "CREATE TABLE t (a)"
    func run(_ limit: String, _ statement: String, _ blocking: String = "writes") throws -> CLIProcess.Outcome {
      try shop.shell(
        "trap '' XFSZ; ulimit -f \(limit); BOSDB_AUDIT_BLOCKING=\(blocking) exec \"$CLI\" query sqlite::memory: '\(statement)' --write --audit audit.jsonl"
      )
    }
    let full = try run("1", statement)
    #expect(full.status == 7 && full.errors.contains("audit"), "\(full.errors)")
    #expect(try run("1", "SELECT 1").status == 0)
    #expect(try run("1", "SELECT 1", "everything").status == 7)
    #expect(try run("1", statement, "nothing").status == 0)
    #expect(try run("unlimited", statement).status == 0)
    let verified = try shop.run("audit", "verify", "audit.jsonl", "-F", "text")
    #expect(verified.status == 0 && verified.text.contains("torn and marked so"), "\(verified.text)")
  }

  /// Processes that are killed while they write leave a log that verifies, and every statement that was answered has its beginning there.
  @Test func killedProcessesLoseNothingThatWasAnswered() throws {
    // Rows as long as these are not kept back.
    let script = (1...3_000).map { "INSERT INTO t VALUES (\($0)) RETURNING a AS n\($0)x, hex(zeroblob(8000)) AS b;\n" }
      .joined()
    try shop.write("script.sql", ("CREATE TABLE t (a);\n" + script).utf8)
    var generator = SystemRandomNumberGenerator()
    var count = 0
    for round in 0..<4 {
      let processes = try (0..<3).map { _ in
        try CLIProcess(
          ["query", "sqlite::memory:", "-f", "script.sql", "--write", "--audit", "audit.jsonl", "-F", "jsonl"],
          environment: ["BOSDB_AUDIT_ROTATE": "200k"], in: shop.directory)
      }
      let pauses = processes.map { _ in UInt32.random(in: 300_000...1_200_000, using: &generator) }.sorted()
      var slept: UInt32 = 0
      for (process, pause) in zip(processes, pauses) {
        usleep(pause - slept)
        slept = pause
        kill(process.process.processIdentifier, SIGKILL)
      }
      var answered: Set<Substring> = []
      for process in processes {
        for line in try process.finish().text.split(separator: "\n") where line.hasSuffix("}") {
          answered.insert(line.split(separator: "\"")[1])
        }
      }
      _ = try audited("SELECT 1")
      let run = try shop.run("audit", "verify", "audit.jsonl", "-F", "text")
      #expect(run.status == 0, "round \(round): \(run.text)")
      let began = try shop.run("audit", "query", "audit.jsonl", "--outcome", "began", "-F", "csv").text
      count += answered.count
      for name in answered { #expect(began.contains("AS \(name)"), "\(name) ran and has no beginning") }
    }
    #expect(count > 0, "no statement was answered in time")
  }
}
