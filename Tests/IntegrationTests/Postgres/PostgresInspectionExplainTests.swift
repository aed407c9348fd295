import DBAdapterCore
import Testing

@Suite("PostgreSQL explain", hasPostgres)
struct PostgresInspectionExplainTests {
  private let script = """
    CREATE TABLE {s}.product (id integer PRIMARY KEY, name text);
    CREATE TABLE {s}.line (id integer PRIMARY KEY, product integer REFERENCES {s}.product, amount integer);
    INSERT INTO {s}.product SELECT g, 'p' || g FROM generate_series(1, 100) g;
    INSERT INTO {s}.line SELECT g, 1 + g % 100, g FROM generate_series(1, 1000) g;
    ANALYZE {s}.product, {s}.line;
    """

  private func nodes(_ roots: [PlanNode]) -> [PlanNode] { roots.flatMap { [$0] + nodes($0.children) } }

  @Test("A plan is a tree of steps, with parameters bound and nothing run")
  func plan() async throws {
    try await InspectionFixture.with(script) { fixture async throws in
      let name = fixture.name
      let plan = try await fixture.session.explain(
        """
        SELECT p.name, sum(l.amount)
        FROM \(identifier: name, "line") l JOIN \(identifier: name, "product") p ON p.id = l.product
        WHERE l.amount > \(500) GROUP BY p.name
        """)
      #expect(plan.mode == .plan && plan.isPlan && plan.roots.count == 1)
      let steps = nodes(plan.roots)
      let scan = try #require(steps.first { $0.target == "line" })
      #expect(scan.operation == "Seq Scan" && scan.children.isEmpty)
      #expect(scan.details["Filter"] == .text("(amount > 500)"))
      #expect((scan.estimatedCost ?? 0) > 0 && (scan.estimatedRows ?? 0) > 0)
      #expect(steps.allSatisfy { $0.actualRows == nil && $0.actualMilliseconds == nil && !$0.operation.isEmpty })
      #expect(steps.contains { $0.target == "product" })
      guard case .json(let json) = plan.native else {
        Issue.record("the server's own answer is not kept")
        return
      }
      #expect(json.text.contains("\"Plan\""))
    }
  }

  @Test("Analyse runs the statement and measures it, writes included")
  func analyze() async throws {
    try await InspectionFixture.with(script) { fixture async throws in
      let session = fixture.session
      let read = try await session.explain(
        "SELECT * FROM \(identifier: fixture.name, "line") WHERE id = \(7)", mode: .analyze)
      let root = try #require(read.roots.first)
      #expect(root.operation == "Index Scan" && root.target == "line")
      #expect(root.details["Index Name"] == .text("line_pkey"))
      #expect(root.actualRows == 1 && root.actualMilliseconds != nil && root.details["Actual Loops"] == .int(1))
      #expect(root.details["Shared Hit Blocks"] != nil)

      let remove: QueryRequest = "DELETE FROM \(identifier: fixture.name, "line") WHERE id <= \(10)"
      _ = try await session.explain(remove)
      #expect(try await fixture.value("SELECT count(*) FROM \(identifier: fixture.name, "line")") == .int(1000))
      let plan = try await session.explain(remove, mode: .analyze)
      #expect(plan.roots.first?.operation == "ModifyTable")
      #expect(try await fixture.value("SELECT count(*) FROM \(identifier: fixture.name, "line")") == .int(990))
    }
  }

  @Test("A mistake is found at the caller's own position")
  func mistakes() async throws {
    try await InspectionFixture.with { fixture async throws in
      for mode in [ExplainMode.plan, .analyze] {
        let error = await #expect(throws: DBError.self) {
          try await fixture.session.explain("SELECT nothing FROM pg_class", mode: mode)
        }
        #expect(error?.server?.sqlState == "42703" && error?.server?.position == 8)
      }
      let utility = await #expect(throws: DBError.self) { try await fixture.session.explain("VACUUM") }
      #expect(utility?.code == .syntaxError)
    }
  }
}
