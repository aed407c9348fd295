import Testing

@testable import RedisAdapter

@Suite("Pattern mining")
struct PatternTreeTests {
  private struct Count: PatternFacts {
    var keys = 0
    init() {}
    mutating func merge(_ other: Count) { keys += other.keys }
  }

  private func mine(_ keys: [String], _ limits: PatternTree<Count>.Limits = .init()) -> [String: Int] {
    var tree = PatternTree<Count>(limits)
    for key in keys { tree.add(KeySegments.of(Array(key.utf8))) { $0.keys += 1 } }
    return Dictionary(uniqueKeysWithValues: tree.patterns().map { ($0.pattern, $0.facts.keys) })
  }

  /// 676 words of five letters.
  private let names: [String] = {
    let stems = ["bal", "kor", "mun", "ret", "sil"]
    let letters = Array("abcdefghijklmnopqrstuvwxyz")
    var names: [String] = []
    for first in 0..<26 {
      for second in 0..<26 { names.append(stems[(first + second) % 5] + String([letters[first], letters[second]])) }
    }
    return names
  }()

  @Test("groups are by pattern")
  func groups() {
    var keys: [String] = []
    for number in 0..<1_000 { keys.append("user:\(number)") }
    for number in 0..<500 { keys.append("user:\(number):cart") }
    for day in 10..<29 { keys.append("log:2026-01-\(day)") }
    keys += ["config", "config:main"]
    #expect(
      mine(keys) == [
        "user:{int}": 1_000, "user:{int}:cart": 500, "log:{date}": 19, "config": 1, "config:main": 1,
      ])
  }

  @Test("too many texts in one place become a placeholder")
  func cardinality() {
    #expect(mine(names.map { "profile:\($0)" }) == ["profile:{name}": 676])
    #expect(mine(names.map { "profile:\($0):photo" }) == ["profile:{name}:photo": 676])
    #expect(mine(names.prefix(40).map { "profile:\($0)" }).count == 40)
    // 40 different texts of 100 keys are over 30 %.
    #expect(mine((0..<100).map { "p:\(names[$0 % 40])" + ($0 < 40 ? "" : ":\($0)") })["p:{name}"] == nil)
    #expect(mine(names.prefix(100).map { "p:\($0)" }) == ["p:{name}": 100])
  }

  @Test("prefixes with more behind them are kept where names are folded")
  func prefixes() {
    var keys = names
    for prefix in ["user", "order", "cart"] { keys += (0..<1_000).map { "\(prefix):\($0)" } }
    #expect(mine(keys) == ["{name}": 676, "user:{int}": 1_000, "order:{int}": 1_000, "cart:{int}": 1_000])
    let families = names.prefix(120).flatMap { name in (0..<50).map { "\(name):\($0)" } }
    #expect(mine(families).count == 120)
  }

  @Test("a text that is by far more frequent than the others stays")
  func outliers() {
    let keys = names.map { "t:\($0):x" } + (0..<600).map { "t:shared:\($0)" }
    let patterns = mine(keys)
    #expect(patterns["t:shared:{int}"] == 600)
    #expect(patterns["t:{name}:x"] == 676)
  }

  @Test("texts that begin or end alike keep that part")
  func words() {
    #expect(mine(names.map { "cart_\($0)" } + names.map { "wish-\($0)" }) == ["cart_{name}": 676, "wish-{name}": 676])
    #expect(mine(names.map { "\($0)_{cart" }).count == 1)
    #expect(mine(names.map { "\($0)_cart" }) == ["{name}_cart": 676])
    #expect(mine(names.enumerated().map { "\($0.element)-\($0.offset)" }) == ["{name}-{int}": 676])
  }

  @Test("numbers after a word fold when there are three of them")
  func numbered() {
    #expect(mine(["v1:a", "v2:a"]) == ["v1:a": 1, "v2:a": 1])
    #expect(mine(["user1", "user2", "user3"]) == ["user{int}": 3])
    #expect(mine((0..<500).map { "{user\($0)}.following" }) == ["{user{int}}.following": 500])
  }

  @Test("random texts of which some end in a number are one group")
  func numberedByChance() {
    var generator = SeededNumbers(seed: 13)
    let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz")
    let keys = (0..<3_000).map { _ in
      "t:x" + String((0..<5).map { _ in alphabet[Int.random(in: 0..<36, using: &generator)] }) + ":y"
    }
    #expect(mine(keys) == ["t:{name}:y": 3_000])
    let mixed = (keys + (0..<1_000).map { "t:user\($0):y" }).shuffled(using: &generator)
    #expect(mine(mixed) == ["t:{name}:y": 3_000, "t:user{int}:y": 1_000])
  }

  @Test("random identifiers of letters and figures fold, whatever delimiters they hold")
  func opaque() {
    var generator = SeededNumbers(seed: 7)
    let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
    let keys = (0..<2_000).map { _ in
      "session:" + String((0..<21).map { _ in alphabet[Int.random(in: 0..<64, using: &generator)] })
    }
    let patterns = mine(keys)
    #expect((patterns["session:{name}"] ?? 0) >= 1_990, "\(patterns)")
  }

  @Test("hexadecimal numbers without a letter, or without a figure, join the others of their length")
  func hexadecimal() {
    var generator = SeededNumbers(seed: 3)
    let digits = Array("0123456789abcdef")
    let keys = Set(
      (0..<20_000).map { _ in "h:" + String((0..<8).map { _ in digits[Int.random(in: 0..<16, using: &generator)] }) })
    #expect(mine(Array(keys)) == ["h:{hex}": keys.count])
    #expect(mine(["h:0a1b2c3d", "h:0a1b2c3e", "h:7"]) == ["h:{hex}": 2, "h:{int}": 1])
  }

  @Test("eight digits are dates unless numbers are in their place")
  func compactDates() {
    #expect(mine(["d:20260101", "d:20260102"]) == ["d:{date}": 2])
    #expect(mine((20_000_000..<20_100_000).map { "d:\($0)" }).keys.sorted() == ["d:{int}"])
  }

  @Test("the order of the keys does not matter, and memory is bounded")
  func order() {
    var generator = SeededNumbers(seed: 11)
    var keys = names.flatMap { name in ["profile:\(name)", "user:\(name):cart", "x_\(name)"] }
    keys +=
      (0..<5_000).map { "k\($0):\($0 % 7):\(names[$0 % 676])" } + (0..<3_000).map { "free\($0)text\($0 * 7 % 1_000)" }
    let expected = mine(keys.sorted())
    for _ in 0..<5 {
      keys.shuffle(using: &generator)
      #expect(mine(keys) == expected)
    }
    #expect(expected.count < 30)
  }

  @Test("a million different places stay within the limit")
  func bounded() {
    var tree = PatternTree<Count>(.init(nodes: 5_000))
    var keys = 0
    for first in 0..<150 {
      for second in 0..<200 {
        for third in 0..<3 {
          tree.add(KeySegments.of(Array("\(names[first]):\(names[second]):\(names[third])".utf8))) { $0.keys += 1 }
          keys += 1
        }
      }
    }
    #expect(tree.size <= 5_100)
    #expect(tree.patterns().reduce(0) { $0 + $1.facts.keys } == keys)
  }

  @Test("every key fits the pattern that was mined from it")
  func fits() {
    var generator = SeededNumbers(seed: 5)
    let words = ["user", "order", "v1", "v2", "v3", "x", "cart_a", "{tag}", "a\\b"] + names.prefix(80)
    let keys = (0..<5_000).map { _ -> String in
      let count = Int.random(in: 1...4, using: &generator)
      return (0..<count).map { _ in
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: "\(Int.random(in: 0..<1_000, using: &generator))"
        case 1: "item\(Int.random(in: 0..<100, using: &generator))"
        default: words[Int.random(in: 0..<words.count, using: &generator)]
        }
      }.joined(separator: [":", "/", ".", "_"][Int.random(in: 0..<4, using: &generator)])
    }
    let patterns = mine(keys).keys.map { KeyPattern($0) }
    for key in keys.prefix(60) { #expect(patterns.contains { $0.fits(Array(key.utf8)) }, "\(key)") }
  }
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
