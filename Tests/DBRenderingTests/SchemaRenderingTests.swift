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

  private let keys: TableDescription = {
    let rows = Estimate(19_726, isExact: false, source: "3946 among 10000 keys seen by SCAN", interval: 19_299...20_157)
    let size = Estimate(2_209_962, isExact: false, source: "MEMORY USAGE", interval: 2_161_772...2_258_153)
    return TableDescription(
      table: TableInfo(
        reference: TableReference(schema: "0", name: "user:{int}"), kind: .keyGroup("hash"), rows: rows, size: size),
      origin: .inferred(sampled: 3_946, of: 19_726, method: "SCAN"),
      columns: [
        ColumnInfo(
          name: "ttl", position: 1, type: DBType(.interval, nativeName: "milliseconds"), isNullable: true,
          presence: 0.25, isSynthetic: true),
        ColumnInfo(
          name: "age", position: 2, type: DBType(.integer, nativeName: "integer"), isNullable: true, presence: 1 / 3,
          observedTypes: [
            ObservedType(DBType(.integer, nativeName: "integer"), count: 40),
            ObservedType(DBType(.text, nativeName: "text"), count: 10),
          ]),
      ],
      statistics: TableStatistics(
        coverage: Coverage(
          seen: 3_946, total: rows, isComplete: false, method: "SCAN", stoppedBy: .items,
          notes: ["HGETALL is not permitted to this user"]),
        memory: Measurement(
          unit: "bytes", count: 3_946, minimum: 96, median: 104, mean: 112.04, maximum: 1_200_000, total: size,
          source: "MEMORY USAGE"),
        elements: Measurement(
          unit: "fields", count: 3_946, minimum: 3, median: 3, mean: 3.5, maximum: 4, isMeasured: false, source: "HLEN"),
        expiry: Distribution([.init("none", 3_000), .init("< 1 min", 0), .init("< 1 h", 946)]),
        encodings: Distribution([.init("listpack", 3_945), .init("hashtable", 1)]),
        largest: [
          LargeRow(name: "user:1\\xff", bytes: 1_200_000, elements: 4), LargeRow(name: "user:\u{1B}[2J", bytes: 120),
        ],
        details: ["streams": 1, "consumerGroups": .array(DBArray([.document(["name": "w", "lag": 3])]))]))
  }()

  private let collection = TableDescription(
    table: TableInfo(reference: TableReference(schema: "shop", name: "orders"), kind: .other("collection")),
    origin: .inferred(sampled: 1_000, of: 20_000, method: "$sample"),
    columns: [
      ColumnInfo(
        name: "_id", position: 1, type: DBType(.native, nativeName: "objectId"), isNullable: false, presence: 1,
        presenceInterval: 1...1, observedTypes: [ObservedType(DBType(.native, nativeName: "objectId"), count: 1_000)]),
      ColumnInfo(
        name: "total", position: 2, type: DBType(.float, nativeName: "double"), isNullable: true, presence: 0.9,
        presenceInterval: 0.880_1...0.917_2,
        observedTypes: [
          ObservedType(DBType(.float, nativeName: "double"), count: 600, interval: 0.635...0.697),
          ObservedType(DBType(.unknown, nativeName: "null"), count: 300, interval: 0.303...0.365),
        ], examples: [.double(12.5), .null],
        declaration: ColumnDeclaration(types: ["double", "int"], isRequired: true, rules: ["minimum: 0"])),
      ColumnInfo(
        name: "items", position: 3, type: DBType(.array, nativeName: "array"), isNullable: true, presence: 1,
        presenceInterval: 0.996...1, observedTypes: [ObservedType(DBType(.array, nativeName: "array"), count: 1_000)],
        lengths: Measurement(
          unit: "elements", count: 1_000, minimum: 0, median: 2, mean: 2.54, maximum: 9, source: "the documents"),
        declaration: ColumnDeclaration(types: [])),
    ])

  @Test func sampledDocuments() {
    expectGolden(TableText(collection).text, "documents.txt")
    expectGolden(SchemaJSON(source).table(collection).text + "\n", "documents.json")
  }

  @Test func sampledTables() {
    expectGolden(TableText(keys).text, "keys.txt")
    expectGolden(SchemaJSON(source).table(keys).text + "\n", "keys.json")
    let coverage = Coverage(
      seen: 10_000, total: Estimate(49_991, isExact: true, source: "DBSIZE"), isComplete: false, method: "SCAN",
      stoppedBy: .duration)
    let tables = Listing([keys.table], completeness: .partial(reason: "some"), coverage: coverage)
    expectGolden(SchemaJSON(source).tables(tables).text + "\n", "key-groups.json")
    let schemas = Listing([SchemaInfo(name: "0", rows: Estimate(7, isExact: true, source: "INFO keyspace"))])
    expectGolden(SchemaJSON(source).schemas(schemas).text + "\n", "databases.json")
    #expect(ListingRows.tables([keys.table], includesEstimates: true).columns.map(\.name).contains("margin"))
    #expect(ListingRows.tables([orders.table], includesEstimates: true).columns.map(\.name).contains("margin") == false)
    #expect(ListingRows.schemas(schemas.items).columns.map(\.name) == ["schema", "owner", "rows", "comment"])
  }

  @Test func shares() {
    let shares: [Double] = [0, 0.000_001, 0.005, 0.123_4, 0.995, 0.999_5, 1]
    #expect(
      shares.map { Distribution([.init("a", Int($0 * 1e6)), .init("b", 1_000_000 - Int($0 * 1e6))]).share(of: "a") }
        == shares)
    let seen = Coverage(seen: 5, total: Estimate(1_000, isExact: true, source: "x"), isComplete: false, method: "m")
    #expect(seen.summary(of: "keys") == "5 of 1000 keys (0.5 %) by m")
    #expect(Coverage(seen: 5, isComplete: true, method: "m", stoppedBy: nil).summary(of: "keys") == "5 keys by m")
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
    let plan = QueryPlan(
      mode: .analyze, roots: [join], native: .json(DBJSON("[]")),
      notes: ["uses the index \u{1B}[31m", "warning: sorts in memory"])
    expectGolden(PlanText(plan).text, "plan.txt")
    expectGolden(SchemaJSON(source).plan(plan).text + "\n", "plan.json")
  }
}
