internal import ArgumentParser
internal import DBAdapterCore

/// A length of time: `500ms`, `30s`, `2m`, `1h`, or a number of seconds.
struct DurationArgument: ExpressibleByArgument {
  let duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  init?(argument: String) {
    let number = argument.prefix { $0.isNumber || $0 == "." }
    let unit: Double? =
      switch argument[number.endIndex...] {
      case "ms": 0.001
      case "", "s": 1
      case "m", "min": 60
      case "h": 3_600
      default: nil
      }
    guard let amount = Double(number), let unit, amount > 0, amount * unit <= 86_400 * 365 else { return nil }
    duration = .milliseconds((amount * unit * 1_000).rounded(.up))
  }
  /// How help shows a default.
  var defaultValueDescription: String { DBValue.text(of: duration.milliseconds / 1_000) + "s" }
}
