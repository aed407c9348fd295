import Testing

@testable import struct RedisAdapter.LuaScript

@Suite struct LuaScriptTests {
  private func finding(_ text: String) -> String? {
    LuaScript(ArraySlice(text.utf8)).finding { words in
      ["GET", "HGETALL", "CLUSTER INFO"].contains(words.joined(separator: " ").uppercased())
        || words.first?.uppercased() == "GET"
    }
  }

  @Test(arguments: [
    "return 1", "return redis.call('GET', KEYS[1])", "local v = redis.pcall( \"get\" , KEYS[1] ) return v",
    "-- redis.call('SET')\nreturn redis.call('CLUSTER', 'INFO')", "return [[redis]]", "return 'redis.call(\"SET\")'",
    "--[[ redis\n.call ]] return redis.error_reply('no')", "local hiredis = 1 return hiredis", "return 'it''s'",
    "return redis.call([[GET]], 'k')",
  ])
  func readsPass(_ text: String) { #expect(finding(text) == nil) }

  @Test(arguments: [
    ("return redis.call('CLUSTER','DELSLOTSRANGE','0','16383')", "calls CLUSTER, which is not known to only read"),
    ("redis.call('SLOWLOG', 'RESET')", "calls SLOWLOG, which is not known to only read"),
    ("redis.log(redis.LOG_WARNING, 'x')", "uses redis.log in a way that does not show what it calls"),
    ("return redis['call']('SET')", "passes redis on, with which a script may call anything"),
    ("local r = redis return r.call('SET')", "passes redis on, with which a script may call anything"),
    ("return redis.call('S' .. 'ET', 'a', 1)", "uses redis.call in a way that does not show what it calls"),
    ("return redis.call(ARGV[1])", "uses redis.call in a way that does not show what it calls"),
    ("local c = redis.call return c('SET')", "uses redis.call in a way that does not show what it calls"),
    ("return redis.call 'PUBLISH'", "uses redis.call in a way that does not show what it calls"),
    ("return redis.call('\\83ET')", "uses redis.call in a way that does not show what it calls"),
    ("return redis--\n.call('SET')", "calls SET, which is not known to only read"),
    ("return redis --[=[ ]] ]=] . call('SET')", "calls SET, which is not known to only read"),
    ("return _G['re' .. 'dis']", "uses _G, with which a script may call anything"),
    ("return loadstring('x')()", "uses loadstring, with which a script may call anything"),
    ("return getfenv(0)", "uses getfenv, with which a script may call anything"),
    ("return server.call('SET')", "calls SET, which is not known to only read"),
  ])
  func whateverElseIsNamed(_ text: String, _ expected: String) { #expect(finding(text) == expected) }
}
