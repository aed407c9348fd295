internal import DBAdapterCore

/// The logical databases that have keys, from `INFO keyspace`: `db0:keys=3,expires=1,avg_ttl=2000`.
struct LogicalDatabases {
  private struct Counts {
    var keys: Int64 = 0
    var expiring: Int64 = 0
  }

  private var databases: [Int: Counts] = [:]

  /// - Parameter current: a database that is listed even when it is empty.
  init(including current: Int) { databases[current] = Counts() }

  /// Adds what one node says.
  mutating func add(_ info: String) {
    for entry in ServerReport.entries(inINFO: info) where entry.name.hasPrefix("db") {
      guard let number = Int(entry.name.dropFirst(2)), case .document(let fields) = entry.value else { continue }
      func count(_ name: String) -> Int64 { if case .int(let count)? = fields[name] { count } else { 0 } }
      var counts = databases[number, default: Counts()]
      counts.keys += count("keys")
      counts.expiring += count("expires")
      databases[number] = counts
    }
  }

  /// By number.
  var schemas: [SchemaInfo] {
    databases.sorted { $0.key < $1.key }.map { number, counts in
      SchemaInfo(
        name: "\(number)", comment: counts.expiring > 0 ? "\(counts.expiring) of the keys expire" : nil,
        rows: Estimate(counts.keys, isExact: true, source: "INFO keyspace"))
    }
  }
}
