import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite struct BSONDecimal128Tests {
  /// High word, low word, text.
  static let exact: [(UInt64, UInt64, String)] = [
    (0x3040_0000_0000_0000, 0, "0"), (0xB040_0000_0000_0000, 0, "-0"), (0x3040_0000_0000_0000, 1, "1"),
    (0xB040_0000_0000_0000, 1, "-1"), (0x303E_0000_0000_0000, 1, "0.1"), (0x303C_0000_0000_0000, 0, "0.00"),
    (0x3034_0000_0000_0000, 0x4D2, "0.001234"), (0x3040_0000_0000_0000, 0xBC61_4E, "12345678"),
    (0x3040_0000_0000_0000, 0x1CBE_991A_14, "123456789012"),
    (0x3036_0000_0000_0000, 0x1, "0.00001"), (0x3034_0000_0000_0000, 1, "0.000001"), (0x3032_0000_0000_0000, 1, "1E-7"),
    (0x3042_0000_0000_0000, 1, "1E+1"), (0x3046_0000_0000_0000, 0x69, "1.05E+5"), (0x3058_0000_0000_0000, 0, "0E+12"),
    (0x0000_0000_0000_0000, 1, "1E-6176"),
    (0x5FFE_314D_C644_8D93, 0x38C1_5B0A_0000_0000, "1.000000000000000000000000000000000E+6144"),
    (0x5FFF_ED09_BEAD_87C0, 0x378D_8E63_FFFF_FFFF, "9.999999999999999999999999999999999E+6144"),
    (0x3041_ED09_BEAD_87C0, 0x378D_8E63_FFFF_FFFF, "9999999999999999999999999999999999"),
    (0x2FFD_ED09_BEAD_87C0, 0x378D_8E63_FFFF_FFFF, "0.9999999999999999999999999999999999"),
    (0x7C00_0000_0000_0000, 0, "NaN"), (0x7800_0000_0000_0000, 0, "Infinity"), (0xF800_0000_0000_0000, 0, "-Infinity"),
  ]

  @Test(arguments: exact) func bytesAndTextSayTheSame(high: UInt64, low: UInt64, text: String) {
    let number = BSONDecimal128(high: high, low: low)
    #expect(number.description == text)
    #expect(BSONDecimal128(text) == number)
  }

  /// What is written otherwise, and how it comes back.
  static let equivalent: [(String, String)] = [
    ("+1", "1"), ("1.", "1"), (".5", "0.5"), ("00012.50", "12.50"), ("1e3", "1E+3"), ("1E+03", "1E+3"),
    ("-.1e-2", "-0.001"),
    ("inf", "Infinity"), ("+INFINITY", "Infinity"), ("-Inf", "-Infinity"), ("nan", "NaN"), ("-NaN", "NaN"),
    ("0E+9999999999999999999", "0E+6111"), ("-0E-99999", "-0E-6176"), ("1E6112", "1.0E+6112"),
    ("1E6144", "1.000000000000000000000000000000000E+6144"), ("10E-6177", "1E-6176"),
    ("10000000000000000000000000000000000000", "1.000000000000000000000000000000000E+37"),
    ("1000000000000000000000000000000000000000E-6190", "1.0000000000000000000000000E-6151"),
  ]

  @Test(arguments: equivalent) func textIsBroughtIntoItsForm(text: String, canonical: String) {
    #expect(BSONDecimal128(text)?.description == canonical)
  }

  @Test(arguments: [
    "", "-", ".", "1.2.3", "e5", "1e", "1e+", "1E5.5", "0x10", " 1", "1 ", "1_000", "--1", "Infinit", "NaNs", "١",
    "12345678901234567890123456789012345", "1E6145", "9E6145", "1E-6177", "11E-6177",
    "1.0000000000000000000000000000000001E0",
    "1E99999999999999999999",
  ]) func whatCannotBeKeptExactlyIsRefused(text: String) {
    #expect(BSONDecimal128(text) == nil)
  }

  @Test func numbersWithTooLargeCoefficientsCountAsZero() {
    #expect(BSONDecimal128(high: 0x3041_ED09_BEAD_87C0, low: 0x378D_8E64_0000_0000).description == "0")
    #expect(BSONDecimal128(high: 0x6C10_0000_0000_0000, low: 0).description == "0")
    #expect(BSONDecimal128(high: 0x7E00_0000_0000_0000, low: 12).description == "NaN")
    #expect(BSONDecimal128(high: 0xFC00_0000_0000_0000, low: 0).description == "NaN")
  }

  @Test func everyFiniteNumberComesBack() throws {
    for seed in UInt64(1)...2_000 {
      var samples = BSONSamples(seed: seed)
      let number = samples.decimal()
      #expect(BSONDecimal128(number.description) == number, "seed \(seed)")
      let value = BSONValue.decimal128(number)
      #expect(try BSONValue(value.resultValue) == value && BSONValue(value.dbValue) == value, "seed \(seed)")
    }
  }

  @Test func bytesThatAreNotCanonicalSurviveRequests() throws {
    let odd = BSONValue.decimal128(BSONDecimal128(high: 0x7E00_0000_0000_0000, low: 12))
    #expect(try BSONValue(odd.dbValue) == odd)
  }
}
