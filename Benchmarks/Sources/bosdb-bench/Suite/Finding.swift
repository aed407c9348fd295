/// One line of the result: a comparison, and whether it is as good as it has to be.
struct Finding: Sendable {
  /// How two variants are compared.
  enum Measure: Sendable {
    /// Ours divided by the limit, round by round.
    case ratio
    /// Ours minus the limit, in the metric's unit.
    case difference
    /// Ours alone.
    case value
  }

  let title: String
  let metric: Sample.Metric
  let measure: Measure
  let result: Spread
  /// The middle values themselves, for orientation; only their ratio means something.
  let ours: Double
  let limit: Double?
  /// What the limit is, in words.
  let limitName: String
  /// `nil` for a line that is only there to explain others.
  let target: Target?

  var isMet: Bool? { target.map { $0.isMet(by: result.median) } }

  /// `1.08 [0.97-1.21]`.
  var resultText: String {
    "\(text(result.median)) [\(text(result.minimum))–\(text(result.maximum))]"
  }

  var targetText: String { target.map { "\($0.sign) \(text($0.limit))" } ?? "—" }
  var verdict: String { isMet.map { $0 ? "met" : "missed" } ?? "—" }

  private func text(_ value: Double) -> String {
    switch measure {
    case .ratio: value.text(decimals: 2)
    case .difference, .value: metric.text(value)
    }
  }
}

/// A benchmark that was not run, and why.
struct Omission: Sendable {
  let benchmark: String
  let reason: String
}

/// Thrown by a benchmark that cannot run here: a program or a server is missing.
struct CannotRun: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// Something the C side or a check of the results says is wrong: the figures would be worthless.
struct BenchmarkFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
