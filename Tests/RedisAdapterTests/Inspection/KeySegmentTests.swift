import Testing

@testable import RedisAdapter

@Suite("Key segments")
struct KeySegmentTests {
  /// The labels of a key's segments, and what they fold to.
  private func text(_ key: String) -> String { KeySegments.of(Array(key.utf8)).map(\.label).joined() }
  private func folded(_ key: String) -> String {
    KeySegments.of(Array(key.utf8)).map { $0.folded ?? $0.label }.joined()
  }

  @Test(
    "identifiers become placeholders, with the delimiters that belong to them",
    arguments: [
      ("user:42", "user:{int}"), ("user:42:cart", "user:{int}:cart"), ("a/7/b|8", "a/{int}/b|{int}"),
      ("order_12345", "order_{int}"), ("user-17-cart", "user-{int}-cart"), ("app.user.9", "app.user.{int}"),
      ("session:550e8400-e29b-41d4-a716-446655440000", "session:{uuid}"),
      ("s-550E8400-E29B-41D4-A716-446655440000-x", "s-{uuid}-x"),
      ("blob:9f86d081884c7d65", "blob:{hex}"), ("etag:0A1B2C3D", "etag:{hex}"), ("c:facade", "c:facade"),
      ("c:deadbeef", "c:deadbeef"), ("c:9F86d081", "c:9F86d081"), ("c:abc1234", "c:abc1234"),
      ("log:2026-11-21", "log:{date}"), ("log-2026-11-21-x", "log-{date}-x"), ("log:2026-11", "log:{date}"),
      ("log:2026.11.21", "log:{date}"), ("log:2026-13-21", "log:{int}-{int}-{int}"),
      ("log:2026-11-21T10:15:00Z", "log:{date}"), ("log:2026-11-21T10:15:00.25+01:00:x", "log:{date}:x"),
      ("log:2026-11-21:10", "log:{date}:{int}"), ("limit:192.168.0.1", "limit:{ip}"),
      ("v:1.2.3", "v:{int}.{int}.{int}"),
      ("limit:300.168.0.1", "limit:{int}.{int}.{int}.{int}"), ("login:bob.b@example.com", "login:{email}"),
      ("bob@example.com", "{email}"), ("at@home:5", "at@home:{int}"), ("", "{empty}"), (":", ":"), ("a::1", "a::{int}"),
    ])
  func identifiers(key: String, pattern: String) { #expect(text(key) == pattern) }

  @Test("eight digits that are a day are not decided alone")
  func compactDates() {
    #expect(text("log:20261121") == "log:" + KeySegment.compactDate)
    #expect(text("log:20261321") == "log:{int}")
  }

  @Test(
    "a cluster's hash tags stay readable and are no placeholders",
    arguments: [
      ("{user1000}.following", "{user{int}}.following"), ("{1000}:cart", "{{int}}:cart"),
      ("{int}:cart", "\\{int}:cart"),
      ("a{tag}b", "a{tag}b"), ("{name", "{name"), ("{}x", "{}x"), ("back\\slash", "back\\\\slash"),
      ("x (hash)", "x \\(hash)"), ("f(x)", "f(x)"),
    ])
  func braces(key: String, pattern: String) {
    #expect(folded(key) == pattern)
    #expect(KeyPattern(pattern).fits(Array(key.utf8)))
  }

  @Test(
    "what may be an identifier folds when there are others like it",
    arguments: [
      ("user7:x", "user{int}:x"), ("v2", "v{int}"), ("s:V1StGXR8_Z5jdHi6B-myT", "s:{name}"), ("t:h2x4k9q1", "t:{name}"),
      ("plain:text", "plain:text"), ("snake_case", "snake_case"),
    ])
  func folding(key: String, pattern: String) { #expect(folded(key) == pattern) }

  @Test("what is not text is one placeholder up to the end")
  func binary() {
    #expect(KeySegments.of(Array("blob:".utf8) + [0xFF, 0x3A, 0x00]).map(\.label) == ["blob:", "{binary}"])
    #expect(KeySegments.of([0x00, 0x01]).map(\.label) == ["{binary}"])
    #expect(KeySegments.of(Array("a:b".utf8) + [0x07]).map(\.label) == ["a:", "{binary}"])
    #expect(KeySegments.of(Array("größe:größer".utf8)).map(\.label) == ["größe:", "größer"])
    #expect(String(escaping: Array("a\\".utf8) + [0xFF, 0x07, 0x41]) == "a\\\\\\xff\\x07A")
  }

  @Test("long and deep keys are bounded")
  func bounds() {
    #expect(text(String(repeating: "x", count: 500) + ":y") == "{name}:y")
    let deep = text(String(repeating: "a:", count: 1_000))
    #expect(deep == String(repeating: "a:", count: 15) + "{rest}")
  }

  @Test("any bytes are divided without loss: the labels' pattern fits the key")
  func fuzz() {
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array("ab1209:./|-_{}\\ (@T".utf8) + [0xC3, 0xA4, 0xFF, 0x00]
    for _ in 0..<20_000 {
      let key = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
      }
      let segments = KeySegments.of(key)
      #expect(segments.reduce(0) { $0 + $1.length } == key.count, "\(key)")
      let pattern = segments.map { $0.label.replacingEvery(KeySegment.compactDate, with: "{int}") }.joined()
      #expect(KeyPattern(pattern).fits(key), "\(key) \(pattern)")
    }
  }
}
