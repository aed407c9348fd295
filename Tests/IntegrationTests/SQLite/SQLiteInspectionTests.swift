import DBAdapterCore
import SQLiteAdapter
import Testing

extension SQLiteTests {
  @Suite("inspection")
  struct Inspection {
    let fixture: SQLiteFixture

    init() throws { fixture = try SQLiteFixture() }

    private static let shop = [
      """
      CREATE TABLE tenant (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT COLLATE NOCASE NOT NULL,
        CONSTRAINT tenant_code UNIQUE (code)) STRICT
      """,
      "CREATE TABLE product (tenant INT NOT NULL, sku TEXT, price DECIMAL(10, 2) DEFAULT (1 + 1) CHECK (price >= 0), "
        + "gross REAL AS (price * 1.19) STORED, label TEXT GENERATED ALWAYS AS (sku /* ) */ || ')') VIRTUAL, "
        + "CONSTRAINT product_pk PRIMARY KEY (tenant, sku), CONSTRAINT \"sku, \"\"ok\"\"\" CHECK (sku <> '(;' AND length(sku) > 1) "
        + "FOREIGN KEY (tenant) REFERENCES tenant) WITHOUT ROWID",
      """
      CREATE TABLE line (n INTEGER, t INT, s TEXT,
        CONSTRAINT line_product FOREIGN KEY (s, t) REFERENCES product (sku, tenant)
          ON DELETE CASCADE ON UPDATE SET NULL MATCH FULL DEFERRABLE INITIALLY DEFERRED,
        UNIQUE (n, s))
      """,
      "CREATE INDEX line_expression ON line (t DESC, lower(s || ',') COLLATE NOCASE, n) WHERE n > 5 AND s <> 'WHERE'",
      "CREATE VIEW v AS SELECT t AS tenant, count(*) FROM line GROUP BY t",
      "CREATE VIRTUAL TABLE notes USING fts5(title, body)",
      "CREATE TEMP TABLE scratch (x)",
    ]

    private func withShop<R>(_ body: (SQLiteAdapter) async throws -> R) async throws -> R {
      try await fixture.withAdapter { adapter in
        for text in Self.shop { try await adapter.run(text) }
        return try await body(adapter)
      }
    }

