internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A file, or standard input for `-`, read piece by piece.
final class InputFile {
  private let path: String
  private let descriptor: Int32
  private static let pieceSize = 65_536

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when it cannot be opened.
  init(_ path: String) throws(DBError) {
    self.path = path
    descriptor = try Signals.whileBlocked { () throws(DBError) in
      path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    }
    if descriptor < 0 { throw Self.unreadable(path) }
  }

  deinit { if descriptor > STDIN_FILENO { close(descriptor) } }

  /// The next bytes, as soon as there are any; `nil` at the end.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when they cannot be read; ``DBError/Code-swift.struct/cancelled`` after a signal.
  func next() throws(DBError) -> [UInt8]? {
    while true {
      try waitForInput()
      var count = 0
      let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, filled in
        count = Self.posixRead(descriptor, buffer.baseAddress, buffer.count)
        filled = max(count, 0)
      }
      if count > 0 { return piece }
      if count == 0 { return nil }
      if errno != EINTR { throw Self.unreadable(path) }
    }
  }

  /// Returns when there is something to read, or the end.
  /// - Throws: ``DBError/Code-swift.struct/cancelled`` once a signal has come, so that the command can still say how far it was.
  private func waitForInput() throws(DBError) {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    repeat {
      if Signals.status != nil { throw DBError(.cancelled, Messages.interrupted) }
    } while poll(&waiting, 1, Self.millisecondsBetweenLooks) == 0
  }

  private static let millisecondsBetweenLooks: Int32 = 100

  private static func unreadable(_ path: String) -> DBError {
    DBError(.invalidParameter, Messages.cannotRead(InputText.name(path), SystemError.text(errno)))
  }

  private static func posixRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    #if canImport(Darwin)
    Darwin.read(descriptor, buffer, count)
    #elseif canImport(Musl)
    Musl.read(descriptor, buffer, count)
    #else
    Glibc.read(descriptor, buffer, count)
    #endif
  }
}
