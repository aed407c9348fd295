/// What a ratio, or a value, has to reach.
enum Target: Sendable, Hashable {
  case atMost(Double)
  case atLeast(Double)

  func isMet(by value: Double) -> Bool {
    switch self {
    case .atMost(let limit): value <= limit
    case .atLeast(let limit): value >= limit
    }
  }

  var limit: Double {
    switch self {
    case .atMost(let limit), .atLeast(let limit): limit
    }
  }

  var sign: String {
    switch self {
    case .atMost: "≤"
    case .atLeast: "≥"
    }
  }
}
