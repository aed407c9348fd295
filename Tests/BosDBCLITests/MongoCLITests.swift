import DBAdapterTesting
import Foundation
import Testing

/// `query` and what goes with it, on MongoDB.
@Suite(.enabled(if: TestServers.canTest(.mongoDB), Comment(rawValue: TestServers.missing(.mongoDB))))
struct MongoCLITests {
  private let shop: MongoWorkspace
  init() throws { shop = try MongoWorkspace() }

  @Test func documentsInEveryFormat() throws {
    try shop.insertPeople()
    let relaxed = """
      {"_id":1,"name":"Ada","address":{"city":"London"},"at":{"$date":"2026-02-28T13:05:07.250Z"},"n":5}
      {"_id":{"$oid":"5f5f5f5f5f5f5f5f5f5f5f5f"},"name":"日本, \\"x\\"","tags":["a",{"b":1}]}

      """
    func query(_ options: String...) throws -> CLIProcess.Outcome {
      try shop.run(["query", #"{"find":"people","sort":{"n":-1},"$db":"@"}"#] + options)
    }
    #expect(try query().text == relaxed)
    #expect(try query("-F", "raw").text == relaxed)
    #expect(
      try query("--json").text == "[\n " + relaxed.split(separator: "\n").joined(separator: ",\n ") + "\n]\n")
    #expect(
      try query("--ejson", "canonical").text == """
        {"_id":{"$numberInt":"1"},"name":"Ada","address":{"city":"London"},"at":{"$date":{"$numberLong":"1772283907250"}},\
        "n":{"$numberLong":"5"}}
        {"_id":{"$oid":"5f5f5f5f5f5f5f5f5f5f5f5f"},"name":"日本, \\"x\\"","tags":["a",{"b":{"$numberInt":"1"}}]}

        """)
    #expect(try query("--csv").text.hasPrefix("document\n\"{\"\"_id\"\":1,\"\"name\"\":\"\"Ada\"\""))
    #expect(try query("-F", "table").text.hasPrefix("document\n──"))
    let envelope = try query("-F", "envelope").text
    #expect(envelope.contains(#""columns":[{"name":"document","type":"object","nullable":false,"#))
    #expect(envelope.contains(#""encoding":"extended-json-relaxed"}]"#))
    #expect(envelope.contains(#"],"success":true,"#))
    #expect(
      try query("--flatten", "--csv").text == """
        _id,name,address.city,at,n,tags
        1,Ada,London,2026-02-28T13:05:07.25Z,5,
        5f5f5f5f5f5f5f5f5f5f5f5f,"日本, ""x""\",,,,"[""a"",{""b"":1}]"

        """)
    #expect(
      try query("--flatten").text.hasPrefix(
        #"{"_id":1,"name":"Ada","address.city":"London","at":"2026-02-28T13:05:07.25Z","n":5,"tags":null}"#))
    #expect(try query("--flatten", "--max-cell", "3", "-F", "tsv").text.contains("1\tAda\tLon…\t202…\t5\t\\N\n"))
  }

