import DBAdapterCore
import Testing

@Suite struct DBDecimalTests {
  @Test(arguments: [
    ("0", "0"), ("-0", "0"), ("-0.00", "0.00"), ("+1", "1"), ("007", "7"), (".5", "0.5"), ("5.", "5"), ("1.50", "1.50"),
    ("1e3", "1000"), ("1E+3", "1000"), ("1.5e-3", "0.0015"), ("12.34e1", "123.4"), ("0e5", "0"), ("-1e-2", "-0.01"),
    ("nan", "NaN"), ("NaN", "NaN"), ("inf", "Infinity"), ("+Infinity", "Infinity"), ("-INF", "-Infinity"),
    ("00.10", "0.10"), ("1e0", "1"),
  ])
  func readsAndWrites(_ text: String, _ canonical: String) {
    #expect(DBDecimal(text)?.description == canonical)
  }

  @Test(arguments: [
    "", " ", "-", "+", ".", "-.", "e5", "1e", "1e+", "1e1.5", "1,5", "1 ", " 1", "--1", "0x10", "1_000", "١",
    "1e147456",
    "1e-147456", "1e9223372036854775807", "1e-9223372036854775808", "1e99999999999999999999", "+nan", "infinit",
  ])
  func refuses(_ text: String) {
    #expect(DBDecimal(text) == nil)
  }

  @Test func keepsAThousandDigits() throws {
    let digits = String(repeating: "1234567890", count: 100)
    #expect(try #require(DBDecimal(digits)).description == digits)
    let fraction = "-0." + digits
    let decimal = try #require(DBDecimal(fraction))
    #expect(decimal.description == fraction)
    #expect(decimal.scale == 1_000)
    #expect(try #require(DBDecimal("1e147455")).description.utf8.count == 147_456)
  }

  @Test func keepsItsScaleButComparesByAmount() throws {
    let one = try #require(DBDecimal("1.0"))
    let other = try #require(DBDecimal("1.00"))
    #expect(one != other)
    #expect(one.isNumericallyEqual(to: other))
    #expect(!(one < other) && !(other < one))
    #expect(one.scale == 1 && other.scale == 2 && DBDecimal(1).scale == 0)
  }

  @Test func ordersEverything() throws {
    let ascending = [
      "-Infinity", "-1000", "-99.9", "-2", "-1.5", "-0.01", "0", "0.001", "0.01", "0.1", "1", "1.5", "9", "10", "99.99",
      "100",
      "Infinity", "NaN",
    ].compactMap { DBDecimal($0) }
    #expect(ascending.count == 18)
    for (position, smaller) in ascending.enumerated() {
      #expect(!(smaller < smaller), "\(smaller)")
      for larger in ascending[(position + 1)...] {
        #expect(smaller < larger, "\(smaller) < \(larger)")
        #expect(!(larger < smaller), "\(larger) < \(smaller)")
      }
    }
    #expect(!DBDecimal.notANumber.isNumericallyEqual(to: .notANumber))
    #expect(DBDecimal.infinity.isNumericallyEqual(to: .infinity))
  }

  @Test func ordersLikeIntegers() {
    var generator = SeededGenerator()
    for _ in 0..<2_000 {
      let (left, right) = (
        Int64.random(in: -500...500, using: &generator), Int64.random(in: .min ... .max, using: &generator)
      )
      let scale = String(repeating: "0", count: Int.random(in: 0...3, using: &generator))
      let decimal = DBDecimal(scale.isEmpty ? "\(left)" : "\(left).\(scale)")!
      #expect((decimal < DBDecimal(right)) == (left < right), "\(left) \(right), seed \(generator.seed)")
      #expect(decimal.isNumericallyEqual(to: DBDecimal(left)), "\(left), seed \(generator.seed)")
    }
  }

  @Test func becomesAnIntegerOnlyWhenItIsOne() {
    #expect(Int64(exactly: DBDecimal("42.000")!) == 42)
    #expect(Int64(exactly: DBDecimal("-9223372036854775808")!) == .min)
    #expect(Int64(exactly: DBDecimal("9223372036854775808")!) == nil)
    #expect(Int64(exactly: DBDecimal("0.5")!) == nil)
    #expect(Int64(exactly: DBDecimal.notANumber) == nil && Int64(exactly: DBDecimal.infinity) == nil)
  }

  @Test func becomesTheNearestDouble() {
    #expect(Double(DBDecimal("0.1")!) == 0.1)
    #expect(Double(DBDecimal("1e400")!) == .infinity)
    #expect(Double(DBDecimal.notANumber).isNaN)
    #expect(Double(DBDecimal.negativeInfinity) == -.infinity)
  }

  @Test func survivesAnyText() {
    var generator = SeededGenerator()
    for _ in 0..<20_000 {
      let text = generator.text(of: "0123456789.-+eEnaif", upTo: 24)
      guard let decimal = DBDecimal(text) else { continue }
      // What was read once reads as itself ever after.
      #expect(DBDecimal(decimal.description) == decimal, "\(text), seed \(generator.seed)")
    }
  }
}
