internal import CLibPQ

/// Facts about the libpq in use.
enum PGLibrary {
  /// `libpq 15.20`.
  static var version: String {
    let number = PQlibVersion()
    return "libpq \(number / 10_000).\(number % 10_000)"
  }

  /// What libpq takes for parameters that a connection string leaves out: its own defaults, and the `PG*` variables of the process. Secrets
  /// are not among them.
  static var connectionDefaults: [String: String] {
    guard let options = PQconndefaults() else { return [:] }
    defer { PQconninfoFree(options) }
    var defaults: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      let isSecret = option.pointee.dispchar.map { String(cString: $0) == "*" } ?? true
      if !isSecret, let value = option.pointee.val { defaults[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    return defaults
  }
}
