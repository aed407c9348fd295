internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Where the command was started.
enum WorkingDirectory {
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when it is gone.
  static func path() throws(DBError) -> String {
    guard let path = getcwd(nil, 0) else {
      throw DBError(.invalidParameter, Messages.cannotRead(".", SystemError.text(errno)))
    }
    defer { free(path) }
    return String(cString: path)
  }
}
