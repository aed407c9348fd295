internal import DBAdapterCore
internal import DBSQLSupport

/// Which relations an inspection is about.
enum RelationSelection {
  case listed(schema: String?, ListOptions)
  /// With a schema exactly that one, without one the first of the search path.
  case named(TableReference)
}

/// Relations with the keys that the other catalogues are joined by.
struct RelationSet {
  /// What other catalogues know a column by.
  struct Attribute {
    var number: Int16
    var collation: Int64
  }

  private(set) var descriptions: [TableDescription] = []
  private(set) var identifiers: [Int64] = []
  /// For each relation those of its columns, in their order.
  private var attributes: [[Attribute]] = []
  private var positions: [Int64: Int] = [:]

  mutating func append(_ identifier: Int64, _ description: TableDescription) {
    positions[identifier] = descriptions.count
    identifiers.append(identifier)
    descriptions.append(description)
    attributes.append([])
  }

  mutating func append(_ column: ColumnInfo, _ attribute: Attribute, to identifier: Int64) {
    guard let position = positions[identifier] else { return }
    var column = column
    column.position = descriptions[position].columns.count + 1
    descriptions[position].columns.append(column)
    attributes[position].append(attribute)
  }

  mutating func update(_ identifier: Int64, _ body: (inout TableDescription) -> Void) {
    if let position = positions[identifier] { body(&descriptions[position]) }
  }

  /// The column with a number; the catalogue counts dropped columns too.
  func column(_ number: Int16, of identifier: Int64) -> (name: String, collation: Int64)? {
    guard let position = positions[identifier],
      let index = attributes[position].firstIndex(where: { $0.number == number })
    else { return nil }
    return (descriptions[position].columns[index].name, attributes[position][index].collation)
  }

  /// The keys as one parameter: `string_to_array($1, ',')` tells the planner how many there are.
  var parameter: DBValue { .text(identifiers.lazy.map { String($0) }.joined(separator: ",")) }
}

/// What a statement about relations reads of one subject: common table expressions, joins, columns.
struct CatalogPart {
  var expressions = ""
  var columns: [String]
  var joins = ""
}

extension PostgresCatalog {
  /// What `FROM` begins with in every statement about the parts of relations: their keys, read once.
  static let selected = "unnest(string_to_array($1, ',')::pg_catalog.oid[]) AS selected(relation)"

  /// The relations of a selection, by schema and name.
  /// - Parameter isDetailed: whether definitions, partitions and options are read, which a listing does not show.
  func relations(
    _ selection: RelationSelection, isDetailed: Bool, estimates: Bool
  ) async throws(DBError) -> RelationSet {
    let (found, parameters) = found(selection)
    let parts = [Self.identity, estimates ? estimatePart : Self.noEstimates] + (isDetailed ? [detailPart] : [])
    let rows = try await rows(
      """
      WITH RECURSIVE found AS MATERIALIZED (
      \(found)
      )\(parts.map(\.expressions).joined())
      SELECT \(parts.flatMap(\.columns).joined(separator: ",\n  "))
      FROM found f
      JOIN pg_catalog.pg_class c ON c.oid = f.oid
      \(parts.map(\.joins).joined(separator: "\n"))
      ORDER BY f.nspname, f.relname
      """, parameters)
    var relations = RelationSet()
    for row in rows {
      var description = TableDescription(table: try table(row), columns: [])
      if isDetailed { try readDetails(row, into: &description) }
      relations.append(try row.decode(at: 0), description)
    }
    return relations
  }

  /// The statement that finds the relations, with its parameters: all filters are in here, and nothing is looked up for
  /// a relation that does not pass them.
  private func found(_ selection: RelationSelection) -> (String, [DBValue]) {
    let start = """
      SELECT c.oid, c.relkind, c.relname, n.nspname
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND \(Self.isReachable)
        AND
      """
    let isNamedSchema = "(n.nspname = $1::pg_catalog.text OR $1 = 'pg_temp' AND n.oid = pg_my_temp_schema())"
    switch selection {
    case .named(let table):
      guard let schema = table.schema else {
        let end = """
          c.relname = $2::pg_catalog.text AND n.nspname = ANY ($1::pg_catalog.text::pg_catalog.name[])
          ORDER BY array_position($1::pg_catalog.text::pg_catalog.name[], n.nspname)
          LIMIT 1
          """
        return ("\(start) \(end)", [.text(visibleSchemas), .text(table.name)])
      }
      return ("\(start) c.relname = $2::pg_catalog.text AND \(isNamedSchema)", [.text(schema), .text(table.name)])
    case .listed(let schema, let options):
      let end = """
        \(schema == nil ? "($1::pg_catalog.bool OR NOT \(Self.isSystem))" : isNamedSchema)
        AND ($2::pg_catalog.text IS NULL OR c.relname LIKE $2)
        ORDER BY n.nspname, c.relname
        LIMIT $3::pg_catalog.int8
        """
      let scope = schema.map { DBValue.text($0) } ?? .bool(options.includesSystem)
      return ("\(start) \(end)", [scope, options.namePattern, options.rowsToRead])
    }
  }

  // MARK: What a listing shows

  private static let identity = CatalogPart(
    columns: [
      "f.oid::pg_catalog.int8", "f.nspname", "f.relname", "c.relkind::pg_catalog.text",
      "c.relpersistence = 't'", "pg_get_userbyid(c.relowner)", "d.description",
    ],
    joins: """
      LEFT JOIN pg_catalog.pg_description d
        ON d.objoid = f.oid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0
      """)

  private func table(_ row: Row) throws(DBError) -> TableInfo {
    let (_, schema, name, kind, isTemporary, owner, comment) =
      try row.decode((Int64, String, String, String, Bool, String, String?).self)
    let estimates = try estimates(row, from: Self.identity.columns.count)
    return TableInfo(
      reference: TableReference(schema: schema, name: name),
      kind: TableKind(relationKind: kind, isTemporary: isTemporary), rows: estimates.rows, size: estimates.size,
      comment: comment, owner: owner)
  }

  /// Where the columns of a detailed statement begin that a listing does not have.
  static let detailColumn = identity.columns.count + noEstimates.columns.count
}

extension TableKind {
  /// `pg_class.relkind`.
  fileprivate init(relationKind: String, isTemporary: Bool) {
    self =
      switch relationKind {
      case "r": isTemporary ? .temporaryTable : .table
      case "v": .view
      case "m": .materializedView
      case "f": .foreignTable
      case "p": .partitionedTable
      default: .other(relationKind)
      }
  }
}
