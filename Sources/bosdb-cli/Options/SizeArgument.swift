internal import ArgumentParser

/// A number of bytes: `4096`, `64k`, `16M`, `1G`; the units are powers of 1024.
struct SizeArgument: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let shift: Int? =
      switch argument[digits.endIndex...].lowercased() {
      case "", "b": 0
      case "k", "kb", "kib": 10
      case "m", "mb", "mib": 20
      case "g", "gb", "gib": 30
      default: nil
      }
    guard let amount = Int(digits), let shift, amount > 0, amount <= Int.max >> shift else { return nil }
    bytes = amount << shift
  }
}
