import DBAdapterCore
import Testing

@Suite("PostgreSQL inspection: kinds of tables, partitions, options, estimates", hasPostgres)
struct PostgresInspectionTablesTests {
  @Test("Every kind of table, with its definition and options")
  func kinds() async throws {
    let script = """
      CREATE TABLE {s}.base (id integer PRIMARY KEY, note text);
      CREATE VIEW {s}.seen WITH (security_barrier) AS SELECT id FROM {s}.base WHERE note IS NOT NULL;
      CREATE MATERIALIZED VIEW {s}.kept AS SELECT count(*) AS total FROM {s}.base WITH NO DATA;
      CREATE FOREIGN DATA WRAPPER {s};
      CREATE SERVER {s} FOREIGN DATA WRAPPER {s};
      CREATE FOREIGN TABLE {s}.far (id integer NOT NULL, note text) SERVER {s} OPTIONS (path 'a b');
      CREATE UNLOGGED TABLE {s}.fast (id integer, big text) WITH (fillfactor = 70, toast.autovacuum_enabled = false);
      CREATE TABLE {s}.heir (more integer) INHERITS ({s}.base);
      CREATE TABLE {s}.split (id integer) PARTITION BY HASH (id);
      ALTER TABLE {s}.fast ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, REPLICA IDENTITY FULL;
      CREATE TYPE {s}.shape AS (id integer, name text);
      CREATE TABLE {s}.typed OF {s}.shape;
      CREATE SEQUENCE {s}.counter;
      """
    try await InspectionFixture.with(script) { fixture async throws in
      let schema = fixture.name
      let all = try await fixture.session.describeTables(in: schema)
      #expect(all.completeness == .complete)
      let kinds = all.items.map { "\($0.table.reference.name): \($0.table.kind)" }
      #expect(
        kinds == [
          "base: table", "far: foreign table", "fast: table", "heir: table", "kept: materialized view", "seen: view",
          "split: partitioned table", "typed: table",
        ])
      func options(_ name: String) throws -> [String] {
        try #require(all.items.first { $0.table.reference.name == name }).options
      }
      #expect(try options("base") == [])
      #expect(try options("far") == ["SERVER \(schema)", "path=a b"])
      #expect(
        try options("fast") == [
          "UNLOGGED", "ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY", "REPLICA IDENTITY FULL", "fillfactor=70",
          "toast.autovacuum_enabled=false",
        ])
      #expect(try options("heir") == ["INHERITS (\(schema).base)"])
      #expect(try options("kept") == ["WITH NO DATA"])
      #expect(try options("seen") == ["security_barrier=true"])
      #expect(try options("typed") == ["OF \(schema).shape"])

      let seen = try await fixture.describe("seen")
      #expect(seen.viewDefinition?.hasPrefix("SELECT") == true)
      #expect(seen.viewDefinition?.contains("FROM \(schema).base") == true)
      #expect(seen.columns.map(\.name) == ["id"])
      #expect(try await fixture.describe("kept").viewDefinition != nil)
      #expect(try await fixture.describe("base").viewDefinition == nil)
      // The columns of a parent come first; they are the heir's own as far as a reader can tell.
      #expect(try await fixture.describe("heir").columns.map(\.name) == ["id", "note", "more"])
      #expect(try await fixture.describe("far").columns.map(\.isNullable) == [false, true])

