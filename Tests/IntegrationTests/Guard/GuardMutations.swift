import Foundation

/// Numbers that are the same for the same seed, which a failing test names. `BOSDB_FUZZ_SEED` repeats a run.
struct FuzzSeed: RandomNumberGenerator, CustomStringConvertible {
  private let seed: UInt64
  private var state: UInt64

  init() {
    let given = ProcessInfo.processInfo.environment["BOSDB_FUZZ_SEED"].flatMap(UInt64.init)
    seed = given ?? .random(in: 0..<1_000_000_000)
    state = seed
    print("BOSDB_FUZZ_SEED=\(seed)")
  }

  var description: String { "BOSDB_FUZZ_SEED=\(seed)" }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Other ways to write a statement, and damage to one.
struct GuardMutations {
  let statements: [String]
  /// What a statement is put into; `?` is its place.
  let frames: [String]
  var random: FuzzSeed

  /// A statement of the list after one to four changes.
  mutating func next() -> String {
    var text = pick(statements)
    for _ in 0..<Int.random(in: 1...4, using: &random) { text = changed(text) }
    return text
  }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &random)]
  }

  private mutating func changed(_ text: String) -> String {
    switch Int.random(in: 0..<9, using: &random) {
    case 0, 1: pick(frames).replacing("?", with: text)
    case 2: respaced(text)
    case 3: recased(text)
    case 4: text + pick([";", " ; ", ";--", "/**/;"]) + pick(statements)
    case 5:
      inserting(pick(["'", "\"", "$$", "\\", ";", "--", "/*", "*/", "(", ")", "E'", "U&\"", "\u{0}", "é", "."]), text)
    case 6: without(text)
    case 7: spliced(text, pick(statements))
    default: respaced(recased(text))
    }
  }

  /// Comments and other white space where there was a space.
  private mutating func respaced(_ text: String) -> String {
    let spaces = ["/**/", " /* ; */ ", "\t", "\n", " --;\n", "/* /* ' */ \" */", "\r\n", "\u{0C}", "  "]
    var result = ""
    for character in text {
      if character == " ", Int.random(in: 0..<4, using: &random) == 0 {
        result += pick(spaces)
      } else {
        result.append(character)
      }
    }
    return pick(["", "/**/", "--x\n", " ", "("]) + result
  }

  private mutating func recased(_ text: String) -> String {
    var result = ""
    for character in text {
      let flips = character.isASCII && Bool.random(using: &random)
      result += flips ? (character.isUppercase ? character.lowercased() : character.uppercased()) : String(character)
    }
    return result
  }

  private mutating func inserting(_ part: String, _ text: String) -> String {
    let place = Int.random(in: 0...text.count, using: &random)
    return String(text.prefix(place)) + part + text.dropFirst(place)
  }

  private mutating func without(_ text: String) -> String {
    guard text.count > 1 else { return text }
    let start = Int.random(in: 0..<text.count, using: &random)
    return String(text.prefix(start)) + text.dropFirst(start + Int.random(in: 1...8, using: &random))
  }

  /// The beginning of one and the end of another, cut at spaces.
  private mutating func spliced(_ first: String, _ second: String) -> String {
    let left = first.split(separator: " ", omittingEmptySubsequences: false)
    let right = second.split(separator: " ", omittingEmptySubsequences: false)
    let head = left.prefix(Int.random(in: 0...left.count, using: &random))
    let tail = right.dropFirst(Int.random(in: 0...right.count, using: &random))
    return (head + tail).joined(separator: " ")
  }
}
