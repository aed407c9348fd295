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
  var isWorldReadable = false
  var isWorldWritable = false
  /// Whether the process runs as root.
  var isSuperuser = false

  init(path: String) {
    isWritable = access(path, W_OK) == 0
    isSuperuser = geteuid() == 0
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    isWorldReadable = status.st_mode & S_IROTH != 0
    isWorldWritable = status.st_mode & S_IWOTH != 0
  }
}
