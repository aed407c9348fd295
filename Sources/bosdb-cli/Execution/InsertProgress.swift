internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Says on standard error how far a long insert is: nothing in the first second, then once a second.
struct InsertProgress {
  enum Form: String, Sendable, CaseIterable {
    /// One line that changes on a terminal, nothing elsewhere.
    case auto
    /// A line each time.
    case plain
    case none
  }

  private let form: Form
  private var last = Deadline.now()
  private var hasLine = false

  init(_ form: Form, _ console: Console) {
    let isSilent = console.isQuiet || form == .auto && isatty(STDERR_FILENO) == 0
    self.form = isSilent ? .none : form
  }

  /// - Parameters:
  ///   - inserted: documents so far.
  ///   - bytes: read so far.
  mutating func say(inserted: Int, bytes: Int) {
    guard form != .none, last.elapsed() >= .seconds(1) else { return }
    last = Deadline.now()
    let text = Messages.insertProgress(inserted, bytes: bytes)
    if form == .plain { return Console.write(text + "\n") }
    Console.write("\r\u{1B}[K" + text)
    hasLine = true
  }

  /// Takes the changing line away.
  mutating func clear() {
    if hasLine { Console.write("\r\u{1B}[K") }
    hasLine = false
  }
}
