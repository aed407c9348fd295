import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite("Replies as rows")
struct ReplyRowsTests {
  private func result(_ command: String, _ reply: ReplyText, limit: Int? = nil) throws -> QueryResult {
    try ReplyRows.result(of: reply.reply(), to: RedisCommand(text: command), rowLimit: limit)
  }

  private func native(_ command: String, _ reply: ReplyText) throws -> DBValue {
    try ReplyRows.native(reply.reply(), to: RedisCommand(text: command))
  }

  /// Column names, rows.
  private func check(
    _ command: String, _ reply: ReplyText, _ columns: [String], _ rows: [[DBValue]],
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    let result = try result(command, reply)
    #expect(result.columns.names == columns, sourceLocation: sourceLocation)
    #expect(result.rows.map(\.values) == rows, sourceLocation: sourceLocation)
  }

  private let invalid = ReplyText.bulk([0x61, 0xFF, 0x00])
  private let invalidValue = DBValue.bytes(DBBytes([0x61, 0xFF, 0x00]))

  @Test("without knowing the command, the reply alone decides")
  func general() throws {
    try check("X", .status("PONG"), ["reply"], [["PONG"]])
    try check("X", 42, ["value"], [[42]])
    try check("X", "é", ["value"], [["é"]])
    try check("X", invalid, ["value"], [[invalidValue]])
    try check("X", "", ["value"], [[""]])
    try check("X", nil, ["value"], [[.null]])
    try check("X", [], ["value"], [])
    try check(
      "X", ["a", 1, nil, invalid, [1, ["b", invalid]], .error("ERR no")], ["value"],
      [
        ["a"], [1], [.null], [invalidValue], [[1, ["b", invalidValue]]],
        [.native(DBNative(typeName: "error", text: "ERR no"))],
      ])
    #expect(try result("SET a b", .status("OK")).reply == .acknowledged)
    #expect(try result("PING", .status("PONG")).reply == .scalar)
    #expect(try result("GET a", "x").reply == .scalar)
    #expect(try result("LRANGE a 0 -1", ["x"]).reply == .list)
  }

  @Test("writes that count say how much they changed; lengths are no such count")
  func counts() throws {
    let deleted = try result("del a b", 2)
    #expect(deleted.affectedRows == 2 && deleted.commandTag == "DEL" && deleted.rows[0][0] == 2)
    #expect(try result("LPUSH a b", 7).affectedRows == nil)
    #expect(try result("ZADD z 1 a", 1).affectedRows == 1)
    let increased = try result("ZADD z INCR 1 a", "2.5")
    #expect(increased.affectedRows == nil && increased.rows[0][0] == 2.5)
    #expect(try result("config set a b", .status("OK")).commandTag == "CONFIG SET")
    #expect(try result("DEL a", .status("QUEUED")).affectedRows == nil)
  }

  @Test("a limit cuts and says so")
  func limit() throws {
    let cut = try result("LRANGE l 0 -1", ["a", "b", "c"], limit: 2)
    #expect(cut.rows.map(\.values) == [["a"], ["b"]])
    #expect(cut.truncation == Truncation(.rowLimit, limit: 2))
    #expect(try result("LRANGE l 0 -1", ["a", "b"], limit: 2).truncation == nil)
    #expect(try result("HGETALL h", ["a", "1", "b", "2"], limit: 1).truncation == Truncation(.rowLimit, limit: 1))
    #expect(try result("INFO", "# A\r\nx:1\r\ny:2\r\n", limit: 1).rows.count == 1)
    #expect(try result("HGETALL h", ["a", "1", "b", "2"], limit: 0).rows.isEmpty)
  }

  @Test("a reply the command is not expected to give is shown as what it is")
  func unexpected() throws {
    try check("HGETALL h", .status("QUEUED"), ["reply"], [["QUEUED"]])
    #expect(try result("HGETALL h", .status("QUEUED")).reply == .acknowledged)
    try check("TYPE k", .status("QUEUED"), ["reply"], [["QUEUED"]])
    try check("INFO", 1, ["value"], [[1]])
    try check("XREAD STREAMS s 0", nil, ["stream", "id", "fields"], [])
    try check("SRANDMEMBER s", "m", ["value"], [["m"]])
    try check("LPOP l", "m", ["value"], [["m"]])
  }

