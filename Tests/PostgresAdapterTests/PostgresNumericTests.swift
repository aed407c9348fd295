import DBAdapterCore
import Testing

@testable import PostgresAdapter

@Suite struct PostgresNumericTests {
  static let samples =
    [
      "0", "1", "-1", "0.5", "-0.05", "10000", "9999", "0.0001", "0.00001", "12345678.87654321", "100000000", "1.50",
      "0.00",
    ]
    + ["NaN", "Infinity", "-Infinity"] + [
      String(repeating: "9", count: 1_000) + "." + String(repeating: "7", count: 1_000)
    ]

  @Test(arguments: samples)
  func survivesTheWire(_ text: String) throws {
    let decimal = try #require(DBDecimal(text))
    var bytes: [UInt8] = []
    PostgresNumeric.encode(decimal, into: &bytes)
    #expect(bytes.withUnsafeBytes { PostgresNumeric.decode($0) } == decimal)
  }

  @Test func randomDigitsSurviveTheWire() throws {
    let seed = UInt64.random(in: .min ... .max)
    var generator = SplitMix(state: seed)
    for _ in 0..<2_000 {
      let whole = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
        "\(Int.random(in: 0...9, using: &generator))"
      }
      let fraction = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
        "\(Int.random(in: 0...9, using: &generator))"
      }
      let text = whole.joined() + (fraction.isEmpty ? "" : "." + fraction.joined())
      let decimal = try #require(DBDecimal(Bool.random(using: &generator) ? "-" + text : text))
      var bytes: [UInt8] = []
      PostgresNumeric.encode(decimal, into: &bytes)
      #expect(bytes.withUnsafeBytes { PostgresNumeric.decode($0) } == decimal, "seed \(seed)")
    }
  }

  @Test func refusesTornBytes() {
    var bytes: [UInt8] = []
    PostgresNumeric.encode(DBDecimal(canonical: "12345.678"), into: &bytes)
    for length in 0..<bytes.count {
      #expect(bytes[..<length].withUnsafeBytes { PostgresNumeric.decode($0) } == nil)
    }
  }
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
