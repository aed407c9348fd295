public import DBAdapterCore

/// Listings as rows, so that every row format can show them.
public enum ListingRows {
  /// One row a schema; with its `rows` where the engine counts them.
  public static func schemas(_ items: [SchemaInfo]) -> RowBatch {
    let hasRows = items.contains { $0.rows != nil }
    var columns: [(String, DBType.Kind)] = [("schema", .text), ("owner", .text)]
    if hasRows { columns.append(("rows", .integer)) }
    return rows(columns + [("comment", .text)], items) { builder, schema in
      builder.append(schema.name)
      builder.append(schema.owner)
      if hasRows { builder.append(schema.rows?.value) }
      builder.append(schema.comment)
    }
  }

  /// One row a table. `rows` and `bytes` are estimates unless `exact` says otherwise; `margin` is there where rows were
  /// estimated from a sample: how far from the truth `rows` is at most, in 95 of 100 samples.
  /// - Parameter includesEstimates: whether the columns `rows`, `bytes` and `exact` are there.
  public static func tables(_ items: [TableInfo], includesEstimates: Bool) -> RowBatch {
    var columns: [(String, DBType.Kind)] = [("schema", .text), ("name", .text), ("kind", .text)]
    let hasMargins = includesEstimates && items.contains { $0.rows?.interval != nil }
    if includesEstimates { columns.append(("rows", .integer)) }
    if hasMargins { columns.append(("margin", .integer)) }
    if includesEstimates { columns += [("bytes", .integer), ("exact", .boolean)] }
    columns.append(("comment", .text))
    return rows(columns, items) { builder, table in
      builder.append(table.reference.schema)
      builder.append(table.reference.name)
      builder.append(table.kind.description)
      if includesEstimates {
        builder.append(table.rows?.value)
        if hasMargins { builder.append(table.rows?.margin) }
        builder.append(table.size?.value)
        builder.append(table.rows.map { $0.isExact ? "true" : "false" })
      }
      builder.append(table.comment)
    }
  }

  /// One row a column of a table.
  public static func columns(_ description: TableDescription) -> RowBatch {
    let columns: [(String, DBType.Kind)] = [
      ("position", .integer), ("name", .text), ("type", .text), ("nullable", .text), ("default", .text),
      ("generated", .text), ("comment", .text),
    ]
    return rows(columns, description.columns) { builder, column in
      builder.append(Int64(column.position))
      builder.append(column.name)
      builder.append(column.type.nativeName)
      builder.append(column.isNullable ? "yes" : "no")
      builder.append(column.defaultText)
      builder.append(column.generation?.phrase)
      builder.append(column.comment)
    }
  }

  /// One row a group of an analysis: how many there are, what they take (`bytes` in all, `median` each), which part of them never expires, how
  /// most of them are stored, and the largest. Numbers about the whole are estimates unless `exact` says otherwise.
  public static func groups(_ items: [TableDescription]) -> RowBatch {
    let columns: [(String, DBType.Kind)] = [
      ("group", .text), ("type", .text), ("rows", .integer), ("margin", .integer), ("bytes", .integer),
      ("median", .integer), ("no_expiry", .text), ("encoding", .text), ("largest", .text), ("exact", .boolean),
    ]
    return rows(columns, items) { builder, group in
      let statistics = group.statistics
      builder.append(group.table.reference.name)
      if case .keyGroup(let type) = group.table.kind {
        builder.append(type)
      } else {
        builder.append(group.table.kind.description)
      }
      builder.append(group.table.rows?.value)
      builder.append(group.table.rows?.margin)
      builder.append(statistics?.memory?.total?.value ?? group.table.size?.value)
      builder.append(statistics?.memory?.median)
      builder.append(statistics?.expiry?.share(of: Distribution.Bucket.withoutExpiry).map { Coverage.percent($0) })
      builder.append(statistics?.encodings?.buckets.first?.name)
      builder.append(statistics?.largest.first?.name)
      builder.append(group.table.rows.map { $0.isExact ? "true" : "false" })
    }
  }

  /// Rows of text.
  package static func texts(_ names: [String], _ lines: [[String?]]) -> RowBatch {
    rows(names.map { ($0, .text) }, lines) { builder, line in
      for cell in line { builder.append(cell) }
    }
  }

  private static func rows<Item>(
    _ columns: [(String, DBType.Kind)], _ items: [Item], _ body: (inout RowBatchBuilder, Item) -> Void
  ) -> RowBatch {
    let set = ColumnSet(
      columns.map { Column(name: $0.0, type: DBType($0.1, nativeName: $0.1.rawValue)) },
      formats: columns.map { _ in .text })
    var builder = RowBatchBuilder(columns: set)
    for item in items { body(&builder, item) }
    return builder.finish()
  }
}

extension RowBatchBuilder {
  fileprivate mutating func append(_ text: String?) {
    guard var text else { return appendNull() }
    text.withUTF8 { append(text: UnsafeRawBufferPointer($0)) }
  }

  fileprivate mutating func append(_ number: Int64?) {
    if let number { append(int: number) } else { appendNull() }
  }
}

extension ColumnGeneration {
  /// `identity`, `(a + b) stored`.
  var phrase: String {
    switch self {
    case .identity(let always): always ? "identity" : "identity by default"
    case .computed(let expression, let isStored): "= \(expression)" + (isStored ? " stored" : "")
    }
  }
}