  @Test("hashes")
  func hashes() throws {
    try check("HGETALL h", ["a", "1", "b", invalid], ["field", "value"], [["a", "1"], ["b", invalidValue]])
    #expect(try result("HGETALL h", ["a", "1"]).reply == .map)
    try check("HMGET h a b", ["1", nil], ["field", "value"], [["a", "1"], ["b", .null]])
    try check("HRANDFIELD h 2 withvalues", ["a", "1"], ["field", "value"], [["a", "1"]])
    try check("HRANDFIELD h 2", ["a", "b"], ["field"], [["a"], ["b"]])
    try check(
      "HSCAN h 0", ["17", ["a", "1", "b", "2"]], ["cursor", "field", "value"], [["17", "a", "1"], ["17", "b", "2"]])
    try check("CONFIG GET max*", ["maxmemory", "0"], ["field", "value"], [["maxmemory", "0"]])
    #expect(try native("HGETALL h", ["a", "1", "b", invalid]) == ["a": "1", "b": invalidValue])
    // A document has names of text only.
    #expect(try native("HGETALL h", [invalid, "1"]) == [invalidValue, "1"])
  }

  @Test("keys")
  func keys() throws {
    try check("KEYS *", ["a", invalid], ["key"], [["a"], [invalidValue]])
    try check("SCAN 0", ["17", ["a", "b"]], ["cursor", "key"], [["17", "a"], ["17", "b"]])
    try check("SCAN 0", ["17", []], ["cursor", "key"], [["17", .null]])
    try check("MGET a b", ["1", nil], ["key", "value"], [["a", "1"], ["b", .null]])
    try check("TYPE k", .status("hash"), ["type"], [["hash"]])
    try check("BLPOP a b 1", ["a", "v"], ["key", "value"], [["a", "v"]])
    try check("LMPOP 1 a LEFT COUNT 2", ["a", ["v", "w"]], ["key", "value"], [["a", "v"], ["a", "w"]])
    try check("EXISTS a b", 1, ["value"], [[1]])
  }

  @Test("sorted sets")
  func sortedSets() throws {
    let columns = ["member", "score"]
    try check(
      "ZRANGE z 0 -1 WITHSCORES", ["a", "1.5", "b", "inf"], columns, [["a", 1.5], ["b", .double(.infinity)]])
    try check("ZRANGE z 0 -1", ["a", "b"], ["member"], [["a"], ["b"]])
    try check("ZRANGE WITHSCORES 0 -1", ["a"], ["member"], [["a"]])
    try check("ZUNION 2 WITHSCORES b", ["a"], ["member"], [["a"]])
    try check("ZUNION 2 a b WITHSCORES", ["a", "1"], columns, [["a", .double(1)]])
    try check("ZPOPMIN z", ["a", "1"], columns, [["a", .double(1)]])
    try check("ZMPOP 1 z MIN", ["z", [["a", "1"]]], ["key"] + columns, [["z", "a", .double(1)]])
    try check("BZPOPMIN z 0", ["z", "a", "1"], ["key"] + columns, [["z", "a", .double(1)]])
    try check("ZSCORE z a", "0.1", ["value"], [[0.1]])
    try check("ZMSCORE z a b", ["0.1", nil], columns, [["a", 0.1], ["b", .null]])
    try check("ZSCAN z 0", ["0", ["a", "2"]], ["cursor"] + columns, [["0", "a", .double(2)]])
    try check("ZRANK z a WITHSCORE", [3, "1.5"], ["rank", "score"], [[3, 1.5]])
    try check("ZRANK z a", 3, ["value"], [[3]])
  }

  @Test("geography")
  func geography() throws {
    try check("GEOSEARCH g FROMMEMBER a BYRADIUS 1 km", ["a"], ["member"], [["a"]])
    try check(
      "GEOSEARCH g FROMMEMBER a BYRADIUS 1 km WITHCOORD WITHDIST", [["a", "0.5", ["13.3", "38.1"]]],
      ["member", "distance", "longitude", "latitude"], [["a", 0.5, 13.3, 38.1]])
    try check(
      "GEOPOS g a b", [["1.5", "2.5"], nil], ["member", "longitude", "latitude"],
      [["a", 1.5, 2.5], ["b", .null, .null]])
  }

