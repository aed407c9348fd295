/// One way to do the work.
struct Variant {
  let name: String
  let run: () async throws -> Sample

  init(_ name: String, _ run: @escaping () async throws -> Sample) {
    self.name = name
    self.run = run
  }
}

/// The samples of variants that were run in turn: A, B, C, then C, B, A, and so on, so that a machine that drifts drifts for all.
struct Rounds: Sendable {
  private var samples: [String: [Sample]] = [:]

  /// Runs each variant once to warm up and then once a round.
  static func interleaved(_ count: Int, _ variants: [Variant]) async throws -> Rounds {
    if let profile = Profile.current { try await profile.run(variants) }
    var rounds = Rounds()
    for variant in variants { _ = try await variant.run() }
    for round in 0..<count {
      for variant in round.isMultiple(of: 2) ? variants : variants.reversed() {
        rounds.samples[variant.name, default: []].append(try await variant.run())
      }
    }
    return rounds
  }

  /// The samples of both in one table; later names win.
  func merged(with other: Rounds) -> Rounds {
    var result = self
    result.samples.merge(other.samples) { $1 }
    return result
  }

  /// Compares two variants round by round.
  func finding(
    _ title: String, _ metric: Sample.Metric, _ ours: String, to limit: String, _ measure: Finding.Measure = .ratio,
    target: Target? = nil
  ) throws -> Finding {
    let mine = values(metric, ours)
    let theirs = values(metric, limit)
    let compared = zip(mine, theirs).map { measure == .ratio ? $0 / max($1, .leastNormalMagnitude) : $0 - $1 }
    guard let result = Spread(compared), let own = Spread(mine), let other = Spread(theirs) else {
      throw BenchmarkFailure("\(title): nothing was measured")
    }
    return Finding(
      title: title, metric: metric, measure: measure, result: result, ours: own.median, limit: other.median,
      limitName: limit, target: target)
  }

  /// One variant by itself.
  func finding(_ title: String, _ metric: Sample.Metric, _ ours: String, target: Target? = nil) throws -> Finding {
    guard let result = Spread(values(metric, ours)) else { throw BenchmarkFailure("\(title): nothing was measured") }
    return Finding(
      title: title, metric: metric, measure: .value, result: result, ours: result.median, limit: nil, limitName: "—",
      target: target)
  }

  private func values(_ metric: Sample.Metric, _ name: String) -> [Double] {
    (samples[name] ?? []).compactMap { $0[metric] }
  }
}
