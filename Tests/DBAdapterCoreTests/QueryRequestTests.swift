import DBAdapterCore
import Testing

@Suite struct QueryRequestTests {
  @Test func interpolatedValuesBecomeParameters() {
    let (name, missing) = ("x'; DROP TABLE t; --", nil as Int?)
    let request: QueryRequest = "SELECT * FROM t WHERE a = \(name) AND b IN (\(1), \(missing))"
    #expect(
      request.statement
        == .template(
          QueryTemplate([
            .text("SELECT * FROM t WHERE a = "), .parameter(.text(name)), .text(" AND b IN ("), .parameter(1),
            .text(", "),
            .parameter(.null), .text(")"),
          ])))
    #expect(request.parameters.isEmpty)
    #expect(request.statement.textWithoutValues == "SELECT * FROM t WHERE a = ? AND b IN (?, ?)")
  }

  @Test func plainTextStaysText() {
    let request: QueryRequest = "SELECT 1"
    #expect(request.statement == .text("SELECT 1"))
    let assembled: QueryRequest = "SELECT \(unsafeText: "now()") FROM t"
    #expect(assembled.statement == .text("SELECT now() FROM t"))
  }

  @Test func namesAreIdentifiers() {
    let request: QueryRequest = "SELECT * FROM \(identifier: "my schema", "a\"b")"
    #expect(
      request.statement == .template(QueryTemplate([.text("SELECT * FROM "), .identifier(["my schema", "a\"b"])])))
  }

  @Test func onlyReadsAreIdempotentByDefault() {
    #expect(QueryRequest(.text("x"), intent: .read).isIdempotent)
    #expect(!QueryRequest(.text("x")).isIdempotent && !QueryRequest(.text("x"), intent: .write).isIdempotent)
    #expect(QueryRequest(.text("x"), intent: .write, isIdempotent: true).isIdempotent)
  }

  @Test func limitsAreCopies() {
    let request: QueryRequest = "SELECT 1"
    let limited = request.timeout(.seconds(1)).rowLimit(5)
    #expect(limited.timeout == .seconds(1) && limited.rowLimit == 5)
    #expect(request.timeout == nil && request.rowLimit == nil)
  }

  @Test func auditTextHoldsNoValues() {
    #expect(Statement.command(["SET", "key", "secret"]).textWithoutValues == "SET …")
    #expect(Statement.document(["find": "users", "x": "secret"]).textWithoutValues == "{ find: … }")
    #expect(Statement.document([:]).textWithoutValues == "{ : … }")
  }
}

@Suite struct TableReferenceTests {
  @Test(
    arguments: [
      ("orders", nil, "orders"), ("public.orders", "public", "orders"),
      ("\"my.schema\".\"a \"\"b\"\"\"", "my.schema", "a \"b\""),
      ("\"Orders\"", nil, "Orders"), ("\"a.b\"", nil, "a.b"), ("é.ü", "é", "ü"),
    ] as [(String, String?, String)])
  func reads(_ text: String, _ schema: String?, _ name: String) throws {
    #expect(try TableReference(text) == TableReference(schema: schema, name: name))
  }

  @Test(arguments: ["", ".", "a.", ".a", "a.b.c", "\"a", "a\"", "\"\"", "a.\"\""])
  func refuses(_ text: String) {
    #expect(dbError { () throws(DBError) in try TableReference(text) }?.code == .invalidParameter)
  }
}

@Suite struct ColumnSetTests {
  @Test func isACollection() {
    let set = ColumnSet(
      ["a", "b", "a"].map { Column(name: $0, type: DBType(.text, nativeName: "text")) }, formats: [.text, .text, .text])
    #expect(set.map(\.name) == ["a", "b", "a"] && set.index(of: "a") == 0 && set.index(of: "c") == nil)
    #expect(set.count == 3 && ColumnSet.empty.isEmpty)
  }
}
