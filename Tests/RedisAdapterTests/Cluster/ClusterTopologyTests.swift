import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite struct ClusterTopologyTests {
  private let asked = Endpoint(host: "asked", port: 1)

  private func topology(_ text: String) throws -> ClusterTopology {
    try ClusterTopology(try CommandReply.read(text), asked: asked)
  }

  private func node(_ host: String?, _ port: Int, _ more: String = "") -> String {
    let fields = more.isEmpty ? 3 : 4
    return "*\(fields)\r\n" + (host.map { "$\($0.utf8.count)\r\n\($0)\r\n" } ?? "$-1\r\n") + ":\(port)\r\n$2\r\nid\r\n"
      + more
  }

  @Test func readsRangesOutOfOrder() throws {
    let topology = try topology(
      "*3\r\n*3\r\n:200\r\n:16383\r\n" + node("b", 2) + "*4\r\n:0\r\n:99\r\n" + node("a", 1) + node("c", 3)
        + "*3\r\n:100\r\n:199\r\n" + node("b", 2))
    #expect(topology.shards.map(\.primary) == [Endpoint(host: "a", port: 1), Endpoint(host: "b", port: 2)])
    #expect(topology.shards[0].replicas == [Endpoint(host: "c", port: 3)])
    #expect(topology.shard(of: 0) == 0 && topology.shard(of: 99) == 0 && topology.shard(of: 100) == 1)
    #expect(topology.shard(of: 16_383) == 1 && topology.shard(of: 16_384) == nil && topology.shard(of: -1) == nil)
    #expect(topology.servesEverySlot && topology.firstSlots == [0, 100] && topology.endpoints.count == 3)
  }

  @Test func aNodeMayNotKnowItsOwnAddress() throws {
    let metadata = "*2\r\n$2\r\nip\r\n$8\r\n10.0.0.9\r\n"
    let topology = try topology(
      "*4\r\n*3\r\n:0\r\n:1\r\n" + node("", 7) + "*3\r\n:2\r\n:3\r\n" + node(nil, 8) + "*3\r\n:4\r\n:5\r\n"
        + node("?", 9, metadata) + "*3\r\n:6\r\n:7\r\n" + node("?", 10))
    #expect(topology.shards.map(\.primary.description) == ["asked:7", "asked:8", "10.0.0.9:9", "asked:10"])
    #expect(!topology.servesEverySlot && topology.shard(of: 8) == nil)
  }

  @Test(arguments: [
    "+OK\r\n", "*1\r\n:1\r\n", "*1\r\n*2\r\n:0\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n",
    "*1\r\n*3\r\n:5\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:70000\r\n",
    "*1\r\n*3\r\n:0\r\n:1\r\n$1\r\na\r\n",
  ])
  func anotherReplyIsAViolation(_ text: String) {
    #expect { try topology(text) } throws: { ($0 as? DBError)?.code == .protocolViolation }
  }

  @Test func aSlotMoves() throws {
    var topology = try topology(
      "*2\r\n*4\r\n:0\r\n:99\r\n" + node("a", 1) + node("c", 3) + "*3\r\n:100\r\n:16383\r\n" + node("b", 2))
    let (a, b, c) = (Endpoint(host: "a", port: 1), Endpoint(host: "b", port: 2), Endpoint(host: "c", port: 3))
    topology.move(slot: 5, to: b)
    #expect(topology.shard(of: 5) == 1 && topology.shard(of: 6) == 0)
    topology.move(slot: 6, to: c)
    #expect(topology.shards[0] == ClusterTopology.Shard(primary: c, replicas: [a]), "the whole shard failed over")
    topology.move(slot: 7, to: Endpoint(host: "new", port: 4))
    #expect(topology.shards[2].primary.host == "new" && topology.shard(of: 7) == 2 && topology.shard(of: 8) == 0)
    topology.move(slot: 99_999, to: b)
    topology.move(slot: -1, to: b)
    var unknown = ClusterTopology()
    #expect(unknown.isEmpty && unknown.shard(of: 0) == nil)
    unknown.move(slot: 0, to: a)
    #expect(unknown.shard(of: 0) == 0 && unknown.shard(of: 1) == nil)
  }
}

