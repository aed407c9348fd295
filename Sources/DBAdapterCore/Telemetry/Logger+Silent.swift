package import Logging

extension Logger {
  /// For programs whose errors already say what went wrong.
  package static let silent = Logger(label: "bosdb") { _ in SwiftLogNoOpLogHandler() }
}
