import DBAdapterCore
import Testing

@Suite("Numbers of samples")
struct SamplingTests {
  @Test("sizes are summed up within three per cent, however they are merged")
  func sizes() {
    var left = SizeSummary()
    var right = SizeSummary()
    for size in 0..<10_000 { if size % 3 == 0 { left.add(Int64(size)) } else { right.add(Int64(size)) } }
    left.merge(right)
    #expect(left.count == 10_000)
    #expect(left.minimum == 0 && left.maximum == 9_999)
    #expect(abs(left.median - 5_000) < 150)
    #expect(left.mean == 4_999.5)
    var small = SizeSummary()
    for size: Int64 in [3, 1, 2] { small.add(size) }
    #expect(small.median == 2)
    var huge = SizeSummary()
    huge.add(.max)
    #expect(huge.median > .max / 100 * 97)
    #expect(SizeSummary().median == 0)
  }

  @Test("a size summary becomes a measurement")
  func measurements() {
    #expect(SizeSummary().measurement(unit: "elements", source: "test") == nil)
    var sizes = SizeSummary()
    for size: Int64 in [1, 2, 6] { sizes.add(size) }
    #expect(
      sizes.measurement(unit: "elements", source: "test")
        == Measurement(unit: "elements", count: 3, minimum: 1, median: 2, mean: 3, maximum: 6, source: "test"))
  }

  @Test("the interval of a share is Wilson's")
  func scoreIntervals() {
    let tenth = ScoreInterval.of(0.1, count: 1_000)
    #expect(abs(tenth.lowerBound - 0.082_90) < 0.000_01 && abs(tenth.upperBound - 0.120_15) < 0.000_01)
    let none = ScoreInterval.of(0, count: 10)
    #expect(none.lowerBound == 0 && abs(none.upperBound - 0.277_5) < 0.000_1)
    let all = ScoreInterval.of(1, count: 10)
    #expect(all.upperBound == 1 && abs(all.lowerBound - 0.722_5) < 0.000_1)
    #expect(ScoreInterval.of(0.5, count: 0) == 0...1)
    #expect(ScoreInterval.of(0.3, count: .infinity) == 0.3...0.3)
  }

  @Test("a sample is worth more, the greater its part of the whole")
  func worth() {
    #expect(ScoreInterval.worth(100, sampled: 100, of: 1_000_000_001) < 100.001)
    #expect(ScoreInterval.worth(100, sampled: 500, of: 1_000) == 199.8)
    #expect(ScoreInterval.worth(100, sampled: 1_000, of: 1_000) == .infinity)
    #expect(ScoreInterval.worth(100, sampled: 2_000, of: 1_000) == .infinity)
  }
}
