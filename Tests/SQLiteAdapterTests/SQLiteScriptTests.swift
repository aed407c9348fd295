import DBAdapterCore
import DBAdapterTesting
import SQLiteAdapter
import Testing

@Suite("SQLite scripts")
struct SQLiteScriptTests {
  @Test("semicolons that end nothing stay inside their statement")
  func quotes() throws {
    let script = """
      -- a comment; with a semicolon
      SELECT 'a;''b' ; /* c; */ SELECT ";", `;`, [;]
      , 1 -- inside; kept
      , 2;;
      ;SELECT 3
      """
    let statements = try SQLiteScript.statements(in: script)
    #expect(
      statements == [
        ScriptStatement(text: "SELECT 'a;''b'", line: 2),
        ScriptStatement(text: "SELECT \";\", `;`, [;]\n, 1 -- inside; kept\n, 2", line: 2),
        ScriptStatement(text: "SELECT 3", line: 5),
      ])
  }

  @Test("a trigger stays whole")
  func triggers() throws {
    let trigger = """
      CREATE TEMP TRIGGER IF NOT EXISTS t AFTER INSERT ON a BEGIN
        UPDATE a SET x = CASE WHEN x > 1 THEN 2 ELSE 3 END;
        SELECT ';';
      END
      """
    let statements = try SQLiteScript.statements(in: "SELECT 1;\n\(trigger);\nSELECT 2;")
    #expect(statements.map(\.text) == ["SELECT 1", trigger, "SELECT 2"])
    #expect(statements.map(\.line) == [1, 2, 6])
    // A table called trigger is no trigger.
    #expect(try SQLiteScript.statements(in: "CREATE TABLE trigger (a); SELECT 1").count == 2)
    #expect(try SQLiteScript.statements(in: "CREATE TRIGGER t BEGIN SELECT 1; SELECT 2").count == 1)
  }

  @Test("nothing, comments and open quotes")
  func edges() throws {
    for text in ["", " \n;;\t;", "-- x", "/* never closed"] {
      #expect(try SQLiteScript.statements(in: text).isEmpty)
    }
    #expect(
      try SQLiteScript.statements(in: "SELECT 1; SELECT 'open; SELECT 2").map(\.text) == [
        "SELECT 1", "SELECT 'open; SELECT 2",
      ])
    #expect(throws: DBError.self) { try SQLiteScript.statements(in: "SELECT 1;\n\u{0}") }
  }

  @Test("a hostile script takes no more than linear time")
  func hostile() throws {
    let body = String(repeating: "SELECT CASE 1 WHEN 1 THEN 2 END;", count: 50_000)
    let watch = Stopwatch()
    #expect(try SQLiteScript.statements(in: "CREATE TRIGGER t AFTER INSERT ON a BEGIN " + body).count == 1)
    #expect(watch.time.own < .seconds(20), "\(watch.time)")
  }
}
