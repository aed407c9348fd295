import DBAdapterCore
import Testing

@Suite struct DBDateTests {
  @Test(arguments: [
    (-4712, 1, 1, "-4712-01-01"), (0, 2, 29, "0000-02-29"), (1, 1, 1, "0001-01-01"), (1970, 1, 1, "1970-01-01"),
    (2000, 2, 29, "2000-02-29"), (2024, 2, 29, "2024-02-29"), (9999, 12, 31, "9999-12-31"),
    (10000, 1, 1, "+10000-01-01"),
    (294_276, 12, 31, "+294276-12-31"), (5_874_897, 12, 31, "+5874897-12-31"),
  ])
  func writesAndReads(_ year: Int, _ month: Int, _ day: Int, _ text: String) throws {
    let date = try #require(DBDate(year: year, month: month, day: day))
    #expect(date.description == text)
    #expect(DBDate(text) == date)
    let parts = try #require(date.components)
    #expect(parts == (year, month, day))
  }

  @Test(arguments: [
    (2023, 2, 29), (1900, 2, 29), (2026, 13, 1), (2026, 0, 1), (2026, 1, 0), (2026, 4, 31), (5_890_000, 1, 1),
    (-5_890_000, 1, 1), (.max, 1, 1), (.min, 1, 1),
  ])
  func knowsWhatIsNoDay(_ year: Int, _ month: Int, _ day: Int) {
    #expect(DBDate(year: year, month: month, day: day) == nil)
  }

  @Test(arguments: [
    "", "2026-2-28", "2026-02-30", "20260228", "2026-02-28 ", " 2026-02-28", "2026-02-28T", "26-02-28", "2026/02/28",
    "2026-02",
    "--2026-02-28", "infinit", "+9999999-01-01", "-9999999-01-01",
  ])
  func refuses(_ text: String) {
    #expect(DBDate(text) == nil)
  }

  @Test func hasInfinities() {
    #expect(DBDate("infinity") == .infinity && DBDate("-infinity") == .negativeInfinity)
    #expect(DBDate.infinity.description == "infinity" && DBDate.negativeInfinity.description == "-infinity")
    #expect(!DBDate.infinity.isFinite && DBDate.infinity.components == nil)
    #expect(DBDate.negativeInfinity < DBDate(year: -4712, month: 1, day: 1)!)
    #expect(DBDate(year: 5_874_897, month: 12, day: 31)! < .infinity)
  }

  @Test func readsEveryDayItWrites() {
    var generator = SeededGenerator()
    for _ in 0..<20_000 {
      let date = DBDate(daysSinceUnixEpoch: .random(in: .min ... .max, using: &generator))
      #expect(DBDate(date.description) == date, "\(date), seed \(generator.seed)")
    }
  }

  @Test func everyDayFollowsTheOneBefore() {
    // Across two centuries with and without a leap year at their end.
    for days in CivilCalendar.days(year: 1899, month: 1, day: 1)...CivilCalendar.days(year: 2101, month: 1, day: 1) {
      let (year, month, day) = CivilCalendar.date(days: days)
      #expect(CivilCalendar.days(year: year, month: month, day: day) == days)
      #expect(CivilCalendar.isValid(year: year, month: month, day: day))
    }
  }
}

@Suite struct DBTimeTests {
  @Test(arguments: [
    ("00:00", "00:00:00"), ("13:05", "13:05:00"), ("13:05:07.25", "13:05:07.25"), ("24:00:00", "24:00:00"),
    ("13:05:07.000001", "13:05:07.000001"), ("13:05:07+02", "13:05:07+02:00"), ("13:05:07-0330", "13:05:07-03:30"),
    ("13:05:07Z", "13:05:07+00:00"), ("13:05:07+15:59:59", "13:05:07+15:59:59"),
  ])
  func readsAndWrites(_ text: String, _ canonical: String) {
    #expect(DBTime(text)?.description == canonical)
  }

  @Test(arguments: [
    "", "1:05", "25:00", "24:00:01", "13:60", "13:05:61", "13:05:07.", "13:05:07.1234567", "13:05+", "13:05-",
    "13:05+2",
    "13:05+02:", "13:05+02:00:", "13:05+02:99", "13:05+99:00", "13:05:07 ", "13:05Zulu",
  ])
  func refuses(_ text: String) {
    #expect(DBTime(text) == nil)
  }

  @Test func readsEveryTimeItWrites() {
    var generator = SeededGenerator()
    for _ in 0..<10_000 {
      let time = DBTime(
        microseconds: .random(in: 0...86_400_000_000, using: &generator),
        utcOffsetSeconds: Bool.random(using: &generator) ? .random(in: -57_599...57_599, using: &generator) : nil)
      #expect(DBTime(time.description) == time, "\(time), seed \(generator.seed)")
    }
  }
}

