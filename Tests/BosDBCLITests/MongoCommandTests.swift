import DBAdapterTesting
import Foundation
import Testing

/// `mongo find`, `aggregate`, `count`, `distinct`, `run` and `insert`.
@Suite(.enabled(if: TestServers.canTest(.mongoDB), Comment(rawValue: TestServers.missing(.mongoDB))))
struct MongoCommandTests {
  private let shop: MongoWorkspace
  init() throws { shop = try MongoWorkspace() }

  private func mongo(_ arguments: String..., input: String? = nil) throws -> CLIProcess.Outcome {
    try shop.run(["mongo"] + arguments + ["-d", "@"], input: input)
  }

  @Test func find() throws {
    try shop.insertNumbers(1...50)
    let all = try mongo("find", "n", "--batch", "7", "--sort", "{_id: 1}")
    #expect(all.text == (1...50).map { "{\"_id\":\($0)}\n" }.joined())
    #expect(all.errors == "")
    let some = try mongo("find", "n", "{_id: {$gt: 10}}", "--sort", "{_id: -1}", "--skip", "1", "--limit", "2")
    #expect(some.text == "{\"_id\":49}\n{\"_id\":48}\n")
    #expect(some.errors == "note: the result was cut at 2 rows (--limit); there may be more\n")
    let shown = try mongo("find", "n", "{_id: 3}", "--projection", "{_id: 0, twice: {$multiply: ['$_id', 2]}}")
    #expect(shown.text == "{\"twice\":6}\n")
    #expect(try mongo("find", "none").text == "")
  }

  @Test func aggregate() throws {
    try shop.insertNumbers(1...10)
    let sum = try mongo("aggregate", "n", "[{$group: {_id: null, sum: {$sum: '$_id'}}}]")
    #expect(sum.text == "{\"_id\":null,\"sum\":55}\n")
    let refused = try mongo("aggregate", "n", "[{$match: {}}, {$merge: 'copy'}]")
    #expect(refused.status == 7, "\(refused.errors)")
    #expect(refused.errors.hasSuffix("--write\n"))
    #expect(try mongo("aggregate", "n", "[{$match: {}}, {$merge: 'copy'}]", "--write").status == 0)
    #expect(try mongo("count", "copy", "-F", "raw").text == "10\n")
    let script = try mongo("aggregate", "n", "[{$match: {$where: 'true'}}]")
    #expect(script.status == 7, "\(script.errors)")
    #expect(try mongo("aggregate", "n", "[]", "--limit", "3").text.split(separator: "\n").count == 3)
  }

  @Test func count() throws {
    try shop.insertNumbers(1...1_234)
    #expect(try mongo("count", "n").text == "{\"count\":1234}\n")
    #expect(try mongo("count", "n", "{_id: {$lte: 9}}", "-F", "raw").text == "9\n")
    #expect(try mongo("count", "n", "{_id: 0}").text == "{\"count\":0}\n")
    #expect(try mongo("count", "n", "--estimate").text == "{\"estimate\":1234}\n")
    #expect(try mongo("count", "n", "{}", "--estimate").status == 2)
  }