@Suite struct ClusterRedirectionTests {
  private let asked = Endpoint(host: "asked", port: 1)

  @Test(arguments: [
    ("MOVED 3999 127.0.0.1:6381", ClusterRedirection.moved(slot: 3_999, Endpoint(host: "127.0.0.1", port: 6_381))),
    ("ASK 3999 127.0.0.1:6381", .ask(slot: 3_999, Endpoint(host: "127.0.0.1", port: 6_381))),
    ("MOVED 1 :6381", .moved(slot: 1, Endpoint(host: "asked", port: 6_381))),
    ("MOVED 1 ?:6381", .moved(slot: 1, Endpoint(host: "asked", port: 6_381))),
    ("MOVED 1 2001:db8::1:6381", .moved(slot: 1, Endpoint(host: "2001:db8::1", port: 6_381))),
    ("MOVED 1 [::1]:6381", .moved(slot: 1, Endpoint(host: "::1", port: 6_381))),
    ("ASK 16383 redis-1.example.com:7000", .ask(slot: 16_383, Endpoint(host: "redis-1.example.com", port: 7_000))),
    ("TRYAGAIN Multiple keys request during rehashing of slot", .later),
    ("CLUSTERDOWN Hash slot not served", .later), ("LOADING Redis is loading", .later), ("MASTERDOWN x", .later),
    ("READONLY You can't write against a read only replica.", .demoted),
  ])
  func areUnderstood(_ text: String, _ expected: ClusterRedirection) {
    #expect(ClusterRedirection(text, asked: asked) == expected)
  }

  @Test(arguments: [
    "ERR no", "WRONGTYPE x", "MOVED", "MOVED 1", "MOVED x a:1", "MOVED 16384 a:1", "MOVED -1 a:1", "ASK 1 a",
    "ASK 1 a:70000", "moved 1 a:1", "", "CROSSSLOT Keys",
  ])
  func othersAreErrors(_ text: String) {
    #expect(ClusterRedirection(text, asked: asked) == nil)
  }
}

@Suite struct ClusterReplyTests {
  private func merge(_ texts: [String], _ policy: RedisResponsePolicy?) throws -> DBValue {
    RedisReply.merged(try texts.map { try CommandReply.read($0) }, policy).value
  }

  @Test func areMergedAsTheTipsSay() throws {
    #expect(try merge([":1\r\n", ":41\r\n"], .sum) == 42)
    #expect(try merge([":1\r\n", ":41\r\n"], .minimum) == 1)
    #expect(try merge([":1\r\n", ":41\r\n"], .maximum) == 41)
    #expect(try merge([":1\r\n", ":0\r\n"], .logicalAnd) == 0)
    #expect(try merge([":1\r\n", ":0\r\n"], .logicalOr) == 1)
    #expect(try merge(["*2\r\n:1\r\n:0\r\n", "*2\r\n:1\r\n:1\r\n"], .logicalAnd) == .array(DBArray([1, 0])))
    #expect(try merge(["+OK\r\n", "+OK\r\n"], .allSucceeded) == "OK")
    let failed = DBValue.native(DBNative(typeName: "error", text: "ERR no"))
    #expect(try merge(["+OK\r\n", "-ERR no\r\n"], .allSucceeded) == failed)
    #expect(try merge(["-ERR no\r\n", "+OK\r\n"], .oneSucceeded) == "OK")
    #expect(try merge(["-ERR no\r\n", "-ERR nor\r\n"], .oneSucceeded) == failed)
    #expect(try merge([":1\r\n", "-ERR no\r\n"], .sum) == failed)
    let keys = try merge(["*2\r\n$1\r\na\r\n*1\r\n:1\r\n", "*0\r\n", "*1\r\n$-1\r\n"], nil)
    #expect(keys == .array(DBArray(["a", .array(DBArray([1])), .null])))
    #expect(try merge(["$-1\r\n", "$1\r\nk\r\n"], nil) == "k")
    #expect(try merge(["$-1\r\n", "$-1\r\n"], nil) == .null)
  }
}
