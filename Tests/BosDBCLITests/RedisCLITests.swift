import DBAdapterTesting
import Foundation
import Testing

@Suite(.enabled(if: TestServers.canTest(.redis), Comment(rawValue: TestServers.missing(.redis))))
final class RedisCLITests {
  private let workspace: CLIWorkspace
  private let url: String
  /// What the keys of this test begin with.
  private let prefix = TestServers.uniqueName()

  init() throws {
    workspace = try CLIWorkspace(nil)
    url = try TestServers.require(.redis)
  }

  deinit {
    let found = try? run("redis", "keys", "\(prefix)*", "-F", "raw", "--binary", "hex")
    // Keys of bytes are removed where they are made.
    let keys = found?.text.split(separator: "\n").filter { !$0.contains("\\x") } ?? []
    if !keys.isEmpty { _ = try? run("query", "--write", "-q", input: "DEL " + keys.joined(separator: " ")) }
  }

  @discardableResult
  private func run(_ arguments: String..., input: String? = nil) throws -> CLIProcess.Outcome {
    try CLIProcess(
      arguments, input: input.map { Array($0.utf8) }, environment: ["BOSDB_URL": url], in: workspace.directory
    ).finish()
  }

  /// Runs a script that must succeed; `@` stands for the prefix.
  private func write(_ script: String) throws {
    let run = try run("query", "--write", "-q", input: script.replacing("@", with: prefix))
    try #require(run.status == 0, "\(run.errors)")
  }

  private func query(_ statement: String, _ options: String...) throws -> CLIProcess.Outcome {
    try CLIProcess(
      ["query", statement.replacing("@", with: prefix)] + options, environment: ["BOSDB_URL": url],
      in: workspace.directory
    ).finish()
  }

  // MARK: query

