internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Asks the person at the terminal, whatever standard input and output are.
enum Prompt {
  /// Whether there is somebody to ask.
  static var isPossible: Bool {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    if terminal >= 0 { close(terminal) }
    return terminal >= 0
  }

  /// A line that is not shown while it is typed.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` without a terminal, or for an empty line.
  static func secret(_ question: String) throws(DBError) -> Secret {
    let answer = try ask(question, isHidden: true)
    guard !answer.isEmpty else { throw DBError(.invalidParameter, Messages.nothingEntered) }
    return Secret(answer)
  }

  /// The same, entered twice.
  static func newSecret(_ question: String) throws(DBError) -> Secret {
    let first = try secret(question)
    guard try secret(Messages.again) == first else { throw DBError(.invalidParameter, Messages.enteredDifferently) }
    return first
  }

  /// Whether the answer is yes.
  static func agreement(_ question: String) throws(DBError) -> Bool {
    ["y", "yes"].contains(try ask(question + " [y/N] ", isHidden: false).lowercased())
  }

  private static func ask(_ question: String, isHidden: Bool) throws(DBError) -> String {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard terminal >= 0 else { throw DBError(.invalidParameter, Messages.noTerminal) }
    defer { close(terminal) }
    var shown = termios()
    let hasSettings = tcgetattr(terminal, &shown) == 0
    if isHidden {
      guard hasSettings else { throw DBError(.invalidParameter, Messages.noTerminal) }
      var hidden = shown
      hidden.c_lflag &= ~tcflag_t(ECHO)
      tcsetattr(terminal, TCSAFLUSH, &hidden)
    }
    defer {
      if isHidden {
        tcsetattr(terminal, TCSAFLUSH, &shown)
        Console.write("\n", to: terminal)
      }
    }
    Console.write(question, to: terminal)
    return try line(terminal)
  }

  private static func line(_ terminal: Int32) throws(DBError) -> String {
    var bytes: [UInt8] = []
    while true {
      var waiting = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
      if Signals.status != nil { throw DBError(.cancelled, Messages.interrupted) }
      guard poll(&waiting, 1, 100) > 0 else { continue }
      var byte: UInt8 = 0
      let count = read(terminal, &byte, 1)
      if count < 0, errno == EINTR { continue }
      if count <= 0 || byte == UInt8(ascii: "\n") { break }
      bytes.append(byte)
    }
    guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
      throw DBError(.invalidParameter, Messages.notUTF8(Messages.terminal, byte: 1, line: 1))
    }
    return text
  }
}
