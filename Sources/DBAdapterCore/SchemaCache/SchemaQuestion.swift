/// What an inspection asks.
enum SchemaQuestion: Hashable, Sendable {
  case schemas(ListOptions)
  case tables(schema: String?, ListOptions)
  case table(TableReference, DescribeOptions)
  case allTables(schema: String?, ListOptions)

  /// The question without what its answer does not depend on.
  var timeless: SchemaQuestion {
    switch self {
    case .schemas(let options): .schemas(options.timeless)
    case .tables(let schema, let options): .tables(schema: schema, options.timeless)
    case .table(let table, let options): .table(table, options.timeless)
    case .allTables(let schema, let options): .allTables(schema: schema, options.timeless)
    }
  }

  /// Whether a change of a schema, or in it, may change the answer. In doubt it may.
  func concerns(schema: String) -> Bool {
    switch self {
    case .schemas: true
    case .tables(let asked, _), .allTables(let asked, _): Self.mayBeSame(asked, schema)
    case .table(let table, _): Self.mayBeSame(table.schema, schema)
    }
  }

  /// Whether a change of a table may change the answer. In doubt it may.
  func concerns(_ table: TableReference) -> Bool {
    switch self {
    case .schemas: false
    case .tables(let asked, _), .allTables(let asked, _): Self.mayBeSame(asked, table.schema)
    case .table(let asked, _):
      Self.mayBeSame(asked.schema, table.schema) && Self.mayBeSame(asked.name, table.name)
    }
  }

  /// A name that is not given may be any; engines differ in whether letter case counts.
  private static func mayBeSame(_ left: String?, _ right: String?) -> Bool {
    guard let left, let right else { return true }
    return left == right || left.lowercased() == right.lowercased()
  }
}

extension ListOptions {
  fileprivate var timeless: ListOptions {
    var options = self
    options.timeout = nil
    return options
  }
}

extension DescribeOptions {
  fileprivate var timeless: DescribeOptions {
    var options = self
    options.timeout = nil
    return options
  }
}
