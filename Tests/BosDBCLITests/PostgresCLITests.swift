import DBAdapterTesting
import Foundation
import Testing

@Suite(.enabled(if: TestServers.canTest(.postgres), Comment(rawValue: TestServers.missing(.postgres))))
struct PostgresCLITests {
  private let workspace: CLIWorkspace
  private let environment: [String: String]

  init() throws {
    workspace = try CLIWorkspace(nil)
    environment = ["BOSDB_URL": try TestServers.require(.postgres)]
  }

  private func query(_ arguments: String..., input: String? = nil) throws -> CLIProcess.Outcome {
    try CLIProcess(
      ["query"] + arguments, input: input.map { Array($0.utf8) }, environment: environment, in: workspace.directory
    ).finish()
  }

  @Test func untypedParametersTakeTheStatementsTypes() throws {
    let run = try query(
      "SELECT $1::int + 1 AS a, $2 || 'x' AS b, $3::date AS c", "-p", "41", "-p", "7", "-p", "2026-02-28")
    #expect(run.text == "{\"a\":42,\"b\":\"7x\",\"c\":\"2026-02-28\"}\n")
    let wrong = try query("SELECT $1::int", "-p", "many")
    #expect(wrong.status == 2)
    #expect(wrong.errors.contains("$1"))
    #expect(try query("SELECT $1::int, $2::int", "-p", "1").errors.contains("2 parameters"))
  }

  @Test func namedParametersLeaveCastsAlone() throws {
    let statement = "SELECT :n::text AS a, E'\\':n' AS b, $$:n$$ AS c, '{1,2,3}'::int[] AS d /* /* ' */ :n */"
    let run = try query(statement, "-P", "n:int=5")
    #expect(run.text == "{\"a\":\"5\",\"b\":\"':n\",\"c\":\":n\",\"d\":[1,2,3]}\n", "\(run.errors)")
  }

  @Test func exactValues() throws {
    let run = try query(
      "SELECT 9223372036854775807 AS i, 0.10::numeric AS d, 'NaN'::float8 AS n, '\\xdead'::bytea AS b, '{\"a\": 1.0}'::json AS j"
    )
    #expect(run.text == "{\"i\":9223372036854775807,\"d\":0.10,\"n\":\"NaN\",\"b\":\"3q0=\",\"j\":{\"a\": 1.0}}\n")
  }

  @Test func errorsPointAtThePlace() throws {
    let run = try query("SELECT 1,\n  boom FROM pg_class")
    #expect(run.status == 3)
    #expect(run.errors == "error: column \"boom\" does not exist [42703]\n    boom FROM pg_class\n    ^\n")
    let script = try query(input: "SELECT 1;\n\nSELECT 1,\n  boom")
    #expect(script.errors.hasPrefix("error: standard input:4: column \"boom\" does not exist [42703]\n"))
  }

  @Test func aTypoIsASyntaxErrorInAReadOnlySessionToo() throws {
    let run = try query("SELECT 'é',\n  1 FRM pg_class x")
    #expect(run.status == 3)
    #expect(
      run.errors.hasPrefix("error: syntax error at or near \"pg_class\" [42601]\n    1 FRM pg_class x\n          ^\n"),
      "\(run.errors)")
  }

  @Test func whatOnlyOtherProgramsCanLoad() throws {
    let copy = try query("--write", input: "COPY t FROM stdin;\n1\t8c\n\\.\n")
    #expect(copy.status != 0 && copy.errors.contains("pg_dump --inserts"), "\(copy.errors)")
    let out = try query("COPY pg_class TO STDOUT")
    #expect(out.status == 9 && out.errors.contains("psql") && !out.errors.contains("withCopyOut"), "\(out.errors)")
    let command = try query(input: "SELECT 1;\n\\c shop;\n")
    #expect(command.status == 3 && command.errors.contains("backslash commands are psql's own"), "\(command.errors)")
  }

  @Test func readOnlyUnlessAskedFor() throws {
    for statement in [
      "CREATE TABLE t (a int)", "SELECT nextval('s')", "DO $$ BEGIN END $$", "SET default_transaction_read_only = off",
    ] {
      let run = try query(statement)
      #expect(run.status != 0)
    }
    let refused = try query("DELETE FROM pg_class")
    #expect(refused.status == 7)
    #expect(refused.errors.contains("--write"))
    #expect(try query("SHOW transaction_read_only").text == "{\"transaction_read_only\":\"on\"}\n")
    #expect(try query("SHOW transaction_read_only", "--write").text == "{\"transaction_read_only\":\"off\"}\n")
  }

  @Test func interruptionLeavesNoBackendBehind() throws {
    let marker = TestServers.uniqueName()
    let count =
      "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%\(marker)%' AND pid <> pg_backend_pid()"
    let running = try CLIProcess(
      ["query", "SELECT pg_sleep(60) /* \(marker) */"], environment: environment, in: workspace.directory)
    while running.process.isRunning, try query(count).text != "{\"n\":1}\n" {}
    let watch = Stopwatch()
    kill(running.process.processIdentifier, SIGINT)
    let run = try running.finish()
    #expect(watch.time.own < .seconds(2), "\(watch.time)")
    #expect(run.status == 130, "\(run.errors)")
    // The server may take a moment to end what it was told to end.
    let patience = Stopwatch()
    var left = try query(count).text
    while left != "{\"n\":0}\n", patience.time.total < .seconds(5) { left = try query(count).text }
    #expect(left == "{\"n\":0}\n")
  }

  @Test func aClosedPipeStopsTheStatement() throws {
    let statement = "SELECT g FROM generate_series(1, 100000000) g"
    let run = try CLIProcess(
      ["-c", "\"$CLI\" query '\(statement)' | head -1; echo ${PIPESTATUS[0]}"],
      environment: environment.merging(["CLI": CLIProcess.executable.path]) { $1 }, in: workspace.directory,
      executable: URL(fileURLWithPath: "/bin/bash")
    ).finish()
    #expect(run.text == "{\"g\":1}\n0\n")
    #expect(run.errors == "")
  }

  @Test func passwordFromStandardInput() throws {
    let url = try TestServers.require(.postgres)
    let password = url.split(separator: "@")[0].split(separator: ":").last.map(String.init) ?? ""
    let bare = url.replacing(":\(password)@", with: "@")
    let run = try CLIProcess(
      ["query", bare, "SELECT 1 AS a", "--password-stdin"], input: Array((password + "\n").utf8),
      in: workspace.directory
    ).finish()
    #expect(run.text == "{\"a\":1}\n", "\(run.errors)")
    let wrong = try CLIProcess(
      ["query", bare, "SELECT 1 AS a", "--password-stdin"], input: Array("wrong\n".utf8), in: workspace.directory
    ).finish()
    #expect(wrong.status == 5, "\(wrong.errors)")
  }

  @Test func noticesGoToStandardError() throws {
    let run = try query("--write", input: "DO $$ BEGIN RAISE NOTICE 'careful'; END $$")
    #expect(run.output.isEmpty)
    #expect(run.errors.contains("careful"))
  }
}
