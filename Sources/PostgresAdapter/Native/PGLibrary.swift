internal import CLibPQ

/// Facts about the libpq in use.
enum PGLibrary {
  /// `libpq 15.20`.
  static var version: String {
    let number = PQlibVersion()
    return "libpq \(number / 10_000).\(number % 10_000)"
  }
}