@Suite struct DBTimestampTests {
  @Test(arguments: [
    ("2000-01-01T00:00:00Z", Int64(0)), ("1999-12-31T23:59:59.999999Z", -1), ("2000-01-01 01:00:00+01:00", 0),
    ("1970-01-01T00:00:00Z", -946_684_800_000_000), ("2000-01-01T24:00:00Z", 86_400_000_000),
    // The ends of PostgreSQL's range: day zero of the Julian calendar (4713 BC by its own count) and 294276-12-31 AD.
    ("-4713-11-24T00:00:00Z", -211_813_488_000_000_000), ("+294276-12-31T23:59:59.999999Z", 9_223_371_331_199_999_999),
  ])
  func readsMoments(_ text: String, _ microseconds: Int64) {
    #expect(DBTimestamp(text) == DBTimestamp(microsecondsSince2000: microseconds, hasZone: true))
  }

  @Test func knowsWhetherItHasAZone() {
    #expect(DBTimestamp("2026-02-28T13:05:07")?.hasZone == false)
    #expect(DBTimestamp("2026-02-28")?.description == "2026-02-28T00:00:00")
    #expect(DBTimestamp("2026-02-28T13:05:07.25Z")?.description == "2026-02-28T13:05:07.25Z")
    #expect(DBTimestamp("2026-02-28T13:05:07", hasZone: true)?.description == "2026-02-28T13:05:07Z")
  }

  @Test func hasInfinities() {
    #expect(DBTimestamp("infinity") == .infinity(hasZone: true))
    #expect(DBTimestamp("-infinity", hasZone: false) == .negativeInfinity(hasZone: false))
    #expect(DBTimestamp.infinity(hasZone: true).description == "infinity")
    #expect(DBTimestamp.infinity(hasZone: true).unixMicroseconds == nil)
    #expect(!DBTimestamp.negativeInfinity(hasZone: false).isFinite)
    // The last representable microsecond is the infinity itself, not a date.
    #expect(DBTimestamp("+294277-01-09T04:00:54.775807Z") == nil)
  }

  @Test(arguments: [
    "", "2026-02-30T00:00:00Z", "2026-02-28T", "2026-02-28T25:00", "2026-02-28T13:05:07.1234567Z",
    "+300000-01-01T00:00:00Z",
    "+294278-01-01T00:00:00Z", "2026-02-28X13:05", "2026-02-28T13:05+", "2026-02-28T13:05:07Zz", "now",
  ])
  func refuses(_ text: String) {
    #expect(DBTimestamp(text) == nil)
  }

  @Test func countsUnixTime() throws {
    let moment = try #require(DBTimestamp(unixMicroseconds: 0))
    #expect(moment.description == "1970-01-01T00:00:00Z")
    #expect(moment.unixMicroseconds == 0)
    #expect(DBTimestamp(unixMicroseconds: .min) == nil)
    #expect(DBTimestamp(microsecondsSince2000: .max - 1, hasZone: true).unixMicroseconds == nil)
  }

  @Test func readsEveryMomentItWrites() {
    var generator = SeededGenerator()
    for _ in 0..<20_000 {
      // From 4713 BC to 294276 AD.
      let moment = DBTimestamp(
        microsecondsSince2000: .random(in: -211_813_488_000_000_000...9_223_371_331_199_999_999, using: &generator),
        hasZone: .random(using: &generator))
      #expect(DBTimestamp(moment.description) == moment, "\(moment), seed \(generator.seed)")
    }
  }

  @Test func survivesAnyText() {
    var generator = SeededGenerator()
    for _ in 0..<20_000 {
      let text = generator.text(of: "0129-+:.TZ ", upTo: 34)
      if let moment = DBTimestamp(text) {
        #expect(DBTimestamp(moment.description) == moment, "\(text), \(generator.seed)")
      }
      if let time = DBTime(text) { #expect(DBTime(time.description) == time, "\(text), seed \(generator.seed)") }
      if let date = DBDate(text) { #expect(DBDate(date.description) == date, "\(text), seed \(generator.seed)") }
    }
  }
}

@Suite struct DBIntervalTests {
  @Test(arguments: [
    (DBInterval(), "PT0S"), (DBInterval(months: 14, days: -3, microseconds: 14_706_500_000), "P1Y2M-3DT4H5M6.5S"),
    (DBInterval(microseconds: -1), "PT-0.000001S"), (DBInterval(microseconds: -3_661_000_000), "PT-1H-1M-1S"),
    (DBInterval(months: -12), "P-1Y"),
    (
      DBInterval(months: .min, days: .min, microseconds: .min),
      "P-178956970Y-8M-2147483648DT-2562047788H-54.775808S"
    ),
    (DBInterval(microseconds: 60_000_000), "PT1M"), (DBInterval(days: 1), "P1D"),
  ])
  func isADuration(_ interval: DBInterval, _ text: String) {
    #expect(interval.description == text)
  }

  @Test func keepsItsPartsApart() {
    #expect(DBInterval(months: 1) != DBInterval(days: 30))
    #expect(DBInterval(days: 1) != DBInterval(microseconds: 86_400_000_000))
  }
}
