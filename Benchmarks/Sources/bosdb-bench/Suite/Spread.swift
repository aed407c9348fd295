/// Several measurements of one quantity: the middle one, and how far the others lie from it.
struct Spread: Sendable {
  let median: Double
  let minimum: Double
  let maximum: Double

  init?(_ values: [Double]) {
    let sorted = values.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let middle = sorted.count / 2
    median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    minimum = first
    maximum = last
  }
}
