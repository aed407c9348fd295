import DBAdapterCore
import Testing

/// Random numbers that a failing test can be run again with (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  /// What a failing expectation prints; put it in place of the random one to repeat the failure.
  let seed: UInt64
  private var state: UInt64

  init(seed: UInt64 = .random(in: .min ... .max)) {
    self.seed = seed
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Text of up to `length` scalars out of those that parsers stumble over, and some that they should not.
  mutating func text(of alphabet: String, upTo length: Int) -> String {
    let scalars = Array(alphabet.unicodeScalars)
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...length, using: &self) { text.append(scalars.randomElement(using: &self)!) }
    return String(text)
  }
}

/// The error of a call that must fail, or `nil` with an issue when it succeeds.
func dbError<R>(_ body: () throws(DBError) -> R, sourceLocation: Testing.SourceLocation = #_sourceLocation) -> DBError?
{
  do throws(DBError) {
    let result = try body()
    Issue.record("expected an error, got \(result)", sourceLocation: sourceLocation)
    return nil
  } catch {
    return error
  }
}
