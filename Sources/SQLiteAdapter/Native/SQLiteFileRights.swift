#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Who may do what with a database file.
struct SQLiteFileRights: Equatable {
  var isWritable = false
  var isWorldWritable = false

  init(path: String) {
    isWritable = access(path, W_OK) == 0
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    isWorldWritable = status.st_mode & S_IWOTH != 0
  }
}
