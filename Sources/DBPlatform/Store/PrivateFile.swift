internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Files that nobody but their owner may read, in directories that nobody else can write.
enum PrivateFile {
  /// Makes a file and its directory where they are missing, as `0600` and `0700`, and checks both.
  ///
  /// A symbolic link is followed, and what it leads to is checked.
  /// - Returns: the file's path without symbolic links.
  /// - Throws: ``DBError/Code-swift.struct/permissionDenied`` saying what is open to whom and how to mend it.
  static func prepare(_ path: String, as what: String) throws(DBError) -> String {
    try makeDirectory(directory(of: path), for: what)
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else { throw unusable(what, path, errno) }
    defer { close(descriptor) }
    try check(descriptor, path, what)
    return try resolved(path, what)
  }

  /// Checks a file that has to be there.
  /// - Returns: the file's path without symbolic links; `nil` when there is no such file.
  /// - Throws: ``DBError/Code-swift.struct/permissionDenied`` as above.
  static func existing(_ path: String, as what: String) throws(DBError) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0, errno == ENOENT { return nil }
    guard descriptor >= 0 else { throw unusable(what, path, errno) }
    defer { close(descriptor) }
    try check(descriptor, path, what)
    return try resolved(path, what)
  }

  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  /// The contents of a file that only its owner may read; `nil` when there is none.
  /// - Throws: ``DBError/Code-swift.struct/permissionDenied`` as above, ``DBError/Code-swift.struct/resourceLimit`` for more than a megabyte.
  static func contents(_ path: String, as what: String) throws(DBError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0, errno == ENOENT { return nil }
    guard descriptor >= 0 else { throw unusable(what, path, errno) }
    defer { close(descriptor) }
    try check(descriptor, path, what)
    var bytes: [UInt8] = []
    while true {
      var count = 0
      let piece = [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, filled in
        count = read(descriptor, buffer.baseAddress, buffer.count)
        filled = max(count, 0)
      }
      if count == 0 { return bytes }
      if count < 0, errno != EINTR { throw unusable(what, path, errno) }
      bytes += piece
      guard bytes.count <= 1 << 20 else {
        throw DBError(.resourceLimit, "\(what) \(path) holds more than a megabyte")
      }
    }
  }

  /// Replaces a file's contents, which nobody else changes meanwhile, so that a crash leaves the old or the new, never less: written beside it, synced, renamed.
  /// - Throws: ``DBError/Code-swift.struct/permissionDenied`` or ``DBError/Code-swift.struct/resourceLimit`` with the system's words.
  static func replace(_ path: String, with bytes: [UInt8], as what: String) throws(DBError) {
    try makeDirectory(directory(of: path), for: what)
    let real = try existing(path, as: what) ?? path
    // One name, so that what a killed process left goes with the next change. Whoever changes a file holds its lock.
    let temporary = real + ".new"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw unusable(what, temporary, errno) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
      }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      written += count
    }
    let isComplete = written == bytes.count && fsync(descriptor) == 0
    let isClosed = close(descriptor) == 0
    guard isComplete, isClosed, rename(temporary, real) == 0 else {
      let reason = errno
      unlink(temporary)
      throw unusable(what, real, reason)
    }
    synchronizeDirectory(directory(of: real))
  }

  /// Makes the directories of a path that are missing, with `0700`, and checks the last.
  private static func makeDirectory(_ path: String, for what: String) throws(DBError) {
    var status = stat()
    if stat(path, &status) != 0 {
      guard errno == ENOENT, path != "/", path != "." else { throw unusable(what, path, errno) }
      let parent = directory(of: path)
      if stat(parent, &status) != 0 { try makeDirectory(parent, for: what) }
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw unusable(what, path, errno) }
    }
  }

  private static func check(_ descriptor: Int32, _ path: String, _ what: String) throws(DBError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unusable(what, path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DBError(.permissionDenied, "\(what) \(path) is not a regular file")
    }
    guard status.st_uid == geteuid() || geteuid() == 0 else {
      throw DBError(.permissionDenied, "\(what) \(path) belongs to another user; use a file of your own")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw DBError(
        .permissionDenied,
        "\(what) \(path) is open to other users (mode \(octal(status.st_mode & 0o777))); run chmod 600 '\(path)' and "
          + "change the secrets that they may have read")
    }
    try checkDirectory(of: try resolved(path, what), what)
  }

  /// Who may write the directory may put another file in the place of this one, or beside it.
  private static func checkDirectory(of path: String, _ what: String) throws(DBError) {
    let directory = directory(of: path)
    var status = stat()
    guard stat(directory, &status) == 0 else { throw unusable(what, directory, errno) }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw DBError(
        .permissionDenied, "the directory \(directory) of \(what) belongs to another user; use one of your own")
    }
    guard status.st_mode & 0o022 == 0 else {
      throw DBError(
        .permissionDenied,
        "the directory \(directory) of \(what) can be written by other users (mode \(octal(status.st_mode & 0o7777))); "
          + "run chmod go-w '\(directory)', or use a directory of your own")
    }
  }

  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func resolved(_ path: String, _ what: String) throws(DBError) -> String {
    guard let real = realpath(path, nil) else { throw unusable(what, path, errno) }
    defer { free(real) }
    return String(cString: real)
  }

  private static func synchronizeDirectory(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func octal(_ mode: mode_t) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  private static func unusable(_ what: String, _ path: String, _ reason: Int32) -> DBError {
    let words = strerror(reason).map { String(cString: $0) } ?? "error \(reason)"
    return DBError(
      reason == ENOSPC || reason == EDQUOT ? .resourceLimit : .permissionDenied,
      "\(what) \(path) cannot be used: \(words)")
  }
}
