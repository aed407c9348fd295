import DBAdapterCore
import DBRendering
import Testing

@Suite struct SchemaRenderingTests {
  private let source = SchemaJSON.Source(engine: .postgres, connection: "localhost/shop")

  private let orders = TableDescription(
    table: TableInfo(
      reference: TableReference(schema: "public", name: "orders"), kind: .partitionedTable,
      rows: Estimate(1_200, isExact: false, source: "pg_class.reltuples"),
      size: Estimate(65_536, isExact: true, source: "pg_table_size"), comment: "What guests\nordered", owner: "app"),
    columns: [
      ColumnInfo(
        name: "id", position: 1, type: DBType(.integer, nativeName: "bigint"), isNullable: false,
        generation: .identity(always: true)),
      ColumnInfo(
        name: "total", position: 2, type: DBType(.decimal, nativeName: "numeric(10,2)"), isNullable: false,
        defaultText: "0"),
      ColumnInfo(
        name: "gross", position: 3, type: DBType(.decimal, nativeName: "numeric"), isNullable: true,
        generation: .computed(expression: "total * 1.19", isStored: true), comment: "with tax"),
      ColumnInfo(
        name: "note", position: 4, type: DBType(.text, nativeName: "text"), isNullable: true, collation: "de_DE"),
    ],
    constraints: [
      ConstraintInfo(name: "orders_pkey", kind: .primaryKey, columns: ["id"]),
      ConstraintInfo(name: "orders_note_key", kind: .unique(nullsNotDistinct: true), columns: ["note"]),
      ConstraintInfo(
        name: "orders_product",
        kind: .foreignKey(
          ForeignKeyReference(
            table: TableReference(schema: "public", name: "products"), columns: ["tenant", "id"], onDelete: .cascade,
            match: "FULL")), columns: ["tenant", "product"], isDeferrable: true, isInitiallyDeferred: true,
        isValidated: false),
      ConstraintInfo(name: nil, kind: .check(expression: "total >= 0"), columns: ["total"]),
    ],
    indexes: [
      IndexInfo(
        name: "orders_pkey", method: "btree", keys: [IndexInfo.Key(column: "id")], isUnique: true, isPrimary: true),
      IndexInfo(
        name: "orders_open", method: "btree",
        keys: [
          IndexInfo.Key(
            expression: "lower(note)", isDescending: true, nullsFirst: false, operatorClass: "text_pattern_ops")
        ], includedColumns: ["total"], predicate: "total > 0", isValid: false,
        size: Estimate(8_192, isExact: true, source: "pg_relation_size")),
    ],
    partition: PartitionInfo(strategy: "range", key: "RANGE (id)"), options: ["UNLOGGED"])

  @Test func tableAsText() { expectGolden(TableText(orders).text, "orders.txt") }

  @Test func tableAsJSON() { expectGolden(SchemaJSON(source).table(orders).text + "\n", "orders.json") }

  @Test func listings() {
    let schemas = Listing([SchemaInfo(name: "public", owner: "app"), SchemaInfo(name: "pg_catalog", isSystem: true)])
    expectGolden(SchemaJSON(source).schemas(schemas).text + "\n", "schemas.json")
    let tables = Listing([orders.table], completeness: .partial(reason: "no permission on schema secret"))
    expectGolden(SchemaJSON(source).tables(tables).text + "\n", "tables.json")
    expectGolden(SchemaJSON(source).schema(schemas, Listing([orders])).text + "\n", "schema.json")
  }

  @Test func everyDocumentStartsWithVersionAndKind() throws {
    let documents = [
      SchemaJSON(source).schemas(Listing([])), SchemaJSON(source).tables(Listing([])), SchemaJSON(source).table(orders),
      SchemaJSON(source).schema(Listing([]), Listing([])),
      SchemaJSON(source).plan(QueryPlan(mode: .plan, roots: [], native: .null)), DBJSON(DriversDocument([]).text),
      DBJSON(PingDocument(DBError(.timeout, "x"), engine: .sqlite).text),
    ]
    for document in documents {
      #expect(document.text.hasPrefix("{\n \"schemaVersion\": 1,\n \"kind\": \""))
      _ = try document.parsed()
    }
  }

  @Test func plansAreTrees() {
    let scan = PlanNode(
      operation: "Seq Scan", target: "orders", details: ["Filter": .text("(a > 1)")] as DBDocument, estimatedCost: 12.5,
      estimatedRows: 10, actualRows: 9, actualMilliseconds: 0.25)
    let join = PlanNode(
      operation: "Hash Join", details: ["Cond": .text("(a = b)\u{1B}")] as DBDocument,
      children: [scan, PlanNode(operation: "Hash", children: [PlanNode(operation: "Index Scan", target: "t_pkey")])])
    let plan = QueryPlan(mode: .analyze, roots: [join], native: .json(DBJSON("[]")))
    expectGolden(PlanText(plan).text, "plan.txt")
    expectGolden(SchemaJSON(source).plan(plan).text + "\n", "plan.json")
  }
}