    @Test("databases and tables, the engine's own left out")
    func lists() async throws {
      try await withShop { adapter async throws in
        #expect(try await adapter.listSchemas(ListOptions()).items.map(\.name) == ["main", "temp"])
        let tables = try await adapter.listTables(in: nil, ListOptions()).items
        #expect(
          tables.map { "\($0.reference) \($0.kind)" } == [
            "main.line table", "main.notes virtual table", "main.product table", "main.tenant table", "main.v view",
            "temp.scratch temporary table",
          ])
        let globbed = try await adapter.listTables(in: "main", ListOptions(nameGlob: "*T*")).items
        #expect(globbed.map(\.reference.name) == ["notes", "product", "tenant"])
        let all = try await adapter.listTables(in: "main", ListOptions(includesSystem: true)).items
        #expect(
          all.contains { $0.kind == .other("shadow table") } && all.contains { $0.reference.name == "sqlite_schema" })
        let cut = try await adapter.listTables(in: nil, ListOptions(limit: 2))
        #expect(cut.items.count == 2 && cut.completeness != .complete)
        let unknown = try await sqliteError { try await adapter.listTables(in: "nowhere", ListOptions()) }
        #expect(unknown.code == .objectNotFound)
      }
    }

    @Test("columns with type, default, identity and generation")
    func columns() async throws {
      try await withShop { adapter in
        let tenant = try await adapter.describeTable(TableReference("tenant"), DescribeOptions())
        #expect(
          tenant.columns == [
            ColumnInfo(
              name: "id", position: 1, type: DBType(.integer, nativeName: "INTEGER"), isNullable: false,
              generation: .identity(always: false)),
            ColumnInfo(
              name: "code", position: 2, type: DBType(.text, nativeName: "TEXT"), isNullable: false, collation: "NOCASE"
            ),
          ])
        #expect(tenant.options == ["STRICT", "AUTOINCREMENT"])
        let product = try await adapter.describeTable(TableReference("main.product"), DescribeOptions())
        #expect(product.options == ["WITHOUT ROWID"])
        #expect(product.columns.map(\.name) == ["tenant", "sku", "price", "gross", "label"])
        #expect(product.columns.map(\.isNullable) == [false, false, true, true, true])
        #expect(product.columns[2].type == DBType(.decimal, nativeName: "DECIMAL(10, 2)"))
        #expect(product.columns[2].defaultText == "1 + 1")
        #expect(product.columns[3].generation == .computed(expression: "price * 1.19", isStored: true))
        #expect(product.columns[4].generation == .computed(expression: "sku /* ) */ || ')'", isStored: false))
      }
    }

    @Test("keys and checks, paired and named")
    func constraints() async throws {
      try await withShop { adapter in
        let tenant = try await adapter.describeTable(TableReference("tenant"), DescribeOptions())
        #expect(tenant.constraints.map(\.kind) == [.primaryKey, .unique(nullsNotDistinct: false)])
        #expect(tenant.constraints.map(\.name) == [nil, "tenant_code"])
        let product = try await adapter.describeTable(TableReference("product"), DescribeOptions())
        let key = try #require(product.constraints.first)
        #expect(key.name == "product_pk" && key.columns == ["tenant", "sku"])
        let parent = try #require(product.constraints.first { if case .foreignKey = $0.kind { true } else { false } })
        #expect(
          parent.kind
            == .foreignKey(ForeignKeyReference(table: TableReference(schema: "main", name: "tenant"), columns: ["id"])))
        let checks = product.constraints.filter { if case .check = $0.kind { true } else { false } }
        #expect(
          checks.map(\.kind) == [
            .check(expression: "price >= 0"), .check(expression: "sku <> '(;' AND length(sku) > 1"),
          ])
        #expect(checks.map(\.name) == [nil, "sku, \"ok\""])
        #expect(checks[0].columns == ["price"])
        let line = try await adapter.describeTable(TableReference("line"), DescribeOptions())
        let foreign = try #require(line.constraints.first { $0.name == "line_product" })
        #expect(foreign.columns == ["s", "t"] && foreign.isDeferrable && foreign.isInitiallyDeferred)
        #expect(
          foreign.kind
            == .foreignKey(
              ForeignKeyReference(
                table: TableReference(schema: "main", name: "product"), columns: ["sku", "tenant"], onUpdate: .setNull,
                onDelete: .cascade, match: "FULL")))
        #expect(!line.constraints.contains { $0.kind == .primaryKey })
      }
    }

    @Test("indexes with order, expressions, collation and condition")
    func indexes() async throws {
      try await withShop { adapter in
        let line = try await adapter.describeTable(TableReference("line"), DescribeOptions())
        let index = try #require(line.indexes.first { $0.name == "line_expression" })
        #expect(
          index.keys == [
            IndexInfo.Key(column: "t", isDescending: true),
            IndexInfo.Key(expression: "lower(s || ',')", collation: "NOCASE"), IndexInfo.Key(column: "n"),
          ])
        #expect(index.predicate == "n > 5 AND s <> 'WHERE'" && !index.isUnique && index.method == "btree")
        #expect(index.definition?.hasPrefix("CREATE INDEX line_expression") == true)
        let unique = try #require(line.indexes.first { $0.isUnique })
        #expect(unique.keys.map(\.column) == ["n", "s"] && unique.definition == nil && !unique.isPrimary)
        let tenant = try await adapter.describeTable(TableReference("tenant"), DescribeOptions())
        // The column's own collation is no news.
        #expect(tenant.indexes.map(\.keys) == [[IndexInfo.Key(column: "code")]])
        let product = try await adapter.describeTable(TableReference("product"), DescribeOptions())
        #expect(product.indexes.map(\.isPrimary) == [true])
      }
    }

    @Test("views, virtual and temporary tables; a missing one is an error")
    func others() async throws {
      try await withShop { adapter in
        let view = try await adapter.describeTable(TableReference("v"), DescribeOptions())
        #expect(view.viewDefinition == "SELECT t AS tenant, count(*) FROM line GROUP BY t")
        #expect(view.columns.map(\.name) == ["tenant", "count(*)"] && view.table.kind == .view)
        let notes = try await adapter.describeTable(TableReference("notes"), DescribeOptions())
        #expect(notes.columns.map(\.name) == ["title", "body"] && notes.options == ["USING fts5(title, body)"])
        // As SQLite itself looks names up: the temporary table hides the other.
        try await adapter.run("CREATE TABLE main.scratch (y)")
        let scratch = try await adapter.describeTable(TableReference("SCRATCH"), DescribeOptions())
        #expect(scratch.columns.map(\.name) == ["x"] && scratch.table.reference.schema == "temp")
        let missing = try await sqliteError {
          try await adapter.describeTable(TableReference("nope"), DescribeOptions())
        }
        #expect(missing.code == .objectNotFound && missing.message.contains("nope"))
      }
    }

    @Test("a view whose table is gone does not hide the others")
    func brokenView() async throws {
      try await withShop { adapter in
        try await adapter.run("PRAGMA foreign_keys = OFF")
        try await adapter.run("CREATE VIEW w AS SELECT * FROM scratch_gone")
        let all = try await adapter.describeTables(in: "main", ListOptions()).items
        #expect(all.map(\.table.reference.name) == ["line", "notes", "product", "tenant", "v", "w"])
        let broken = try #require(all.last)
        #expect(broken.columns.isEmpty && broken.options.first?.hasPrefix("INVALID: ") == true)
        #expect(all.first { $0.table.reference.name == "v" }?.columns.count == 2)
      }
    }

    @Test("estimates are marked, and absent where nothing is known")
    func estimates() async throws {
      try await withShop { adapter in
        try await adapter.run("INSERT INTO tenant (code) VALUES ('a'), ('b'), ('c')")
        let before = try await adapter.describeTable(TableReference("tenant"), DescribeOptions())
        #expect(before.table.rows == nil)
        #expect(before.table.size == Estimate(4096, isExact: true, source: "dbstat"))
        try await adapter.run("ANALYZE")
        let options = ListOptions(includesEstimates: true)
        let tables = try await adapter.listTables(in: "main", options).items
        #expect(
          tables.first { $0.reference.name == "tenant" }?.rows == Estimate(3, isExact: false, source: "sqlite_stat1"))
        #expect(
          try await adapter.listTables(in: "main", ListOptions()).items.allSatisfy { $0.rows == nil && $0.size == nil })
      }
    }

    @Test("attached databases are schemas, whatever their name")
    func attached() async throws {
      try await withShop { adapter in
        try await adapter.run("ATTACH ':memory:' AS \"o'th\"\"er\"")
        try await adapter.run("CREATE TABLE \"o'th\"\"er\".t (a REFERENCES u, b CHECK (b IN (1)))")
        #expect(try await adapter.listSchemas(ListOptions()).items.map(\.name) == ["main", "o'th\"er", "temp"])
        let table = try await adapter.describeTable(TableReference(schema: "o'th\"er", name: "t"), DescribeOptions())
        #expect(table.columns.map(\.name) == ["a", "b"] && table.constraints.count == 2)
      }
    }

    @Test("plans are trees, and nothing is run")
    func explain() async throws {
      try await withShop { adapter in
        let plan = try await adapter.explainQuery(
          "SELECT * FROM tenant JOIN line ON line.t = tenant.id WHERE tenant.id = \(5) ORDER BY line.s", mode: .plan)
        #expect(plan.roots.first?.operation == "SEARCH" && plan.roots.first?.target == "tenant")
        #expect(plan.native.description.hasPrefix("QUERY PLAN\n|--SEARCH tenant USING INTEGER PRIMARY KEY"))
        let union = try await adapter.explainQuery("SELECT 1 UNION SELECT id FROM tenant", mode: .plan)
        #expect(union.roots.first?.operation == "COMPOUND QUERY" && union.roots.first?.children.isEmpty == false)
        // Without its parameters too.
        _ = try await adapter.explainQuery("DELETE FROM tenant WHERE id = ?", mode: .plan)
        let analyze = try await sqliteError { try await adapter.explainQuery("SELECT 1", mode: .analyze) }
        #expect(analyze.code == .unsupported)
        let pragma = try await sqliteError { try await adapter.explainQuery("PRAGMA foreign_keys = OFF", mode: .plan) }
        #expect(pragma.code == .unsupported)
        #expect(try await adapter.value("PRAGMA foreign_keys") == .int(1))
        let wrong = try await sqliteError { try await adapter.explainQuery("SELECT nope FROM tenant", mode: .plan) }
        #expect(wrong.server?.position == 8)
      }
    }
  }
}
