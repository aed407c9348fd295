import Testing

@Suite struct SchemaCommandTests {
  private let shop: CLIWorkspace
  init() throws { shop = try CLIWorkspace() }

  private func schema(_ arguments: String...) throws -> CLIProcess.Outcome {
    let run = try CLIProcess(["schema"] + arguments, in: shop.directory).finish()
    #expect(run.errors == "")
    #expect(run.status == 0)
    return run
  }

  @Test func describe() throws {
    expectGolden(try schema("describe", "sqlite:shop.db", "orders", "-F", "table").text, "describe.txt")
    expectGolden(try schema("describe", "sqlite:shop.db", "menu", "-F", "text").text, "describe-view.txt")
    expectGolden(try schema("describe", "sqlite:shop.db", "main.orders").text, "describe.json")
    expectGolden(try schema("describe", "sqlite:shop.db", "orders", "--csv").text, "describe.csv")
  }

  @Test func listings() throws {
    expectGolden(try schema("tables", "sqlite:shop.db").text, "tables.json")
    expectGolden(try schema("tables", "sqlite:shop.db", "-F", "table").text, "tables.txt")
    #expect(
      try schema("tables", "sqlite:shop.db", "--table", "o*", "--csv").text
        == "schema,name,kind,comment\nmain,orders,table,\n")
    #expect(try schema("schemas", "sqlite:shop.db", "-F", "csv").text == "schema,owner,comment\nmain,,\n")
    #expect(try schema("schemas", "sqlite:shop.db").text.hasPrefix("{\n \"schemaVersion\": 1,\n \"kind\": \"schemas\""))
  }

  @Test func inspectIsDeterministic() throws {
    let first = try schema("inspect", "sqlite:shop.db").text
    #expect(first.hasPrefix("{\n \"schemaVersion\": 1,\n \"kind\": \"schema\""))
    #expect(try schema("inspect", "sqlite:shop.db").text == first)
    #expect(first.contains("\"name\": \"menu\""))
    #expect(try schema("inspect", "sqlite:shop.db", "-F", "text").text.contains("Foreign keys\n"))
  }

  @Test func explain() throws {
    let statement = "SELECT * FROM orders WHERE product_id = ?1"
    let tree = try shop.run("explain", "sqlite:shop.db", statement, "-p", "1", "--format", "text")
    #expect(tree.status == 0, "\(tree.errors)")
    #expect(tree.text.contains("SEARCH orders"))
    #expect(tree.text.contains("orders_by_product"))
    let json = try shop.run("explain", "sqlite:shop.db", statement, "-p", "1")
    #expect(json.text.hasPrefix("{\n \"schemaVersion\": 1,\n \"kind\": \"plan\""))
    #expect(try shop.run("explain", "sqlite:shop.db", statement, "-F", "csv").status == 2)
    #expect(try shop.run("explain", "sqlite:shop.db", input: "SELECT 1; SELECT 2").status == 2)
  }

  @Test func whatIsNotThere() throws {
    let run = try shop.run("schema", "describe", "sqlite:shop.db", "nope")
    #expect(run.status == 3)
    #expect(run.errors.hasPrefix("error: there is no table or view nope"))
    #expect(try shop.run("schema", "describe", "sqlite:shop.db").status == 2)
    #expect(try shop.run("schema", "describe", "sqlite:shop.db", "\"half").status == 2)
    #expect(try shop.run("schema", "describe", "sqlite:shop.db", "orders", "-F", "envelope").status == 2)
  }
}