  @Test("streams")
  func streams() throws {
    let entries: ReplyText = [["1-0", ["a", "1"]], ["2-0", ["a", "2", "b", invalid]]]
    let (first, second): (DBValue, DBValue) = (["a": "1"], ["a": "2", "b": invalidValue])
    try check("XRANGE s - +", entries, ["id", "fields"], [["1-0", first], ["2-0", second]])
    try check(
      "XREAD STREAMS s 0", [["s", entries]], ["stream", "id", "fields"], [["s", "1-0", first], ["s", "2-0", second]])
    try check(
      "XAUTOCLAIM s g c 0 0", ["0-0", entries, ["3-0"]], ["cursor", "id", "fields"],
      [["0-0", "1-0", first], ["0-0", "2-0", second], ["0-0", "3-0", .null]])
    try check(
      "XPENDING s g", [2, "1-0", "2-0", [["c", "2"]]], ["pending", "first", "last", "consumers"],
      [[2, "1-0", "2-0", ["c": 2]]])
    try check(
      "XPENDING s g", [0, nil, nil, nil], ["pending", "first", "last", "consumers"], [[0, .null, .null, [:]]])
    try check(
      "XPENDING s g - + 9", [["1-0", "c", 5, 1]], ["id", "consumer", "idle_ms", "deliveries"], [["1-0", "c", 5, 1]])
    try check(
      "XINFO GROUPS s", [["name", "g", "lag", nil], ["name", "h", "pending", 1]], ["name", "lag", "pending"],
      [["g", .null, .null], ["h", .null, 1]])
    #expect(
      try native("XINFO STREAM s", ["length", 1, "first-entry", ["1-0", ["a", "1"]]])
        == ["length": 1, "first-entry": ["1-0", ["a": "1"]]])
  }

  @Test("the server")
  func server() throws {
    try check(
      "INFO", "# Server\r\nredis_version:7.0.15\r\nport:6379\r\n\r\n# Keyspace\r\ndb0:keys=3,expires=0\r\n",
      ["section", "name", "value"],
      [
        ["server", "redis_version", "7.0.15"], ["server", "port", 6379],
        ["keyspace", "db0", ["keys": 3, "expires": 0]],
      ])
    try check(
      "CLIENT LIST", "id=3 addr=127.0.0.1:1 name=7 db=0\nid=4 addr=/tmp/a b:0 name= age=9\n",
      ["id", "addr", "name", "db", "age"],
      [[3, "127.0.0.1:1", "7", 0, .null], [4, "/tmp/a b:0", "", .null, 9]])
    try check(
      "SLOWLOG GET", [[7, 946_684_800, 15, ["GET", invalid], "127.0.0.1:1", ""]],
      ["id", "time", "microseconds", "command", "client", "name"],
      [
        [
          7, .timestamp(DBTimestamp(microsecondsSince2000: 0, hasZone: true)), 15, ["GET", invalidValue], "127.0.0.1:1",
          "",
        ]
      ])
    try check(
      "TIME", ["946684800", "5"], ["time"], [[.timestamp(DBTimestamp(microsecondsSince2000: 5, hasZone: true))]])
    try check("ROLE", ["master", 10, []], ["role", "offset", "replicas"], [["master", 10, .array(DBArray([]))]])
    try check("PUBSUB NUMSUB c", ["c", 2], ["channel", "subscribers"], [["c", 2]])
    try check(
      "COMMAND", [["get", 2, [.status("readonly")], 1, 1, 1, [.status("@read")], [], [], []]],
      [
        "name", "arity", "flags", "first_key", "last_key", "step", "categories", "tips", "key_specifications",
        "subcommands",
      ],
      [["get", 2, ["readonly"], 1, 1, 1, ["@read"], [], [], []]])
    #expect(try native("MEMORY STATS", ["keys.count", 1, "db.0", ["x", 2]]) == ["keys.count": 1, "db.0": ["x": 2]])
    #expect(try result("COMMAND COUNT", 240).commandTag == "COMMAND COUNT")
  }

  @Test("the cluster")
  func cluster() throws {
    let columns = [
      "id", "host", "port", "bus_port", "hostname", "flags", "primary", "ping_sent", "pong_received", "config_epoch",
      "link_state", "slots",
    ]
    let lines = """
      a 127.0.0.1:7000@17000,node-a myself,master - 0 5 2 connected 0-5460 [93-<-b]
      b ::1:7001@17001 slave a 0 6 2 disconnected

      """
    let rows: [[DBValue]] = [
      ["a", "127.0.0.1", 7000, 17000, "node-a", "myself,master", .null, 0, 5, 2, "connected", "0-5460 [93-<-b]"],
      ["b", "::1", 7001, 17001, .null, "slave", "a", 0, 6, 2, "disconnected", ""],
    ]
    try check("CLUSTER NODES", .bulk(Array(lines.utf8)), columns, rows)
    try check(
      "CLUSTER INFO", "cluster_state:ok\r\ncluster_size:3\r\n", ["field", "value"],
      [
        ["cluster_state", "ok"], ["cluster_size", 3],
      ])
    try check(
      "CLUSTER SLOTS", [[0, 5460, ["127.0.0.1", 7000, "a", []], ["127.0.0.1", 7003, "d", []]]],
      ["start", "end", "role", "host", "port", "id"],
      [[0, 5460, "primary", "127.0.0.1", 7000, "a"], [0, 5460, "replica", "127.0.0.1", 7003, "d"]])
    try check(
      "CLUSTER SHARDS", [["slots", [0, 5460], "nodes", [["id", "a", "port", 7000]]]], ["slots", "nodes"],
      [[[0, 5460], [["id": "a", "port": 7000]]]])
  }
}
