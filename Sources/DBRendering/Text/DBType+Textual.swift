internal import DBAdapterCore

extension DBType.Kind {
  /// Whether values of the type usually are text as it stands; for others asking for the value at once is quicker.
  var isTextual: Bool {
    switch self {
    case .text, .enumeration, .native, .unknown: true
    default: false
    }
  }
}
