/// The bounds between which a share of everything is in 95 of 100 samples, from its share of one sample: Wilson's score interval.
///
/// Unlike the normal interval it stays between 0 and 1, and is not empty for what all or none of a sample have.
package enum ScoreInterval {
  /// 95 % of the normal distribution are between minus and plus this.
  package static let z = 1.959_964

  /// - Parameters:
  ///   - share: of the sample, from 0 to 1.
  ///   - count: how many items the sample has, or as many independent ones as tell what its items tell. With none of them
  ///     the share can be anything.
  package static func of(_ share: Double, count: Double) -> ClosedRange<Double> {
    guard count > 0 else { return 0...1 }
    let square = z * z
    let centre = (share + square / (2 * count)) / (1 + square / count)
    let half =
      z / (1 + square / count) * (share * (1 - share) / count + square / (4 * count * count)).squareRoot()
    let low = min(max(0, centre - half), share)
    return low...max(min(1, centre + half), share)
  }

  /// How many items a sample without replacement is worth, compared with one of a population that has no end: more, the
  /// greater its part of the population (the finite-population correction); infinitely many when it is all of it.
  package static func worth(_ count: Double, sampled: Int, of population: Int) -> Double {
    guard sampled < population else { return .infinity }
    return count * Double(population - 1) / Double(population - sampled)
  }
}
