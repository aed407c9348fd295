internal import DBAdapterCore

/// One suite of cases that every adapter has to pass, with what it declares of its engine in ``AdapterQuirks``.
///
/// The cases speak to the adapter as users do, through `ConnectionManager` and `DatabaseSession`, against a real database:
/// ```swift
/// @Test(arguments: AdapterConformanceSuite.caseNames)
/// func conforms(_ name: String) async throws {
///   try await AdapterConformanceSuite.run(name, with: quirks)
/// }
/// ```
public enum AdapterConformanceSuite {
  typealias Body = @Sendable (ConformanceContext) async throws -> Void

  private static let all: [(String, Body)] =
    connecting + values + results + parameters + errors + limits + streaming + transactions + pipelines + readOnly
    + capabilities

  /// What must hold, a sentence a case, in a fixed order.
  public static var caseNames: [String] { all.map(\.0) }

  /// Runs one case.
  /// - Throws: ``ConformanceFailure`` with everything that was found.
  public static func run(_ name: String, with quirks: AdapterQuirks) async throws {
    for entry in all where entry.0 == name {
      return try await ConformanceCase(name: name, quirks: quirks, body: entry.1).run()
    }
    throw ConformanceFailure(name: name, findings: ["there is no such case"])
  }

  /// What works, found out by trying it.
  public static func capabilityTable(for adapters: [AdapterQuirks]) async -> CapabilityTable {
    var table = CapabilityTable()
    for quirks in adapters {
      var row: [String: Bool] = [:]
      for (capability, probe) in probes {
        for name in capability.names { row[name] = await works(probe, ConformanceContext(quirks)) }
      }
      table.add(quirks.name, row)
    }
    return table
  }
}

/// Which adapter can do what, for the documentation.
public struct CapabilityTable: Sendable, CustomStringConvertible {
  private var columns: [(adapter: String, works: [String: Bool])] = []

  mutating func add(_ adapter: String, _ works: [String: Bool]) { columns.append((adapter, works)) }

  /// Whether an adapter can do something; `nil` when it was not tried.
  public func works(_ capability: String, _ adapter: String) -> Bool? {
    columns.first { $0.adapter == adapter }?.works[capability]
  }

  /// A Markdown table: a row a capability, a column an adapter.
  public var description: String {
    let names = columns.map(\.adapter)
    var lines = [
      "| capability | " + names.joined(separator: " | ") + " |", "|---|" + names.map { _ in "---|" }.joined(),
    ]
    for capability in AdapterCapabilities.allNames {
      let cells = columns.map { column in column.works[capability].map { $0 ? "yes" : "no" } ?? "not tried" }
      lines.append("| \(capability) | " + cells.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n")
  }
}
