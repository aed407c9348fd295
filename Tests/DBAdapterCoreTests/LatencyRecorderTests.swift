import Testing

@testable import DBAdapterCore

@Suite struct LatencyRecorderTests {
  /// The value that a share of all values does not exceed, from the values themselves.
  private func exact(_ share: Double, of sorted: [Int64]) -> Int64 {
    sorted[max(0, Int((Double(sorted.count) * share / 100).rounded(.up)) - 1)]
  }

  @Test func nothingRecordedIsNothing() {
    #expect(LatencyRecorder().summary == LatencySummary())
  }

  @Test func percentilesAreThoseOfTheValues() {
    var random = SeededGenerator()
    for _ in 0..<20 {
      let recorder = LatencyRecorder()
      let count = Int.random(in: 1...5_000, using: &random)
      // As many short as long ones: from a microsecond to a thousand seconds.
      let values = (0..<count).map { _ -> Int64 in
        let magnitude = Int64.random(in: 0...8, using: &random)
        return (0..<magnitude).reduce(Int64.random(in: 1_000...9_999, using: &random)) { value, _ in value * 10 }
      }.sorted()
      for value in values.shuffled(using: &random) { recorder.record(.nanoseconds(value)) }
      let summary = recorder.summary
      #expect(summary.count == count)
      #expect(summary.maximum == .nanoseconds(values[count - 1]))
      #expect(summary.average == .nanoseconds(values.reduce(0, +) / Int64(count)))
      for (share, measured) in [(50.0, summary.p50), (95, summary.p95), (99, summary.p99)] {
        let value = exact(share, of: values)
        let distance = abs(measured.nanoseconds - value)
        // One percent, or the smallest step: half a microsecond.
        #expect(distance <= max(value / 100, 512), "p\(share) is \(measured), not \(value) ns; seed \(random.seed)")
      }
    }
  }

  @Test func extremesAreClampedNotLost() {
    let recorder = LatencyRecorder()
    recorder.record(.seconds(-1))
    recorder.record(.nanoseconds(1))
    recorder.record(.seconds(7_200))
    recorder.record(.seconds(Int64.max))
    let summary = recorder.summary
    #expect(summary.count == 4)
    #expect(summary.maximum == .nanoseconds(Int64.max))
    #expect(summary.p50 <= .microseconds(1))
    let hour = Duration.seconds(3_600)
    #expect(summary.p99 >= hour && summary.p99 <= hour * 1.01)
  }

  @Test func noPercentileExceedsTheMaximum() {
    let recorder = LatencyRecorder()
    recorder.record(.nanoseconds(1_000_001))
    let summary = recorder.summary
    #expect(summary.p50 == summary.maximum && summary.p99 == summary.maximum && summary.average == summary.maximum)
  }

  @Test func manyThreadsLoseNothing() async {
    let recorder = LatencyRecorder()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { for step in 1...1_000 { recorder.record(.microseconds(step)) } }
        group.addTask { _ = recorder.summary }
      }
    }
    #expect(recorder.summary.count == 4_000 && recorder.summary.maximum == .milliseconds(1))
  }
}
