internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// An open file of a log, closed with the value. Its calls block.
final class AuditFileHandle: Sendable {
  let path: String
  private let descriptor: Int32

  enum Access { case read, append, head }

  /// Opens a file, which has to belong to its user alone; for writing it is made where there is none.
  /// - Returns: `nil` when there is no such file to read.
  static func open(_ path: String, for access: Access) throws(DBError) -> AuditFileHandle? {
    let flags =
      switch access {
      case .read: O_RDONLY | O_NONBLOCK
      case .append: O_RDWR | O_APPEND | O_CREAT
      case .head: O_RDWR | O_CREAT
      }
    #if canImport(Glibc)
    let descriptor = Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
    #elseif canImport(Musl)
    let descriptor = Musl.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
    #else
    let descriptor = Darwin.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
    #endif
    guard descriptor >= 0 else {
      if access == .read, errno == ENOENT { return nil }
      throw failure("cannot open", path)
    }
    let handle = AuditFileHandle(path, descriptor)
    if access != .read { try handle.checkMode() }
    return handle
  }

  private init(_ path: String, _ descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private func checkMode() throws(DBError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("cannot look at") }
    guard status.st_mode & S_IFMT == S_IFREG else { throw DBError(.auditFailed, "\(path) is no file") }
    guard status.st_mode & 0o077 == 0 else {
      throw DBError(.auditFailed, "others may use \(path); keep it to yourself: chmod 600 \(path)")
    }
  }

  /// Whether the path still leads to this file.
  var isCurrent: Bool {
    var own = stat()
    var named = stat()
    return fstat(descriptor, &own) == 0 && stat(path, &named) == 0 && own.st_ino == named.st_ino
      && own.st_dev == named.st_dev
  }

  /// Waits until nobody else holds the file. The lock ends with ``unlock()`` or the process.
  /// - Parameter isShared: whether others may hold it so at the same time. Default: no.
  /// - Throws: ``DBError/Code-swift.struct/auditFailed`` after five seconds: whoever holds it was stopped, and must not stop everybody else.
  func lock(isShared: Bool = false) throws(DBError) {
    let deadline = Deadline(after: .seconds(5))
    while flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
      guard errno == EINTR || errno == EWOULDBLOCK else { throw failure("cannot lock") }
      guard !deadline.hasPassed else {
        throw DBError(.auditFailed, "another process holds \(path) and does not let go of it")
      }
      usleep(500)
    }
  }

  func unlock() { _ = flock(descriptor, LOCK_UN) }

  var size: Int {
    get throws(DBError) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw failure("cannot look at") }
      return Int(status.st_size)
    }
  }

  /// Up to so many bytes from a place.
  func read(_ count: Int, at offset: Int) throws(DBError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var length = 0
    while length < count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress.map { $0 + length }, count - length, off_t(offset + length))
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw failure("cannot read") }
      if got == 0 { break }
      length += got
    }
    return Array(bytes.prefix(length))
  }

  /// Writes at the end. What a full disk took of it stays.
  func append(_ bytes: [UInt8]) throws(DBError) {
    try write(bytes) { buffer, count, _ in Self.systemWrite(self.descriptor, buffer, count) }
  }

  /// Takes what is behind a place off the end.
  func cut(to size: Int) { _ = ftruncate(descriptor, off_t(size)) }

  /// Writes at the beginning.
  func overwrite(_ bytes: [UInt8]) throws(DBError) {
    try write(bytes) { buffer, count, offset in pwrite(self.descriptor, buffer, count, off_t(offset)) }
  }

  private func write(_ bytes: [UInt8], _ call: (UnsafeRawPointer, Int, Int) -> Int) throws(DBError) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer -> Int in
        guard let start = buffer.baseAddress else { return 0 }
        return call(start + offset, buffer.count - offset, offset)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("cannot write") }
      offset += count
    }
  }

  /// Returns once what was written is on the disk.
  func flush() throws(DBError) {
    #if canImport(Darwin)
    let status = fcntl(descriptor, F_FULLFSYNC)
    #else
    let status = fdatasync(descriptor)
    #endif
    guard status == 0 else { throw failure("cannot write to the disk") }
  }

  private static func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
    Glibc.write(descriptor, buffer, count)
    #elseif canImport(Musl)
    Musl.write(descriptor, buffer, count)
    #else
    Darwin.write(descriptor, buffer, count)
    #endif
  }

  private func failure(_ what: String) -> DBError { Self.failure(what, path) }

  private static func failure(_ what: String, _ path: String) -> DBError {
    DBError(.auditFailed, "\(what) \(path): \(String(cString: strerror(errno)))")
  }
}
