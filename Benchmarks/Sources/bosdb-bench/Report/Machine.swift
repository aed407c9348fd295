internal import Glibc

/// The machine and the versions, in words.
struct Machine: Sendable {
  let processor: String
  let memory: String
  let system: String
  let swift: String
  /// `nil` when no benchmark used a server.
  let server: String?
  let libpq: String
  let sqlite: String
  let hiredis: String
  let libmongoc: String

  init(_ context: BenchmarkContext) throws {
    let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let model = Self.field("/proc/cpuinfo", "model name", ":") ?? "an unnamed processor"
    let isVirtual = FileText.read("/proc/cpuinfo")?.contains(" hypervisor") == true
    processor = "\(cores) \(isVirtual ? "virtual " : "")CPUs, \(model)"
    let pages = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
    memory = (pages / 1_073_741_824).text(decimals: 0) + " GiB of memory"
    var name = utsname()
    uname(&name)
    let kernel = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let distribution = Self.field("/etc/os-release", "PRETTY_NAME", "=")?.filter { $0 != "\"" } ?? "Linux"
    system = "\(distribution), kernel \(kernel)"
    swift = Self.swiftVersion(context.directory) ?? "unknown"
    server = try context.postgres.map { try PostgresLimit($0.url).serverVersion }
    libpq = PostgresLimit.libraryVersion
    sqlite = SQLiteLimit.libraryVersion
    libmongoc =
      "libmongoc \(MongoLimit.libraryVersion)"
      + (context.mongo == nil ? "" : ", MongoDB on the same machine over TCP, a replica set of one member")
    hiredis =
      "hiredis \(RedisLimit.libraryVersion)"
      + (context.redis == nil ? "" : ", Redis on the same machine over TCP, nothing written to disk")
  }

  var lines: [String] {
    [
      "\(processor), \(memory)", system, "Swift \(swift), release build",
      "libpq \(libpq)" + (server.map { ", PostgreSQL \($0) on the same machine over a unix socket, fsync off" } ?? ""),
      hiredis, libmongoc, "SQLite \(sqlite)",
    ]
  }

  /// The busy processes of the last minute, as getloadavg(3) counts them.
  static var load: String {
    var loads = [Double](repeating: 0, count: 1)
    return getloadavg(&loads, 1) == 1 ? loads[0].text(decimals: 2) : "unknown"
  }

  static var date: String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 64)
    strftime(&text, text.count, "%Y-%m-%d %H:%M UTC", &parts)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func field(_ path: String, _ name: String, _ separator: Character) -> String? {
    guard let line = FileText.read(path)?.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
      return nil
    }
    guard let position = line.firstIndex(of: separator) else { return nil }
    return String(line[line.index(after: position)...].drop { $0 == " " })
  }

  private static func swiftVersion(_ directory: String) -> String? {
    let output = directory + "/swift-version"
    guard let swift = Program("swift"), (try? swift.run(["--version"], output: output)) != nil else { return nil }
    let words = FileText.read(output)?.split(whereSeparator: \.isWhitespace) ?? []
    return words.firstIndex(of: "version").flatMap { $0 + 1 < words.count ? String(words[$0 + 1]) : nil }
  }
}
