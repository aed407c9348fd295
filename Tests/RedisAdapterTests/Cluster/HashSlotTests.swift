import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite struct HashSlotTests {
  /// What `CLUSTER KEYSLOT` of Redis 7.0 says.
  @Test(arguments: [
    ("123456789", 12_739), ("foo", 12_182), ("bar", 5_061), ("hello", 866), ("", 0), ("{user1000}.following", 3_443),
    ("{user1000}.followers", 3_443), ("user1000", 3_443), ("foo{}{bar}", 8_363), ("foo{{bar}}zap", 4_015),
    ("foo{bar}{zap}", 5_061), ("{", 4_092), ("}{", 12_793), ("a{b", 13_340), ("ключ", 10_303),
  ])
  func isTheServers(_ key: String, _ slot: Int) {
    #expect(HashSlot.of(Array(key.utf8)[...]) == slot)
  }
}
