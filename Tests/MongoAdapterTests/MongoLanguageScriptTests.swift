import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite struct MongoLanguageScriptTests {
  @Test func statementsEndAtSemicolonsAndLines() throws {
    let script = """
      // a comment; with a semicolon
      show dbs
      db.a.find({
        x: "a;b", // inside; still
        y: /;\\/[/;]/
      })
        .sort({x: 1})
        // between
        .limit(1)

      db.b.drop(); db.c.drop();;
      /* {
      */ { ping: 1 }
      db.d.
        find()
      {find: 'it\\'s',
       filter: {}}
      """
    let statements = try MongoScript.split(script)
    #expect(statements.map(\.line) == [2, 3, 11, 11, 13, 14, 16])
    #expect(
      statements[0].text == "show dbs" && statements[2].text == "db.b.drop()" && statements[4].text == "{ ping: 1 }")
    #expect(statements[1].text.hasPrefix("db.a.find({") && statements[1].text.hasSuffix(".limit(1)"))
    #expect(try MongoScript.split(" \n// only\n;; /* x */ ").isEmpty)
  }

  @Test(arguments: [("{ping: 1}\n{ping: }", 2), ("db.a.find(\n\ndb.b.find()", 1), ("db.a.find()\n\n'", 3)])
  func statementsThatAreNoneAreNamedByTheirLine(script: String, line: Int) {
    do throws(DBError) {
      let statements = try MongoScript.split(script)
      Issue.record("split into \(statements)")
    } catch {
      #expect(error.code == .syntaxError && error.message.contains("line \(line)"), "\(error)")
    }
  }
}