  @Test func distinct() throws {
    let input =
      "{\"a\":{\"b\":1}}{\"a\":{\"b\":\"x\"}}{\"a\":{\"b\":1}}{\"c\":1,\"a\":{\"b\":{\"$oid\":\"5f5f5f5f5f5f5f5f5f5f5f5f\"}}}"
    #expect(try mongo("insert", "d", "--write", input: input).status == 0)
    #expect(
      try mongo("distinct", "d", "a.b").text
        == "{\"a.b\":1}\n{\"a.b\":\"x\"}\n{\"a.b\":\"5f5f5f5f5f5f5f5f5f5f5f5f\"}\n")
    #expect(try mongo("distinct", "d", "a.b", "{c: null}", "-F", "raw").text == "1\nx\n")
    #expect(try mongo("distinct", "d").status == 2)
  }

  @Test func run() throws {
    #expect(try mongo("run", "{create: 'events', capped: true, size: 4096}").status == 7)
    #expect(try mongo("run", "{create: 'events', capped: true, size: 4096}", "--write").status == 0)
    let listed = try mongo("run", "{listCollections: 1, nameOnly: true}", "--flatten", "--csv")
    #expect(listed.text == "name,type\nevents,collection\n", "\(listed.errors)")
    #expect(try mongo("run", "{ping: 1}").text == "{\"ok\":1.0}\n")
    let unknown = try mongo("run", "{nonsense: 1}", "--admin")
    #expect(unknown.status != 0)
    #expect(unknown.errors.contains("nonsense"))
    #expect(try mongo("run", "[1]").errors == "error: command: expected a document, and this is array\n")
  }

  @Test func argumentsThatCannotBeRead() throws {
    let wrong = try mongo("find", "n", "{name: 'x',\n age: }")
    #expect(wrong.status == 3)
    #expect(
      wrong.errors == "error: filter: line 2, column 7: expected a value\n   age: }\n        ^\n", "\(wrong.errors)")
    #expect(try mongo("find", "n", "--sort", "[]").errors.hasPrefix("error: --sort: expected a document"))
    #expect(try mongo("aggregate", "n", "{}").errors.hasPrefix("error: pipeline: expected a list"))
    #expect(try mongo("find", "n", "{a: evil()}").status == 3)
    #expect(try mongo("find").status == 2)
    #expect(try mongo("find", "").errors == "error: no collection was given\n")
    #expect(try mongo("find", "n", "--limit", "0").status == 2)
  }

  @Test func fieldsThatTurnUpLateAreCounted() throws {
    try shop.insertNumbers(1...300)
    #expect(try mongo("insert", "n", "--write", input: "{\"_id\":301,\"late\":{\"a\":1,\"b\":2}}").status == 0)
    let flat = try mongo("find", "n", "--sort", "{_id: 1}", "--flatten", "--csv")
    #expect(flat.text == "_id\n" + (1...301).map { "\($0)\n" }.joined())
    #expect(
      flat.errors
        == "note: 2 values have no column and are left out (late.a, late.b); the columns are the fields of the first documents "
        + "(--flatten)\n")
    #expect(try mongo("find", "n", "--sort", "{_id: -1}", "--flatten", "--csv").text.hasPrefix("_id,late.a,late.b\n"))
  }

  // MARK: insert

  @Test(arguments: ["\n", " ", ",\n"]) func insertTakesEveryForm(_ separator: String) throws {
    var text = (1...2_500).map { "{\"_id\":\($0),\"s\":\"}{\\\"\"}" }.joined(separator: separator)
    if separator.hasPrefix(",") { text = "[" + text + "]\n" }
    let run = try mongo("insert", "n", "--write", input: text)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.text == "")
    #expect(run.errors == "inserted 2500 documents\n")
    #expect(try mongo("count", "n", "-F", "raw").text == "2500\n")
  }

  @Test func insertKeepsEveryType() throws {
    let document =
      #"{"_id":{"$oid":"5f5f5f5f5f5f5f5f5f5f5f5f"},"i":{"$numberInt":"1"},"l":{"$numberLong":"1"},"d":{"$numberDouble":"1.0"},"#
      + #""m":{"$numberDecimal":"1.00"},"t":{"$timestamp":{"t":1,"i":2}},"b":{"$binary":{"base64":"/w==","subType":"80"}},"#
      + #""r":{"$regularExpression":{"pattern":"a","options":"i"}},"x":{"$minKey":1}}"# + "\n"
    try shop.workspace.write("types.json", document.utf8)
    #expect(try mongo("insert", "t", "-f", "types.json", "--write").errors == "inserted 1 document\n")
    #expect(try mongo("find", "t", "--ejson", "canonical").text == document)
  }

  @Test func insertStopsAtTheFirstFailureInOrder() throws {
    try shop.insertNumbers(3...3)
    let input = (1...5).map { "{\"_id\":\($0)}" }.joined(separator: "\n\n")
    let ordered = try mongo("insert", "n", "--write", input: input)
    #expect(ordered.status == 3)
    #expect(ordered.errors.hasPrefix("error: standard input:5: document 3: E11000 duplicate key error"))
    #expect(ordered.errors.hasSuffix("inserted 2 documents\n"))
    let unordered = try mongo("insert", "n", "--write", "--unordered", input: input)
    #expect(unordered.status == 3)
    #expect(unordered.errors.split(separator: "\n").count { $0.hasPrefix("error: standard input:") } == 3)
    #expect(unordered.errors.hasSuffix("inserted 2 documents\n"))
    #expect(try mongo("count", "n", "-F", "raw").text == "5\n")
    let json = try mongo("insert", "n", "--write", "--error-format", "json", "-q", input: input)
    #expect(json.errors.contains("\"reason\":\"constraintViolation\""), "\(json.errors)")
    #expect(json.errors.contains("\"serverCode\":\"DuplicateKey\""))
  }

  @Test func manyFailuresAreCounted() throws {
    try shop.insertNumbers(1...1_500)
    let input = (1...1_500).map { "{\"_id\":\($0)}" }.joined(separator: "\n")
    let run = try mongo("insert", "n", "--write", "--unordered", input: input)
    #expect(run.status == 3)
    #expect(run.errors.split(separator: "\n").count == 22)
    #expect(run.errors.hasSuffix("note: 1480 documents more failed\ninserted 0 documents\n"))
  }

  @Test func whatIsNoDocumentIsNamedWithItsPlace() throws {
    let input = "{\"_id\":1}\n{\"_id\":2}\n{\"_id\":x}\n{\"_id\":4}\n"
    let run = try mongo("insert", "n", "--write", input: input)
    #expect(run.status == 2)
    #expect(run.errors == "inserted 2 documents\nerror: standard input:3:8: expected a value (document 3)\n")
    #expect(try mongo("count", "n", "-F", "raw").text == "2\n")
    let cut = try mongo("insert", "n", "--write", input: "{\"_id\":5}\n{\"_id\":6")
    #expect(cut.errors == "inserted 1 document\nerror: standard input:2:1: the document does not end (document 2)\n")
    #expect(try mongo("insert", "n", "--write", "-f", "missing.json").status == 2)
  }

  @Test func aSignalEndsAnInsertAndSaysHowFarItCame() throws {
    let run = try shop.workspace.shell(
      """
      mkfifo in; (for ((i = 0; i < 1500; i++)); do echo "{\\"_id\\":$i}"; done; exec sleep 30) >in 2>/dev/null & feeder=$!
      BOSDB_URL='\(shop.url)' "$CLI" mongo insert n -d \(shop.database) --write -f in & insert=$!
      until [[ $("$CLI" mongo count '\(shop.url)' n -d \(shop.database) -F raw -q) == 1000 ]]; do sleep 0.1; done
      kill -INT "$insert"; wait "$insert"; status=$?; kill "$feeder"; exit "$status"
      """)
    #expect(run.status == 130, "\(run.errors)")
    #expect(run.errors.hasSuffix("inserted 1000 documents\nerror: interrupted\n"), "\(run.errors)")
  }

  @Test func insertNeedsItsFlag() throws {
    let run = try mongo("insert", "n", input: "{}")
    #expect(run.status == 7)
    #expect(run.errors.hasSuffix("--write\n"))
    #expect(
      try mongo("insert", "a$b", "--write", input: "{}").errors
        == "inserted 0 documents\nerror: Invalid collection name: a$b\n")
    #expect(try mongo("insert", "n", "--write", input: "").errors == "inserted 0 documents\n")
  }

  @Test func progressIsSaidAfterASecond() throws {
    let document = "{\"s\":\"" + String(repeating: "x", count: 500) + "\"}\n"
    try shop.workspace.write("many.jsonl", String(repeating: document, count: 2_000).utf8)
    let run = try shop.workspace.shell(
      """
      for part in 1 2 3; do cat many.jsonl; sleep 1; done \
        | BOSDB_URL='\(shop.url)' "$CLI" mongo insert n -d \(shop.database) --write --progress plain
      """)
    #expect(run.status == 0, "\(run.errors)")
    let lines = run.errors.split(separator: "\n")
    #expect(lines.count >= 2, "\(run.errors)")
    #expect(lines.dropLast().allSatisfy { $0.hasPrefix("inserted ") && $0.hasSuffix(" MB read") })
    #expect(lines.last == "inserted 6000 documents")
    #expect(try mongo("count", "n", "-F", "raw").text == "6000\n")
  }
}