      // One at a time says the same as all at once.
      for item in all.items {
        let single = try await fixture.session.describe(
          item.table.reference, DescribeOptions(includesEstimates: false))
        #expect(single == item)
      }
    }
  }

  @Test("Partitions say how they are split, where they hang and which rows they hold")
  func partitions() async throws {
    let script = """
      CREATE TABLE {s}.event (at date NOT NULL, id integer, region text, UNIQUE (at, id)) PARTITION BY RANGE (at);
      CREATE TABLE {s}.event_2025 PARTITION OF {s}.event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
      CREATE TABLE {s}.event_2026 PARTITION OF {s}.event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
        PARTITION BY HASH (id);
      CREATE TABLE {s}.event_2026_0 PARTITION OF {s}.event_2026 FOR VALUES WITH (modulus 2, remainder 0);
      CREATE TABLE {s}.event_2026_1 PARTITION OF {s}.event_2026 FOR VALUES WITH (modulus 2, remainder 1);
      CREATE TABLE {s}.event_rest PARTITION OF {s}.event DEFAULT;
      CREATE TABLE {s}.log (
        at date, id integer, CONSTRAINT log_event FOREIGN KEY (at, id) REFERENCES {s}.event (at, id)
      ) PARTITION BY LIST (id);
      CREATE TABLE {s}.log_1 PARTITION OF {s}.log FOR VALUES IN (1, 2, NULL);
      CREATE INDEX event_region ON {s}.event (region);
      """
    try await InspectionFixture.with(script) { fixture async throws in
      let event = try await fixture.describe("event")
      #expect(event.table.kind == .partitionedTable)
      #expect(event.partition == PartitionInfo(strategy: "range", key: "RANGE (at)"))
      #expect(try event.index("event_region").keys.map(\.column) == ["region"])

      let year = try await fixture.describe("event_2025")
      #expect(year.table.kind == .table)
      #expect(
        year.partition
          == PartitionInfo(parent: fixture.table("event"), bound: "FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"))
      #expect(year.options == [], "a partition does not inherit in the other sense")

      let middle = try await fixture.describe("event_2026")
      #expect(
        middle.partition
          == PartitionInfo(
            strategy: "hash", key: "HASH (id)", parent: fixture.table("event"),
            bound: "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"))
      #expect(
        try await fixture.describe("event_2026_1").partition
          == PartitionInfo(parent: fixture.table("event_2026"), bound: "FOR VALUES WITH (modulus 2, remainder 1)"))
      #expect(try await fixture.describe("event_rest").partition?.bound == "DEFAULT")
      #expect(try await fixture.describe("log_1").partition?.bound == "FOR VALUES IN (1, 2, NULL)")

      // The server keeps a copy of the key for every partition of the table it points to.
      for name in ["log", "log_1"] {
        let keys = try await fixture.describe(name).constraints.map { "\($0.name ?? "") \($0.definition ?? "")" }
        #expect(keys == ["log_event FOREIGN KEY (at, id) REFERENCES \(fixture.name).event(at, id)"], "\(name)")
      }
    }
  }

  @Test("Rows and sizes are estimates that say where they come from, and absent where nobody counted")
  func estimates() async throws {
    let script = """
      CREATE TABLE {s}.counted (id integer, long text);
      CREATE TABLE {s}.uncounted (id integer) WITH (autovacuum_enabled = false);
      CREATE VIEW {s}.view AS SELECT 1 AS one;
      CREATE TABLE {s}.split (id integer) PARTITION BY RANGE (id);
      CREATE TABLE {s}.part_a PARTITION OF {s}.split FOR VALUES FROM (0) TO (100);
      CREATE TABLE {s}.part_b PARTITION OF {s}.split FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id);
      CREATE TABLE {s}.part_b1 PARTITION OF {s}.part_b FOR VALUES FROM (100) TO (200);
      CREATE TABLE {s}.part_c PARTITION OF {s}.split FOR VALUES FROM (200) TO (300) WITH (autovacuum_enabled = false);
      INSERT INTO {s}.counted SELECT g, repeat(g::text, 10) FROM generate_series(1, 5000) g;
      INSERT INTO {s}.uncounted SELECT generate_series(1, 10);
      INSERT INTO {s}.split SELECT generate_series(0, 149);
      ANALYZE {s}.counted, {s}.part_a, {s}.part_b1;
      """
    try await InspectionFixture.with(script) { fixture async throws in
      let listing = try await fixture.session.tables(in: fixture.name, ListOptions(includesEstimates: true))
      func info(_ name: String) throws -> TableInfo {
        try #require(listing.items.first { $0.reference.name == name })
      }
      let counted = try info("counted")
      #expect(counted.rows == Estimate(5000, isExact: false, source: "pg_class.reltuples"))
      #expect(counted.size?.source == "pg_class.relpages")
      #expect((counted.size?.value ?? 0) >= 8 * 8192)
      #expect(try info("uncounted").rows == nil && info("uncounted").size == nil)
      #expect(try info("view").rows == nil)
      let split = try info("split")
      #expect(split.rows == Estimate(150, isExact: false, source: "pg_class.reltuples of 2 of 3 partitions"))
      #expect(try info("part_b").rows == Estimate(50, isExact: false, source: "pg_class.reltuples of its partitions"))

      let plain = try await fixture.session.tables(in: fixture.name)
      #expect(plain.items.allSatisfy { $0.rows == nil && $0.size == nil })
      #expect(try await fixture.describe("counted").table.rows?.value == 5000)
    }
  }

  @Test("Listing does not wait for a table that somebody has locked; describing waits, within its time limit")
  func lockedTable() async throws {
    let script = """
      CREATE TABLE {s}.busy (id integer PRIMARY KEY DEFAULT 1 + 1, name text CHECK (name <> ''));
      ANALYZE {s}.busy;
      """
    try await InspectionFixture.with(script) { fixture async throws in
      try await fixture.withAnotherSession { other async throws in
        try await other.withTransaction { locker async throws in
          try await fixture.run("LOCK TABLE {s}.busy IN ACCESS EXCLUSIVE MODE", in: locker)
          let listing = try await fixture.session.tables(
            in: fixture.name, ListOptions(includesEstimates: true, timeout: .seconds(10)))
          #expect(listing.items.map(\.rows?.value) == [0])
          // The server opens a table to print an expression about its columns.
          let error = await #expect(throws: DBError.self) {
            try await fixture.session.describe(fixture.table("busy"), DescribeOptions(timeout: .milliseconds(300)))
          }
          #expect(error?.code == .timeout)
          #expect(error?.message.contains("0.3 seconds") == true)
        }
        #expect(try await fixture.describe("busy").columns.count == 2)
      }
    }
  }
}
