import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite("Estimates from a sample")
struct EstimateTests {
  private func keys(_ seen: Int, _ node: SampledNode) -> Estimate {
    SampleShare.keys([NodeTally(keys: seen)], of: [node], source: "test")
  }

  @Test("a complete scan is exact")
  func exact() {
    let estimate = keys(7, SampledNode(seen: 100, total: 120, isComplete: true))
    #expect(estimate == Estimate(7, isExact: true, source: "test"))
    #expect(estimate.margin == 0)
  }

  @Test("the interval is Wilson's, corrected for what was seen of the whole")
  func wilson() throws {
    // Without correction: 0.1 of 1,000 is 0.0829 to 0.1202.
    let wide = try #require(keys(100, SampledNode(seen: 1_000, total: 1_000_000_000)).interval)
    #expect((82_800_000...83_000_000).contains(wide.lowerBound))
    #expect((120_100_000...120_300_000).contains(wide.upperBound))
    let narrow = try #require(keys(100, SampledNode(seen: 1_000, total: 1_100)).interval)
    #expect(narrow.upperBound - narrow.lowerBound < 16)
    #expect(narrow.lowerBound >= 100)
    let rare = keys(1, SampledNode(seen: 10_000, total: 1_000_000))
    #expect(rare.value == 100)
    #expect(rare.interval.map { $0.lowerBound < 20 && $0.upperBound > 500 } == true)
  }

  @Test("95 of 100 intervals hold the true number", arguments: [0.5, 0.1, 0.01, 0.001])
  func coverage(share: Double) {
    var generator = SeededNumbers(seed: UInt64(share * 10_000))
    let total = 20_000
    let truth = Int(Double(total) * share)
    var hits = 0
    let rounds = 300
    for _ in 0..<rounds {
      var population = (0..<total).map { $0 < truth }
      for index in 0..<2_000 { population.swapAt(index, Int.random(in: index..<total, using: &generator)) }
      let seen = population[..<2_000].count { $0 }
      let estimate = keys(seen, SampledNode(seen: 2_000, total: total))
      if estimate.interval?.contains(Int64(truth)) == true { hits += 1 }
    }
    #expect(Double(hits) / Double(rounds) > 0.92)
  }

  @Test("nodes are added, and one that was not read can hold anything")
  func nodes() throws {
    let nodes = [SampledNode(seen: 500, total: 500, isComplete: true), SampledNode(seen: 100, total: 1_000)]
    let estimate = SampleShare.keys([NodeTally(keys: 50), NodeTally(keys: 20)], of: nodes, source: "test")
    #expect(estimate.value == 250)
    #expect(estimate.interval.map { $0.lowerBound > 150 && $0.upperBound < 360 } == true)
    let unread = SampleShare.keys(
      [NodeTally(keys: 50), NodeTally()], of: [nodes[0], SampledNode(total: 1_000)], source: "test")
    #expect(unread.interval == 50...1_050)
  }

  @Test("sums have bounds too")
  func totals() throws {
    var tally = NodeTally()
    for size in 1...100 {
      tally.keys += 1
      tally.sizes += Double(size)
      tally.squares += Double(size * size)
    }
    let estimate = SampleShare.total([tally], of: [SampledNode(seen: 200, total: 2_000)], source: "test")
    #expect(estimate.value == 50_500)
    #expect(estimate.interval.map { $0.contains(42_000) && $0.contains(59_000) && !$0.contains(30_000) } == true)
    #expect(SampleShare.total([tally], of: [SampledNode(seen: 200, isComplete: true)], source: "test").isExact)
  }

  @Test("time left falls into buckets")
  func expiry() {
    var histogram = ExpiryHistogram()
    #expect(histogram.distribution == nil)
    for milliseconds: Int64 in [-1, -1, 0, 59_999, 60_000, 3_600_000, 86_400_000, 604_800_000, 2_592_000_000, .max] {
      histogram.add(milliseconds: milliseconds)
    }
    #expect(histogram.distribution?.buckets.map(\.count) == [2, 2, 1, 1, 1, 1, 2])
    #expect(histogram.distribution?.share(of: "none") == 0.2)
  }

  @Test("samples and largest keys do not depend on the order")
  func samples() {
    let names = (0..<1_000).map { Array("key:\($0)".utf8) }
    func sample(_ names: [[UInt8]]) -> [[UInt8]] {
      var left = KeySample(capacity: 20)
      var right = left
      for (index, name) in names.enumerated() {
        let key = KeySample.Key(name: name, hash: KeyHash(name), node: 0, elements: nil, bytes: nil)
        if index % 2 == 0 { left.add(key) } else { right.add(key) }
      }
      left.merge(right)
      return left.keys.map(\.name)
    }
    #expect(sample(names).count == 20)
    #expect(sample(names) == sample(names.reversed()))
    var largest = LargestKeys()
    for (index, name) in names.shuffled().enumerated() {
      largest.add(name, bytes: Int64(name.last ?? 0), elements: index == 0 ? 1 : nil)
    }
    #expect(largest.rows.map(\.name).first == "key:109")
    #expect(largest.rows.count == 10)
  }

  @Test("a key is counted once, in bounded memory")
  func seen() {
    var seen = SeenKeys()
    var counted = 0
    for _ in 0..<2 {
      for number in 0..<400_000 where seen.insert(KeyHash(Array("key:\(number)".utf8))) { counted += 1 }
    }
    #expect(counted == 400_000)
  }
}
