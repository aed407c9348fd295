import Foundation
import Testing

@Suite struct ProcessTests {
  private let shop: CLIWorkspace
  init() throws { shop = try CLIWorkspace() }

  private static let endless =
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
  private static let manyRows =
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100000000) SELECT x FROM n"

  @Test func aClosedPipeEndsQuietly() throws {
    let run = try shop.shell("$CLI query sqlite:shop.db '\(Self.manyRows)' | head -1; echo ${PIPESTATUS[0]}")
    #expect(run.text == "{\"x\":1}\n0\n")
    #expect(run.errors == "")
  }

  @Test(arguments: [(Int32(2), Int32(130)), (15, 143)]) func signalsStopTheStatement(
    _ signal: Int32, _ status: Int32
  ) throws {
    let running = try CLIProcess(["query", "-v", "sqlite:shop.db", Self.endless], in: shop.directory)
    while running.process.isRunning, !running.errorsSoFar.contains("connected to") { usleep(5_000) }
    kill(running.process.processIdentifier, signal)
    let run = try running.finish()
    #expect(run.status == status, "\(run.errors)")
    #expect(run.output.isEmpty)
  }

  @Test func aSignalEndsTheWaitForInput() throws {
    // A shell starts it with the signal ignored; only once it has blocked the signal, bit 1 of SigBlk, can one arrive.
    let run = try shop.shell(
      #"""
      mkfifo fifo; exec 3<>fifo; $CLI query sqlite:shop.db <fifo &
      while [[ -e /proc/$!/status ]] && ! grep -q '^SigBlk:.*[2367abef]$' /proc/$!/status; do sleep 0.01; done
      sleep 0.3; kill -INT $!; wait $!; echo $?
      """#)
    #expect(run.text == "130\n")
  }

  @Test func aTimeoutStopsTheStatement() throws {
    let run = try shop.query(Self.endless, "--timeout", "200ms")
    #expect(run.status == 6, "\(run.errors)")
  }

  @Test func aFailedOutputLeavesNoFile() throws {
    let run = try shop.query(Self.endless, "--timeout", "200ms", "-o", "out.csv")
    #expect(run.status == 6)
    #expect(!shop.files.contains { $0.hasPrefix("out") })
  }

  @Test func passwordsInArgumentsAreWarnedOfOnceAndHidden() throws {
    let url = "postgres://app:hunter2@127.0.0.1:1/db"
    let run = try shop.run("ping", url)
    #expect(run.status == 1)
    #expect(run.errors.ranges(of: "warning:").count == 1)
    #expect(!run.errors.contains("hunter2"))
    #expect(!run.text.contains("hunter2"))
    #expect(!(try shop.run("ping", url, "-q").errors.contains("warning")))
    #expect(!(try shop.run("ping", environment: ["BOSDB_URL": url]).errors.contains("warning")))
  }

  @Test(arguments: [
    [], ["query"], ["explain"], ["schema"], ["schema", "inspect"], ["schema", "schemas"], ["schema", "tables"],
    ["schema", "describe"], ["redis"], ["redis", "get"], ["redis", "keys"], ["redis", "analyze"], ["mongo"],
    ["mongo", "find"], ["mongo", "aggregate"], ["mongo", "count"], ["mongo", "distinct"], ["mongo", "run"],
    ["mongo", "insert"], ["mongo", "schema"], ["server"], ["server", "info"], ["ping"], ["pool"], ["pool", "bench"],
    ["drivers"], ["version"], ["conn"], ["conn", "add"], ["conn", "list"], ["conn", "show"], ["conn", "edit"],
    ["conn", "remove"], ["conn", "test"], ["conn", "import"], ["conn", "export"], ["conn", "explain"], ["secrets"],
    ["secrets", "init"], ["secrets", "rotate"], ["secrets", "status"],
    ["audit"], ["audit", "tail"], ["audit", "query"], ["audit", "verify"], ["audit", "export"],
  ])
  func help(_ command: [String]) throws {
    let run = try CLIProcess(command + ["--help"], environment: ["COLUMNS": "100"], in: shop.directory).finish()
    #expect(run.status == 0)
    #expect(run.errors == "")
    #expect(run.text.split(separator: "EXAMPLES").count == 2)
    #expect(run.text.contains("EXIT CODES"))
    expectGolden(run.text, (["help"] + command).joined(separator: "-") + ".txt")
  }

  /// libmongoc's counters are in shared memory, which has to go with the process.
  @Test func noSharedMemoryIsLeft() throws {
    let run = try shop.shell(
      "\"$CLI\" version >/dev/null & wait $!; ls /dev/shm 2>/dev/null | grep -c \"^mongoc-$!\\$\"")
    #expect(run.text == "0\n", "\(run.text)\(run.errors)")
  }

  /// A killed process leaves its counters behind, and its number comes again.
  @Test func leftoverSharedMemoryIsTakenOver() throws {
    let run = try shop.shell(
      "sh -c ': >/dev/shm/mongoc-$$; exec \"$CLI\" version' & wait $!; ls /dev/shm | grep -c \"^mongoc-$!\\$\"")
    #expect(run.errors == "")
    #expect(run.text == (try shop.run("version").text) + "0\n")
  }

  @Test func versionAndDrivers() throws {
    #expect(try shop.run("version").text == (try shop.run("--version").text))
    let version = try shop.run("version", "--json")
    #expect(version.text.hasPrefix("{\n \"schemaVersion\": 1,\n \"kind\": \"version\""))
    let drivers = try shop.run("drivers", "--json").text
    #expect(drivers.contains("\"engine\": \"postgres\""))
    #expect(drivers.contains("\"engine\": \"sqlite\""))
    #expect(drivers.contains("\"engine\": \"redis\""))
  }

  @Test func ping() throws {
    let ready = try shop.run("ping", "sqlite:shop.db", "-F", "text")
    #expect(ready.status == 0, "\(ready.errors)")
    #expect(ready.text.hasPrefix("SQLite "))
    let missing = try shop.run("ping", "postgres://127.0.0.1:1/x", "--wait", "1s", "-v", "-F", "json")
    #expect(missing.status == 1)
    #expect(missing.text.contains("\"ready\": false"))
    #expect(missing.errors.contains("waiting: "))
  }
}