  @Test func commandsAreQuotedAsInRedisCLI() throws {
    #expect(try query(#"SET @:a "two words \"\x41\n""#, "--write").text == "{\"reply\":\"OK\"}\n")
    #expect(try query("GET @:a").text == "{\"value\":\"two words \\\"A\\n\"}\n")
    #expect(try query("ECHO 'it\\'s'").text == "{\"value\":\"it's\"}\n")
    let wrong = try query(#"ECHO "a"#)
    #expect(wrong.status == 3)
    #expect(wrong.errors.hasPrefix("error: the quote of argument 2 is not closed; "))
    #expect(wrong.errors.contains("\n  ECHO \"a\n       ^\n"))
  }

  @Test func parametersAreWholeArguments() throws {
    #expect(try query("ECHO $1", "-p", "a \"b' \\x41").text == "{\"value\":\"a \\\"b' \\\\x41\"}\n")
    #expect(try query("ECHO :text", "-p", "x").status == 2)
    #expect(try query("ECHO :text", "-P", "text=a b").text == "{\"value\":\"a b\"}\n")
    #expect(try query("ECHO ':text'", "-P", "text=a b").errors.contains("the statement has no :text"))
    #expect(try query("ECHO user:text", "-P", "text=a b").errors.contains("the statement has no :text"))
    #expect(try query("ECHO $1", "-P", "1:bytes=00ff", "-F", "raw").output == [0, 255])
    // As a text it keeps its digits.
    #expect(try query("ECHO $1", "-p", "1.50").text == "{\"value\":\"1.50\"}\n")
    #expect(try query("ECHO $1", "-P", "1:bool=true").errors.contains("Redis has no truth values"))
    #expect(try query("ECHO $2", "-p", "x").status == 2)
  }

  @Test func bytesSurviveEveryFormat() throws {
    try write(#"HSET @ "\xff" "\x80\x01" plain "text\xc3\xa9""#)
    #expect(
      try query("HGETALL @", "--json").text == """
        [
         {"field":{"base64":"/w=="},"value":{"base64":"gAE="}},
         {"field":"plain","value":"texté"}
        ]

        """)
    #expect(
      try query("HGETALL @", "--binary", "hex").text
        == "{\"field\":{\"hex\":\"ff\"},\"value\":{\"hex\":\"8001\"}}\n{\"field\":\"plain\",\"value\":\"texté\"}\n")
    #expect(try query("HGETALL @", "--csv").text == "field,value\n\\xff,\\x8001\nplain,texté\n")
    #expect(try query("HGETALL @", "-F", "tsv").text == "field\tvalue\n\\\\xff\t\\\\x8001\nplain\ttexté\n")
    #expect(
      try query("HGETALL @", "-F", "table").text
        == "field │ value\n──────┼───────\n\\xff  │ \\x8001\nplain │ texté\n")
    #expect(try query("HGETALL @", "-F", "markdown").text.contains("| \\\\xff | \\\\x8001 |"))
    #expect(try query("HGETALL @", "-F", "vertical").text.contains("value │ \\x8001"))
    #expect(try query("HGETALL @", "-F", "envelope").text.contains("[{\"base64\":\"/w==\"},{\"base64\":\"gAE=\"}]"))
    #expect(try query("HGET @ \"\\xff\"", "-F", "raw").output == [0x80, 1])
    try write("DEL @")
  }

  @Test func aScriptHasItsConnectionToItself() throws {
    let script = "# a transaction\nMULTI\nINCR @:n\nINCR @:n\nEXEC\n\nSELECT 1\nDBSIZE\n"
    let run = try run("query", "--write", input: script.replacing("@", with: prefix))
    #expect(run.status == 0, "\(run.errors)")
    let expected = "{\"reply\":\"OK\"}\n{\"reply\":\"QUEUED\"}\n{\"reply\":\"QUEUED\"}\n{\"value\":1}\n{\"value\":2}\n"
    #expect(run.text.hasPrefix(expected))
    #expect(try query("GET @:n").text == "{\"value\":\"2\"}\n")
  }

  @Test func aTransactionRunsTogether() throws {
    let script = "SET @:x a\nINCR @:x\nLPUSH @:y 1 2\n".replacing("@", with: prefix)
    let run = try run("query", "--write", "--single-transaction", input: script)
    #expect(run.status == 3)
    #expect(run.text == "{\"reply\":\"OK\"}\n{\"value\":2}\n")
    #expect(run.errors.hasPrefix("error: standard input:2: ERR value is not an integer"))
    // What the server refuses beforehand keeps all of it from running.
    let refused = try self.run("query", "--write", "--single-transaction", input: "SET \(prefix):z 1\nINCR\n")
    #expect(refused.status == 3)
    #expect(refused.errors.contains("INCR was refused and nothing has run"))
    #expect(try query("EXISTS @:z").text == "{\"value\":0}\n")
  }

  @Test func errorsNameTheLineAndKeepTheServersWord() throws {
    let run = try run("query", "--write", input: "SET \(prefix):t x\n\n# comment\nINCR \(prefix):t\nPING\n")
    #expect(run.status == 3)
    #expect(run.errors.hasPrefix("error: standard input:4: ERR value is not an integer"))
    let json = try query("LPUSH @:t x", "--write", "--error-format", "json")
    #expect(json.errors.contains("\"serverCode\":\"WRONGTYPE\""))
    let unbalanced = try self.run("query", "--write", input: "SET \(prefix):t y\nSET \(prefix):t \"z\n")
    #expect(unbalanced.status == 3)
    #expect(unbalanced.errors.contains("standard input: line 2: "))
    // Nothing of a script runs that cannot be read to its end.
    #expect(try query("GET @:t").text == "{\"value\":\"x\"}\n")
  }

  @Test func sessionsAreReadOnlyUnlessToldOtherwise() throws {
    let write = try query("SET @:w 1")
    #expect(write.status == 7)
    #expect(write.errors.hasSuffix("open it with read-write access to allow it: --write\n"))
    let admin = try query("CONFIG SET maxmemory-samples 5", "--write")
    #expect(admin.status == 7)
    #expect(admin.errors.hasSuffix("open it with administrative access to allow it: --admin\n"))
    #expect(try query("CONFIG SET maxmemory-samples 5", "--admin").status == 0)
    #expect(try query("EXISTS @:w").text == "{\"value\":0}\n")
  }

  @Test func aLimitIsAnnounced() throws {
    try write("RPUSH @:l a b c")
    let run = try query("LRANGE @:l 0 -1", "--limit", "2")
    #expect(run.text == "{\"value\":\"a\"}\n{\"value\":\"b\"}\n")
    #expect(run.errors == "note: the result was cut at 2 rows (--limit); there may be more\n")
  }

  // MARK: redis

  @Test func getShowsAnyType() throws {
    try write(
      #"""
      SET @:string "\xff\x00" PX 100000
      HSET @:hash name "Flat white" price 3.50
      RPUSH @:list a b
      SADD @:set only
      ZADD @:zset 1 one 2.5 two
      XADD @:stream 1-1 event paid amount 3.50
      """#)
    func value(_ key: String) throws -> String {
      let run = try run("redis", "get", "\(prefix):\(key)")
      #expect(run.status == 0, "\(run.errors)")
      let text = run.text
      #expect(text.hasPrefix("{\n \"schemaVersion\": 1,\n \"kind\": \"entry\",\n \"engine\": \"redis\",\n"))
      #expect(text.contains("\"key\": \"\(prefix):\(key)\",\n \"type\": \"\(key)\",\n"))
      #expect(text.contains("\"truncated\": false"))
      return text.split(separator: "\"value\": ", maxSplits: 1).last.map { $0.filter { !$0.isWhitespace } } ?? ""
    }
    #expect(try value("string") == "{\"base64\":\"/wA=\"}}")
    #expect(try value("hash") == "{\"name\":\"Flatwhite\",\"price\":\"3.50\"}}")
    #expect(try value("list") == "[\"a\",\"b\"]}")
    #expect(try value("set") == "[\"only\"]}")
    #expect(try value("zset") == "[{\"member\":\"one\",\"score\":1},{\"member\":\"two\",\"score\":2.5}]}")
    #expect(try value("stream") == "[{\"id\":\"1-1\",\"fields\":{\"event\":\"paid\",\"amount\":\"3.50\"}}]}")

    let table = try run("redis", "get", "\(prefix):zset", "-F", "table")
    #expect(table.text == "member │ score\n───────┼──────\none    │     1\ntwo    │   2.5\n")
    #expect(table.errors.hasPrefix("zset, 2 members, does not expire, listpack, about "))
    let string = try run("redis", "get", "\(prefix):string", "-F", "raw")
    #expect(string.output == [255, 0])
    #expect(string.errors.hasPrefix("string, 2 bytes, expires in 9"))
    let missing = try run("redis", "get", "\(prefix):none")
    #expect(missing.status == 1)
    #expect(missing.output.isEmpty)
    #expect(missing.errors == "there is no key \(prefix):none\n")
  }

  @Test(arguments: ["RPUSH", "SADD", "HSET", "ZADD", "XADD"]) func getCutsAndSaysSo(_ command: String) throws {
    var script = ""
    for number in 1...600 {
      switch command {
      case "HSET", "ZADD": script += "\(command) @:big \(number) \(number)\n"
      case "XADD": script += "XADD @:big \(number)-1 n \(number)\n"
      default: script += "\(command) @:big \(number)\n"
      }
    }
    try write(script)
    let cut = try run("redis", "get", "\(prefix):big", "--limit", "50", "--csv")
    #expect(cut.text.split(separator: "\n").count == 51)
    #expect(cut.errors.hasSuffix("note: 50 of 600 are shown (--limit)\n"))
    #expect(try run("redis", "get", "\(prefix):big", "--limit", "599").text.contains("\"truncated\": true"))
    let whole = try run("redis", "get", "\(prefix):big", "--limit", "600", "--csv", "-q")
    #expect(Set(whole.text.split(separator: "\n")).count == 601)
    #expect(whole.errors == "")
  }

  @Test func keysAreListedOnce() throws {
    try write((1...300).map { "SET @:k:\($0) x" }.joined(separator: "\n") + "\nSADD @:k:set x\n")
    let all = try run("redis", "keys", "\(prefix):k:*", "--count", "10")
    #expect(all.status == 0, "\(all.errors)")
    let lines = all.text.split(separator: "\n")
    #expect(lines.count == 301)
    #expect(Set(lines).count == 301)
    #expect(lines.contains("{\"key\":\"\(prefix):k:7\"}"))
    #expect(try run("redis", "keys", "\(prefix):k:*", "--type", "set", "--csv").text == "key\n\(prefix):k:set\n")
    #expect(try run("redis", "keys", "\(prefix):none*").text == "")
    let cut = try run("redis", "keys", "\(prefix):k:*", "--limit", "9")
    #expect(cut.text.split(separator: "\n").count == 9)
    #expect(cut.errors == "note: the listing was cut at 9 keys (--limit); there may be more\n")
    #expect(try run("redis", "keys", "\(prefix):k:*", "--limit", "301").errors == "")
  }

  @Test func keysThatAreBytes() throws {
    try write(#"SET "@:\xff" x"#)
    let listed = try run("redis", "keys", "\(prefix):*", "--binary", "hex")
    let hexadecimal = prefix.utf8.map { String($0, radix: 16) }.joined() + "3aff"
    #expect(listed.text == "{\"key\":{\"hex\":\"\(hexadecimal)\"}}\n")
    #expect(try run("redis", "get", hexadecimal, "--hex-key", "-F", "raw", "-q").text == "x\n")
    try write(#"DEL "@:\xff""#)
  }

  @Test func analyzeGroupsKeys() throws {
    try write((1...40).map { "HSET @:cart:\($0) customer \($0) total 3.50" }.joined(separator: "\n"))
    let run = try run("redis", "analyze", "--sample", "all")
    #expect(run.status == 0, "\(run.errors)")
    let document = try JSONSerialization.jsonObject(with: Data(run.output)) as? [String: Any]
    #expect(document?["kind"] as? String == "analysis")
    #expect((document?["coverage"] as? [String: Any])?["complete"] as? Bool == true)
    let groups = document?["groups"] as? [[String: Any]] ?? []
    let carts = groups.filter { ($0["name"] as? String)?.contains("cart:{int}") == true }
    #expect(!carts.isEmpty, "\(groups.map { $0["name"] ?? "" })")
    #expect(carts.contains { (($0["rows"] as? [String: Any])?["value"] as? Int ?? 0) >= 40 })
    let table = try self.run("redis", "analyze", "--sample", "20", "--time", "1s", "--ops", "1000", "--csv")
    #expect(table.text.hasPrefix("group,type,rows,margin,bytes,median,no_expiry,encoding,largest,exact\n"))
    #expect(table.errors.hasPrefix("seen: "))
    #expect(try self.run("redis", "analyze", "--sample", "0").status == 2)
  }

  // MARK: server

  @Test func serverInfo() throws {
    let run = try run("server", "info", "--section", "keyspace", "--section", "memory")
    #expect(run.status == 0, "\(run.errors)")
    let document = try JSONSerialization.jsonObject(with: Data(run.output)) as? [String: Any]
    #expect(document?["kind"] as? String == "serverInfo")
    #expect((document?["server"] as? [String: Any])?["product"] as? String == "Redis")
    let report = document?["report"] as? [String: Any]
    #expect(Set(report?.keys.map(\.self) ?? []) == ["keyspace", "memory"])
    #expect((report?["memory"] as? [String: Any])?["used_memory"] as? Int ?? 0 > 100_000)
    let table = try self.run("server", "info", "--section", "server", "--csv")
    #expect(table.text.contains("\nserver,redis_version,"))
  }

  @Test func theConnectionComesFromWhereItIsGiven() throws {
    func status(_ environment: [String: String], _ arguments: String...) throws -> Int32 {
      try CLIProcess(arguments, environment: environment, in: workspace.directory).finish().status
    }
    #expect(try status(["REDIS_URL": url], "query", "PING") == 0)
    #expect(try status(["REDIS_URL": url, "DATABASE_URL": "sqlite::memory:"], "query", "SELECT 1") == 0)
    #expect(try status(["REDIS_URL": url, "DATABASE_URL": "sqlite::memory:"], "redis", "keys", "a:none") == 0)
    #expect(try status(["DATABASE_URL": url], "redis", "get", "redis:none") == 1)
    #expect(try status([:], "redis", "get", url, "user:none", "-q") == 1)
    #expect(try status(["DATABASE_URL": "sqlite::memory:"], "redis", "get", "a") == 2)
  }
}

@Suite(.enabled(if: TestServers.canTest(.redisCluster), Comment(rawValue: TestServers.missing(.redisCluster))))
struct RedisClusterCLITests {
  private let workspace: CLIWorkspace
  private let url: String
  private let prefix = TestServers.uniqueName()

  init() throws {
    workspace = try CLIWorkspace(nil)
    url = try TestServers.require(.redisCluster)
  }

  private func run(_ arguments: String..., input: String? = nil) throws -> CLIProcess.Outcome {
    try CLIProcess(
      arguments, input: input.map { Array($0.utf8) }, environment: ["BOSDB_URL": url], in: workspace.directory
    ).finish()
  }

  @Test func everyPrimaryIsLookedAt() throws {
    let keys = (1...60).map { "\(prefix):\($0)" }
    let write = try run("query", "--write", "-q", input: keys.map { "RPUSH \($0) a b" }.joined(separator: "\n"))
    #expect(write.status == 0, "\(write.errors)")
    let found = try run("redis", "keys", "\(prefix):*", "--csv", "--no-header").text.split(separator: "\n")
    #expect(found.count == 60)
    #expect(Set(found.map(String.init)) == Set(keys))
    let cut = try run("redis", "keys", "\(prefix):*", "--limit", "59")
    #expect(cut.text.split(separator: "\n").count == 59)
    #expect(cut.errors.contains("cut at 59 keys"))
    #expect(try run("redis", "get", keys[7], "--csv", "-q").text == "index,value\n0,a\n1,b\n")
    let info = try run("server", "info", "--section", "replication", "--json")
    #expect(info.text.ranges(of: "\"role\": \"master\"").count == 3, "\(info.errors)\(info.text)")
    _ = try run("query", "--write", "-q", input: keys.map { "DEL \($0)" }.joined(separator: "\n"))
  }
}
