internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The files of one log by their names: `audit.jsonl.1` is the oldest, `audit.jsonl` is written to, `audit.jsonl.head` says where it ends.
struct AuditFileSet: Sendable {
  let path: String

  var head: String { path + ".head" }

  /// The numbers of the files that are full, in their order.
  func fullFiles() throws(DBError) -> [Int] {
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    guard let entries = opendir(directory) else {
      throw DBError(.auditFailed, "cannot list \(directory): \(String(cString: strerror(errno)))")
    }
    defer { closedir(entries) }
    var numbers: [Int] = []
    while let entry = readdir(entries) {
      let found = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard found.hasPrefix(name + "."), let number = Int(found.dropFirst(name.count + 1)), number > 0,
        number < 1 << 31,
        found == "\(name).\(number)"
      else { continue }
      numbers.append(number)
    }
    return numbers.sorted()
  }

  func full(_ number: Int) -> String { "\(path).\(number)" }

  /// Gives the file that is written to the next number.
  func rotate() throws(DBError) {
    let next = full((try fullFiles().last ?? 0) + 1)
    guard rename(path, next) == 0 else {
      throw DBError(.auditFailed, "cannot rename \(path) to \(next): \(String(cString: strerror(errno)))")
    }
  }
}
