internal import DBAdapterCore
internal import DBRendering

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A file that appears complete or not at all: written under another name beside it, then renamed.
final class OutputFile: OutputSink {
  private let path: String
  /// `nil` when the path is a device or a pipe, which is written directly.
  private let temporary: String?
  private let overwrites: Bool
  private let descriptor: Int32

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when the file is there already, or cannot be made.
  init(_ path: String, overwrites: Bool, isPrivate: Bool = false) throws(DBError) {
    self.path = path
    self.overwrites = overwrites
    var status = stat()
    let exists = stat(path, &status) == 0
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    if exists, isRegular, !overwrites { throw DBError(.invalidParameter, Messages.outputExists(path)) }
    if exists, !isRegular {
      temporary = nil
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      let name = path + ".\(getpid()).partial"
      temporary = name
      descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isPrivate ? 0o600 : 0o666)
    }
    if descriptor < 0 { throw DBError(.invalidParameter, Messages.cannotWrite(path, SystemError.text(errno))) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    do {
      try DescriptorSink(descriptor).write(bytes)
    } catch let error as DBError {
      let reason = error.message.split(separator: ": ").last.map(String.init) ?? error.message
      throw DBError(.invalidParameter, Messages.cannotWrite(path, reason))
    }
  }

  /// Gives the file its name.
  func commit() throws(DBError) {
    var isComplete = close(descriptor) == 0
    guard let temporary else { return }
    if isComplete, overwrites {
      isComplete = rename(temporary, path) == 0
    } else if isComplete {
      // link(2) fails when the name was taken meanwhile; rename(2) would replace it.
      isComplete = link(temporary, path) == 0
      if isComplete {
        unlink(temporary)
      } else if errno == EPERM || errno == ENOTSUP {
        // A file system without hard links.
        isComplete = rename(temporary, path) == 0
      }
    }
    guard !isComplete else { return }
    let reason = SystemError.text(errno)
    unlink(temporary)
    throw DBError(.invalidParameter, Messages.cannotWrite(path, reason))
  }

  /// Leaves no trace.
  func discard() {
    close(descriptor)
    if let temporary { unlink(temporary) }
  }
}
