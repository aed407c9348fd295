/// What one run of one variant measured.
struct Sample: Sendable {
  /// A quantity that can be compared.
  enum Metric: String, Sendable, CaseIterable {
    /// Nanoseconds.
    case p50, p99, duration, cpuPerOperation
    /// Operations a second.
    case rate
    /// Kilobytes.
    case peakMemory
  }

  private(set) var values: [Metric: Double] = [:]

  subscript(metric: Metric) -> Double? {
    get { values[metric] }
    set { values[metric] = newValue }
  }

  /// Percentiles of single durations.
  init(latencies: [Int64]) {
    let sorted = latencies.sorted()
    guard !sorted.isEmpty else { return }
    values[.p50] = Double(sorted[sorted.count / 2])
    values[.p99] = Double(sorted[min(sorted.count - 1, sorted.count * 99 / 100)])
  }

  /// A number of operations done in a time.
  init(operations: Int, since start: Stopwatch) {
    let elapsed = start.elapsed()
    self.init(operations: operations, nanoseconds: elapsed.wall, cpu: elapsed.cpu)
  }

  init(operations: Int, nanoseconds: Int64, cpu: Int64) {
    values[.duration] = Double(nanoseconds)
    values[.rate] = Double(operations) * 1e9 / Double(max(1, nanoseconds))
    values[.cpuPerOperation] = Double(cpu) / Double(max(1, operations))
  }

  init(peakKilobytes: Int64) { values[.peakMemory] = Double(peakKilobytes) }
}

extension Sample.Metric {
  /// A value for people: `41.2 µs`, `2.61 M/s`.
  func text(_ value: Double) -> String {
    switch self {
    case .p50, .p99, .duration, .cpuPerOperation:
      value >= 1e9
        ? "\(Self.short(value / 1e9)) s"
        : value >= 1e6
          ? "\(Self.short(value / 1e6)) ms"
          : value >= 1e3 ? "\(Self.short(value / 1e3)) µs" : "\(Self.short(value)) ns"
    case .rate:
      value >= 1e6
        ? "\(Self.short(value / 1e6)) M/s" : value >= 1e3 ? "\(Self.short(value / 1e3)) k/s" : "\(Self.short(value))/s"
    case .peakMemory: "\(Self.short(value / 1_024)) MB"
    }
  }

  /// Three significant digits.
  static func short(_ value: Double) -> String {
    let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
    return value.text(decimals: digits)
  }
}

extension Double {
  /// With a fixed number of decimals.
  func text(decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (magnitude * scale).rounded()
    guard scaled.isFinite, scaled < 1e15 else { return "\(self)" }
    let whole = Int(scaled / scale)
    var text = (self < 0 && scaled > 0 ? "-" : "") + "\(whole)"
    if decimals > 0 {
      let fraction = "\(Int(scaled) - whole * Int(scale))"
      text += "." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
    return text
  }
}
