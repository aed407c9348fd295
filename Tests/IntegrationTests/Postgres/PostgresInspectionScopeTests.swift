import DBAdapterCore
import Testing

@Suite("PostgreSQL inspection: names, filters, settings, cost", hasPostgres)
struct PostgresInspectionScopeTests {
  // MARK: Names

  @Test("The same name in two schemas is two tables; without a schema the search path decides")
  func sameNames() async throws {
    let script = """
      CREATE SCHEMA {s}_b;
      CREATE TABLE {s}.item (id integer PRIMARY KEY, a text, CONSTRAINT item_check CHECK (a <> ''));
      CREATE TABLE {s}_b.item (id bigint PRIMARY KEY, b text, CONSTRAINT item_check CHECK (b <> ''));
      CREATE INDEX item_name ON {s}.item (a);
      CREATE INDEX item_name ON {s}_b.item (b);
      """
    try await InspectionFixture.with(script) { fixture async throws in
      let other = fixture.name + "_b"
      let all = try await fixture.session.describeTables(
        options(glob: "item")
      ).items.filter { [fixture.name, other].contains($0.table.reference.schema) }
      #expect(all.map { $0.columns.map(\.name) } == [["id", "a"], ["id", "b"]])
      #expect(all.map { $0.constraints.count } == [2, 2])
      #expect(all.map { $0.indexes.map { $0.keys.map(\.column) } } == [[["id"], ["a"]], [["id"], ["b"]]])

      try await fixture.run("SET search_path = {s}_b, {s}")
      #expect(try await fixture.session.describe(TableReference(name: "item")).table.reference.schema == other)
      try await fixture.run("SET search_path = {s}, {s}_b")
      #expect(try await fixture.session.describe(TableReference(name: "item")).table.reference.schema == fixture.name)
      #expect(
        try await fixture.session.describe(TableReference(schema: other, name: "item")).columns.last?.name == "b")
    }
  }

  private func options(glob: String) -> ListOptions { ListOptions(nameGlob: glob) }

  @Test(
    "A table that is not there is an error that says what may have been meant",
    arguments: [
      ("{s}", "ordrs", "there is no table {s}.ordrs; did you mean {s}.orders?"),
      ("{s}", "orders_id_idx", "{s}.orders_id_idx is an index, not a table"),
      ("{s}", "numbers", "{s}.numbers is a sequence, not a table"),
      ("{s}", "zzz", "there is no table {s}.zzz"),
      ("{s}x", "orders", "there is no schema {s}x; did you mean {s}?"),
      (nil, "{s}_table", "there is no table {s}_table in the search path, but there is {s}.{s}_table"),
    ] as [(String?, String, String)])
  func missing(schema: String?, table: String, sentence: String) async throws {
    let script = """
      CREATE TABLE {s}.orders (id integer);
      CREATE INDEX orders_id_idx ON {s}.orders (id);
      CREATE SEQUENCE {s}.numbers;
      CREATE TABLE {s}.{s}_table (id integer);
      """
    try await InspectionFixture.with(script) { fixture async throws in
      func named(_ text: String) -> String { text.replacing("{s}", with: fixture.name) }
      let error = await #expect(throws: DBError.self) {
        try await fixture.session.describe(TableReference(schema: schema.map(named), name: named(table)))
      }
      #expect(error?.code == .objectNotFound)
      #expect(error?.message == named(sentence))
    }
  }

  @Test("Temporary tables are found by name; those of other sessions are never listed")
  func temporaryTables() async throws {
    try await InspectionFixture.with { fixture async throws in
      let name = fixture.name + "_temp"
      try await fixture.run("CREATE TEMPORARY TABLE {s}_temp (id integer)")
      let table = try await fixture.session.describe(TableReference(name: name))
      #expect(table.table.kind == .temporaryTable)
      #expect(try await fixture.session.describe(TableReference(schema: "pg_temp", name: name)) == table)
      #expect(try await fixture.session.tables(options(glob: name)).items.count == 1)
      try await fixture.withAnotherSession { other async throws in
        let system = ListOptions(nameGlob: name, includesSystem: true)
        #expect(try await other.tables(system).items.isEmpty)
        let schemas = try await other.schemas(ListOptions(includesSystem: true)).items
        #expect(!schemas.contains { $0.name.contains("_temp_") })
      }
    }
  }

  // MARK: Filters

  @Test("Listings filter by glob and schema, and say when they are cut")
  func listings() async throws {
    let script = """
      CREATE TABLE {s}.a_1 (id integer); CREATE TABLE {s}.a_2 (id integer); CREATE TABLE {s}.ax2 (id integer);
      CREATE TABLE {s}.b (id integer);
      COMMENT ON SCHEMA {s} IS 'made for a test';
      """
    try await InspectionFixture.with(script) { fixture async throws in
      let session = fixture.session
      func names(_ options: ListOptions) async throws -> [String] {
        try await session.tables(in: fixture.name, options).items.map(\.reference.name)
      }
      #expect(try await names(ListOptions()) == ["a_1", "a_2", "ax2", "b"])
      #expect(try await names(ListOptions(nameGlob: "a_*")) == ["a_1", "a_2"])
      #expect(try await names(ListOptions(nameGlob: "a?2")) == ["a_2", "ax2"])
      let cut = try await session.tables(in: fixture.name, ListOptions(limit: 3))
      #expect(cut.items.count == 3 && cut.completeness == .partial(reason: "there are more than 3 tables"))
      let whole = try await session.describeTables(in: fixture.name, ListOptions(limit: 4))
      #expect(whole.items.count == 4 && whole.completeness == .complete)
      let described = try await session.describeTables(in: fixture.name, ListOptions(limit: 1))
      #expect(described.items.count == 1 && described.completeness != .complete)

      let error = await #expect(throws: DBError.self) { try await session.tables(in: fixture.name + "s") }
      #expect(error?.code == .objectNotFound)

      let schema = try #require(try await session.schemas(ListOptions(nameGlob: fixture.name)).items.first)
      #expect(schema.comment == "made for a test" && schema.owner != nil && !schema.isSystem)
      #expect(try await !session.schemas().items.contains { $0.isSystem })
      let system = try await session.schemas(ListOptions(includesSystem: true)).items
      #expect(system.contains { $0.name == "pg_catalog" && $0.isSystem })
      #expect(try await !session.tables().items.contains { $0.reference.schema == "pg_catalog" })
      #expect(try await session.tables(in: "pg_catalog").items.contains { $0.reference.name == "pg_class" })
      #expect(
        try await session.describe(TableReference(name: "pg_class")).columns.contains { $0.name == "relname" })
    }
  }

  @Test("A role that may read nothing still sees what there is")
  func privileges() async throws {
    let script = """
      CREATE TABLE {s}.secret (id integer PRIMARY KEY, amount numeric CHECK (amount > 0));
      CREATE VIEW {s}.view AS SELECT amount FROM {s}.secret;
      CREATE ROLE {s};
      """
    try await InspectionFixture.with(script) { fixture async throws in
      let before = try await fixture.session.describeTables(in: fixture.name)
      try await fixture.run("SET ROLE {s}")
      let after = try await fixture.session.describeTables(in: fixture.name)
      try await fixture.run("RESET ROLE")
      #expect(after == before && after.items.count == 2)
    }
  }

  // MARK: Settings of the session

  @Test("A hostile search path changes neither the answer nor itself")
  func searchPath() async throws {
    let script = """
      CREATE TYPE {s}.mood AS ENUM ('ok');
      CREATE FUNCTION {s}.bad(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
      CREATE FUNCTION {s}.bad(oid, oid) RETURNS boolean LANGUAGE sql AS 'SELECT false';
      CREATE OPERATOR {s}.= (LEFTARG = name, RIGHTARG = text, FUNCTION = {s}.bad);
      CREATE OPERATOR {s}.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = {s}.bad);
      CREATE FUNCTION {s}.format_type(oid, integer) RETURNS text LANGUAGE sql AS $$SELECT 'forged'::text$$;
      CREATE TABLE {s}.pg_class (id integer PRIMARY KEY, feeling {s}.mood DEFAULT 'ok');
      """
    try await InspectionFixture.with(script) { fixture async throws in
      let before = try await fixture.session.describeTables(in: fixture.name)
      try await fixture.run("SET search_path = {s}, pg_catalog; CREATE TEMPORARY TABLE pg_attribute (attrelid oid)")
      let path = try await fixture.value("SELECT pg_catalog.current_setting('search_path')")
      #expect(try await fixture.session.describeTables(in: fixture.name) == before)
      #expect(try before.items[0].column("feeling").type.nativeName == "\(fixture.name).mood")
      #expect(try await fixture.value("SELECT pg_catalog.current_setting('search_path')") == path)
    }
  }

  @Test("Inside a transaction of the caller nothing is ended and nothing is changed, even when it fails")
  func insideTransaction() async throws {
    try await InspectionFixture.with { fixture async throws in
      try await fixture.session.withTransaction { session in
        let setUp = "CREATE TABLE {s}.fresh (id integer); SET LOCAL search_path = {s}; SET LOCAL jit = on"
        try await fixture.run(setUp, in: session)
        let fresh = try await session.describe(TableReference(name: "fresh"))
        #expect(fresh.table.reference.schema == fixture.name, "the transaction's own changes are seen")
        await #expect(throws: DBError.self) { try await session.describe(TableReference(name: "nothing")) }
        let settings = try await session.execute(
          "SELECT current_setting('search_path'), current_setting('jit'), current_setting('transaction_isolation')")
        #expect(settings.rows.first?.values == [.text(fixture.name), .text("on"), .text("read committed")])
        _ = try await session.execute("INSERT INTO fresh VALUES (1)")
      }
      #expect(try await fixture.value("SELECT count(*) FROM \(identifier: fixture.name, "fresh")") == .int(1))
    }
  }

  @Test("After a time limit the session goes on as if nothing had been")
  func timeLimit() async throws {
    try await InspectionFixture.with("CREATE TABLE {s}.t (id integer)") { fixture async throws in
      let error = await #expect(throws: DBError.self) {
        try await fixture.session.describeTables(in: "pg_catalog", ListOptions(timeout: .milliseconds(1)))
      }
      #expect(error?.code == .timeout)
      #expect(try await fixture.value("SELECT current_setting('transaction_isolation')") == .text("read committed"))
      #expect(try await fixture.describe("t").columns.count == 1)
    }
  }

  @Test("A cancelled inspection leaves no transaction behind")
  func cancellation() async throws {
    try await InspectionFixture.with("CREATE TABLE {s}.t (id integer)") { fixture async throws in
      let session = fixture.session
      let task = Task { try await session.describeTables(in: "pg_catalog") }
      task.cancel()
      let error = await #expect(throws: DBError.self) { try await task.value }
      #expect(error?.code == .cancelled)
      #expect(try await fixture.value("SELECT current_setting('transaction_isolation')") == .text("read committed"))
      #expect(try await fixture.describe("t").columns.count == 1)
    }
  }

  // MARK: Cost

  @Test("The number of statements does not grow with the tables")
  func statementCount() async throws {
    let script = (1...60).map { number in
      """
      CREATE TABLE {s}.t\(number) (id integer PRIMARY KEY, name text DEFAULT 'x' CHECK (name <> ''), up integer
        \(number > 1 ? "REFERENCES {s}.t\(number - 1)" : ""));
      CREATE INDEX ON {s}.t\(number) (lower(name));
      CREATE VIEW {s}.v\(number) AS SELECT id FROM {s}.t\(number);
      """
    }.joined()
    try await InspectionFixture.with(script) { fixture async throws in
      let session = fixture.session
      // The server counts the executions of prepared statements, and the session prepares all of its own.
      func executions(_ limit: Int) async throws -> Int {
        let count: QueryRequest =
          "SELECT coalesce(sum(generic_plans + custom_plans), 0)::int8 FROM pg_catalog.pg_prepared_statements"
        let before: Int = try #require(try await session.execute(count).rows.first).decode(at: 0)
        let tables = try await session.describeTables(
          in: fixture.name, ListOptions(includesEstimates: true, limit: limit))
        #expect(tables.items.count == limit)
        let after: Int = try #require(try await session.execute(count).rows.first).decode(at: 0)
        return after - before - 1
      }
      let few = try await executions(2)
      let many = try await executions(120)
      #expect(few == many)
      #expect((1...8).contains(many), "\(many) statements")
    }
  }
}
