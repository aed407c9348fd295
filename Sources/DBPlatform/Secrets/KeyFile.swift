internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A file with master keys, one a line as base64. It changes as a whole or not at all.
struct KeyFile: Sendable {
  let path: String
  private static let what = "the key file"

  init(_ path: String) { self.path = path }

  /// The keys in the file; `nil` when there is no file.
  func read() throws(DBError) -> KeyRing? {
    guard let bytes = try PrivateFile.contents(path, as: Self.what) else { return nil }
    return try KeyRing(text: Secret(String(decoding: bytes, as: UTF8.self)))
  }

  /// Puts keys in the file's place.
  func write(_ ring: KeyRing) throws(DBError) {
    var text = "# Master keys of bosdb. Without them the stored connections cannot be read.\n"
    for key in ring.keys { key.text.withExposed { text += $0 + "\n" } }
    try PrivateFile.replace(path, with: Array(text.utf8), as: Self.what)
  }

  /// Runs `body` while no other process changes the file.
  ///
  /// The lock is on the directory, so that nothing is left behind, and ends with the process.
  /// - Throws: ``DBError/Code-swift.struct/lockNotAvailable`` when another process has it.
  func locked<R>(_ body: () async throws(DBError) -> R) async throws(DBError) -> R {
    let directory = open(PrivateFile.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else {
      throw DBError(.invalidParameter, "the directory of \(Self.what) \(path) does not exist")
    }
    defer { close(directory) }
    guard flock(directory, LOCK_EX | LOCK_NB) == 0 else {
      throw DBError(.lockNotAvailable, "another process changes \(Self.what) \(path); try again when it has ended")
    }
    return try await body()
  }
}
