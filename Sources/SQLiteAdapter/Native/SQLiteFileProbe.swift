#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What the file system says about a path, to explain why SQLite could not open it.
struct SQLiteFileProbe: Equatable {
  enum Kind: Equatable { case missing, unreachable, directory, pipe, file }

  var kind: Kind
  var isReadable = false
  var isWritable = false
  var isParentDirectory = false
  var isParentWritable = false

  init(path: String) {
    var status = stat()
    let parent = Self.parent(of: path)
    if stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFDIR: kind = .directory
      case S_IFIFO, S_IFSOCK: kind = .pipe
      default: kind = .file
      }
    } else {
      kind = errno == EACCES ? .unreachable : .missing
    }
    isReadable = access(path, R_OK) == 0
    isWritable = access(path, W_OK) == 0
    var parentStatus = stat()
    isParentDirectory = stat(parent, &parentStatus) == 0 && parentStatus.st_mode & S_IFMT == S_IFDIR
    isParentWritable = access(parent, W_OK) == 0
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