  @Test func shortFormsAndScripts() throws {
    try shop.insertPeople()
    let form = #"db.getSiblingDB("@").people.find({name: 'Ada'}, {_id: 0, n: 1})"#
    #expect(try shop.run(["query", form]).text == "{\"n\":5}\n")
    let script = """
      // counts, then reads
      db.getSiblingDB("@").people.countDocuments({});
      db.getSiblingDB("@").people
        .find({n: {$exists: true}})
        .limit(1)
      """
    let run = try shop.run(["query"], input: script)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.text.split(separator: "\n").count == 2)
    try shop.workspace.write("s.js", "{ping: 1}\n\n{nonsense: 1}\n{ping: 1}\n".utf8)
    let stopped = try shop.run(["query", "-f", "s.js", "--admin"])
    #expect(stopped.status != 0)
    #expect(stopped.errors.contains("s.js:3: "), "\(stopped.errors)")
    #expect(stopped.text.split(separator: "\n").count == 1)
  }

  @Test func syntaxErrorsShowThePlace() throws {
    let run = try shop.run(["query", "{find: \"people\",\n filter: {a b}}"])
    #expect(run.status == 3)
    #expect(run.errors.contains("line 2, column 13: expected ':' after the name"), "\(run.errors)")
    #expect(run.errors.contains("\n   filter: {a b}}\n              ^\n"), "\(run.errors)")
    let json = try shop.run(["query", "{find: x}", "--error-format", "json"])
    #expect(json.errors.contains("\"reason\":\"syntaxError\""))
    #expect(json.errors.contains("\"position\":8,"))
  }

  @Test func placeholdersAreRefused() throws {
    for option in [["-p", "Ada"], ["-P", "name=Ada"]] {
      let run = try shop.run(["query", "{find: \"people\", filter: {name: \"$1\"}}"] + option)
      #expect(run.status == 2)
      #expect(run.errors.contains("MongoDB's commands have no placeholders"))
    }
  }

  @Test func sessionsAreReadOnlyUnlessToldOtherwise() throws {
    for command in [
      #"{insert: "people", documents: [{_id: 1}], $db: "@"}"#, #"db.getSiblingDB("@").people.insertOne({_id: 1})"#,
      #"{aggregate: "people", pipeline: [{$out: "other"}], cursor: {}, $db: "@"}"#, #"{create: "people", $db: "@"}"#,
    ] {
      let run = try shop.run(["query", command])
      #expect(run.status == 7, "\(command): \(run.errors)")
      #expect(run.errors.hasSuffix("to allow it: --write\n"), "\(run.errors)")
    }
    let written = try shop.run(["query", #"{insert: "people", documents: [{_id: 1}], $db: "@"}"#, "--write"])
    #expect(written.status == 0, "\(written.errors)")
    #expect(written.text == "")
    #expect(written.errors.contains("1 row"))
    #expect(try shop.run(["mongo", "count", "people", "-d", "@", "-F", "raw"]).text == "1\n")
  }

  @Test func aTransactionIsAllOrNothing() throws {
    let insert = "db.getSiblingDB(\"@\").people.insertOne({_id: 1})"
    #expect(try shop.run(["mongo", "run", "{create: 'people'}", "-d", "@", "--write"]).status == 0)
    let failed = try shop.run(["query", "--write", "--single-transaction"], input: insert + "\n" + insert + "\n")
    #expect(failed.status == 3)
    #expect(failed.errors.contains("standard input:2: "), "\(failed.errors)")
    #expect(try shop.run(["mongo", "count", "people", "-d", "@", "-F", "raw"]).text == "0\n")
    let done = try shop.run(
      ["query", "--write", "--single-transaction"], input: insert + "\ndb.getSiblingDB(\"@\").people.find()\n")
    #expect(done.status == 0, "\(done.errors)")
    #expect(try shop.run(["mongo", "count", "people", "-d", "@", "-F", "raw"]).text == "1\n")
  }

  @Test func limitsAndTimeouts() throws {
    try shop.insertNumbers(1...30)
    let run = try shop.run(["query", #"{find: "n", sort: {_id: 1}, $db: "@"}"#, "--limit", "2"])
    #expect(run.text == "{\"_id\":1}\n{\"_id\":2}\n")
    #expect(run.errors == "note: the result was cut at 2 rows (--limit); there may be more\n")
    #expect(try shop.run(["query", #"{find: "n", $db: "@"}"#, "--limit", "30"]).errors == "")
    let slow =
      #"{aggregate: "n", pipeline: [{$match: {$expr: {$function: {body: "function() { sleep(500); return true }", args: [], lang: "js"}}}}], cursor: {}, $db: "@"}"#
    let timedOut = try shop.run(["query", slow, "--timeout", "1s", "--admin"])
    #expect(timedOut.status == 6, "\(timedOut.errors)")
  }

  @Test func plansWarnOfCollectionScans() throws {
    try shop.insertPeople()
    let text = try shop.run(["explain", #"{find: "people", filter: {name: "Ada"}, $db: "@"}"#, "-F", "text"])
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.text.hasPrefix("COLLSCAN"))
    #expect(text.text.contains("\n\nwarning: reads the whole collection (COLLSCAN)"))
    let json = try shop.run(["explain", #"{find: "people", filter: {_id: 1}, $db: "@"}"#])
    let document = try JSONSerialization.jsonObject(with: Data(json.output)) as? [String: Any]
    #expect((document?["notes"] as? [String])?.contains { $0.contains("_id") } == true)
    #expect((document?["nodes"] as? [Any])?.isEmpty == false)
  }

  @Test func theServerIsShown() throws {
    let run = try shop.run(["server", "info", "--section", "mem", "--section", "connections"])
    #expect(run.status == 0, "\(run.errors)")
    let document = try JSONSerialization.jsonObject(with: Data(run.output)) as? [String: Any]
    #expect((document?["server"] as? [String: Any])?["product"] as? String == "MongoDB")
    let report = document?["report"] as? [String: Any]
    #expect(Set(report?.keys.map(\.self) ?? []) == ["mem", "connections"])
    #expect((report?["connections"] as? [String: Any])?["current"] as? Int ?? 0 > 0)
    let ping = try shop.run(["ping"])
    #expect(ping.status == 0)
    #expect(ping.text.contains("\"engine\": \"mongodb\",\n \"product\": \"MongoDB\","))
  }

  @Test func theConnectionComesFromWhereItIsGiven() throws {
    let url = shop.url
    func run(_ environment: [String: String], _ arguments: String...) throws -> CLIProcess.Outcome {
      try CLIProcess(arguments, environment: environment, in: shop.workspace.directory).finish()
    }
    #expect(try run(["MONGODB_URL": url], "query", "{ping: 1}").status == 0)
    #expect(try run(["MONGODB_URL": url, "DATABASE_URL": "sqlite::memory:"], "query", "SELECT 1").status == 0)
    #expect(try run(["MONGODB_URL": url, "DATABASE_URL": "sqlite::memory:"], "mongo", "count", "none").status == 0)
    #expect(try run(["DATABASE_URL": url], "mongo", "run", "{ping: 1}").status == 0)
    #expect(try run([:], "mongo", "count", url, "none", "-q").text == "{\"count\":0}\n")
    let wrong = try run(["DATABASE_URL": "sqlite::memory:"], "mongo", "count", "none")
    #expect(wrong.status == 2)
    #expect(wrong.errors == "error: this command is for MongoDB, and the connection is to SQLite\n")
  }

  @Test func aPasswordComesFromStandardInput() throws {
    let parts = shop.url.split(separator: "@", maxSplits: 1)
    let user = parts[0].split(separator: "/").last?.split(separator: ":") ?? []
    try #require(user.count == 2)
    let bare = "mongodb://\(user[0])@\(parts[1])"
    let run = try CLIProcess(
      ["query", bare, "{ping: 1}", "--password-stdin"], input: Array((user[1] + "\n").utf8),
      in: shop.workspace.directory
    ).finish()
    #expect(run.status == 0, "\(run.errors)")
    let nobody = try CLIProcess(
      ["query", "mongodb://\(parts[1])", "{ping: 1}", "--password-stdin"], input: Array("x\n".utf8),
      in: shop.workspace.directory
    ).finish()
    #expect(nobody.status == 2)
    #expect(nobody.errors.contains("a password needs the user"))
    let wrong = try CLIProcess(
      ["query", bare, "{ping: 1}", "--password-stdin", "--connect-timeout", "2s"], input: Array("wrong\n".utf8),
      in: shop.workspace.directory
    ).finish()
    #expect(wrong.status == 5, "\(wrong.errors)")
  }
}
