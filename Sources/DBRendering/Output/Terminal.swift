#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What is known of the terminal behind a file descriptor.
public struct Terminal: Sendable {
  /// When colours are used.
  public enum ColorMode: String, Sendable, CaseIterable {
    /// On a terminal that has them, unless `NO_COLOR` is set; `CLICOLOR_FORCE` forces them.
    case auto
    case always, never
  }

  /// Whether a person looks at it.
  public let isTerminal: Bool
  private let descriptor: Int32

  /// The terminal behind a descriptor, if there is one.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
  }

  /// Its width: `COLUMNS` when set, else what the system says, else 80; `nil` when it is no terminal.
  public var width: Int? {
    guard isTerminal else { return nil }
    if let text = Self.environment("COLUMNS"), let columns = Int(text), columns > 0 { return columns }
    var size = winsize()
    return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Whether to use colours (no-color.org, bixense.com/clicolors).
  public func isColored(_ mode: ColorMode) -> Bool {
    switch mode {
    case .always: return true
    case .never: return false
    case .auto:
      if let value = Self.environment("NO_COLOR"), !value.isEmpty { return false }
      if let value = Self.environment("CLICOLOR_FORCE"), !value.isEmpty, value != "0" { return true }
      return isTerminal && Self.environment("TERM") != "dumb" && Self.environment("CLICOLOR") != "0"
    }
  }

  private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
