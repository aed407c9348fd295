internal import DBAdapterCore

/// Passwords in arguments that could not be made sense of.
enum ArgumentSecrets {
  /// A message without the arguments in it that may hold a password: a connection in the wrong place is shown with stars.
  static func masked(_ message: String, _ arguments: [String]) -> String {
    let quoted = arguments.flatMap { argument in
      // `--format=postgres://…` is quoted without the option's name.
      argument.hasPrefix("-") ? [argument] + values(argument) : [argument]
    }
    return quoted.filter(mayHoldPassword).sorted { $0.utf8.count > $1.utf8.count }.reduce(message) { text, secret in
      text.replacing(secret, with: shown(secret))
    }
  }

  private static func values(_ argument: String) -> [String] {
    argument.firstIndex(of: "=").map { [String(argument[argument.index(after: $0)...])] } ?? []
  }

  private static func mayHoldPassword(_ argument: String) -> Bool {
    argument.contains("@") && argument.contains(":")
      || argument.lowercased().contains("pass")
        && argument.contains("=")
  }

  private static func shown(_ argument: String) -> String {
    // An option's name, or what became one, is no scheme.
    guard !argument.hasPrefix("-"), let string = try? ConnectionString(argument) else { return "***" }
    return string.description
  }
}
