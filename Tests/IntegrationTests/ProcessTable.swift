import Foundation

/// What the system says of this process.
enum ProcessTable {
  /// How many descriptors of this process are sockets connected to a port.
  static func sockets(toPort port: UInt16) -> Int {
    let inodes = lines(toPort: port).map { "socket:[\($0[9])]" }
    let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    let open = Set(
      descriptors.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") })
    return inodes.filter { open.contains($0) }.count
  }

  /// Bytes that wait in the system's buffers to be sent to a port.
  static func unsentBytes(toPort port: UInt16) -> Int {
    lines(toPort: port).reduce(0) { $0 + (Int($1[4].prefix { $0 != ":" }, radix: 16) ?? 0) }
  }

  /// The fields of every connection to a port (proc(5)).
  private static func lines(toPort port: UInt16) -> [[Substring]] {
    let remote = ":" + String(port, radix: 16, uppercase: true).leftPadded(to: 4)
    return text(of: "/proc/self/net/tcp").split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
      .filter { $0.count > 9 && $0[2].hasSuffix(remote) }
  }

  /// Reads to the end, which Foundation does not do: such files have no length, and it takes the first page of them.
  private static func text(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// How many threads of this process have a name that begins so.
  static func threads(named prefix: String) -> Int {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    return tasks.filter { task in
      (try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8))?.hasPrefix(prefix) == true
    }.count
  }

  private static func entries(_ directory: String) -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: directory))?.count ?? 0
  }

  static var descriptors: Int { entries("/proc/self/fd") }
  static var threads: Int { entries("/proc/self/task") }

  /// The memory of this process that is not swapped out.
  static var residentBytes: Int {
    let fields = text(of: "/proc/self/statm").split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
  }
}

extension String {
  fileprivate func leftPadded(to width: Int) -> String {
    String(repeating: "0", count: max(0, width - count)) + self
  }
}
