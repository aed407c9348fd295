@_spi(Measuring) internal import RedisAdapter

/// A million strings of 20 bytes in replies of a thousand, read from memory, beside hiredis' own reply objects.
struct RedisDecodeBenchmark: Benchmark {
  let name = "redis.decode"
  private static let perReply = 1_000

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let count = context.scaled(1_000_000)
    let element = Array("$20\r\nvalue 00000000000042\r\n".utf8)
    var bytes: [UInt8] = []
    for _ in 0..<count / Self.perReply {
      bytes += Array("*\(Self.perReply)\r\n".utf8)
      for _ in 0..<Self.perReply { bytes += element }
    }
    let replies = bytes
    func ours(asText: Bool) throws -> Sample {
      let start = Stopwatch()
      guard ReplyDecoding.length(ofStringsIn: replies, asText: asText) == count * 20 else {
        throw BenchmarkFailure("not all strings were read")
      }
      return Sample(operations: count, since: start)
    }
    let rounds = try await Rounds.interleaved(
      context.rounds,
      [
        Variant("hiredis objects") {
          let start = Stopwatch()
          guard RedisLimit.decode(replies) == count * 20 else { throw BenchmarkFailure("not all strings were read") }
          return Sample(operations: count, since: start)
        },
        Variant("bytes") { try ours(asText: false) },
        Variant("text") { try ours(asText: true) },
      ])
    let limit = "hiredis objects"
    return [
      try rounds.finding(
        "Redis, 1M strings read from memory, bytes, time", .duration, "bytes", to: limit, target: .atMost(0.50)),
      try rounds.finding(
        "Redis, 1M strings read from memory, String, time", .duration, "text", to: limit, target: .atMost(0.95)),
    ]
  }
}
