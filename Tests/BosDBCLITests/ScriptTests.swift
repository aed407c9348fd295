import Testing

@Suite struct ScriptTests {
  private let shop: CLIWorkspace
  init() throws { shop = try CLIWorkspace() }

  @Test func statementsRunInOneSession() throws {
    let script = "CREATE TEMP TABLE t (a);\nINSERT INTO t VALUES (1), ('x;y');\nSELECT a FROM t; -- the end\n"
    let run = try shop.query("--write", input: script)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.text == "{\"a\":1}\n{\"a\":\"x;y\"}\n")
    #expect(run.errors == "3 statements run, 2 rows changed\n")
  }

  @Test func semicolonsInsideStatementsDoNotSplit() throws {
    let script = """
      CREATE TRIGGER tr AFTER INSERT ON orders BEGIN UPDATE products SET price = 0; SELECT ';'; END;
      INSERT INTO orders (product_id) VALUES (1);
      SELECT price FROM products WHERE id = 1 /* ; */;
      """
    #expect(try shop.query("--write", "-f", "-", input: script).text == "{\"price\":0}\n")
  }

  @Test func theFirstErrorStopsAndNamesFileAndLine() throws {
    try shop.write("s.sql", "SELECT 1 AS a;\n\n-- comment\nSELECT nope;\nSELECT 3 AS a;\n".utf8)
    let run = try shop.query("-f", "s.sql")
    #expect(run.status == 3)
    #expect(run.text == "{\"a\":1}\n")
    #expect(run.errors.hasPrefix("error: s.sql:4: "))
    let continued = try shop.query("-f", "s.sql", "--continue")
    #expect(continued.status == 3)
    #expect(continued.text == "{\"a\":1}\n{\"a\":3}\n")
  }

  @Test func aTransactionIsAllOrNothing() throws {
    let script = "INSERT INTO orders (product_id) VALUES (2);\nSELECT nope;\n"
    #expect(try shop.query("--write", "-q", input: script).status == 3)
    #expect(try shop.query("SELECT count(*) AS n FROM orders").text == "{\"n\":3}\n")
    let run = try shop.query("--write", "--single-transaction", input: script)
    #expect(run.status == 3)
    #expect(run.errors.hasPrefix("error: standard input:2: "))
    #expect(try shop.query("SELECT count(*) AS n FROM orders").text == "{\"n\":3}\n")
    #expect(
      try shop.query("--write", "--single-transaction", input: "INSERT INTO orders (product_id) VALUES (2)").status == 0
    )
    #expect(try shop.query("SELECT count(*) AS n FROM orders").text == "{\"n\":4}\n")
  }

  @Test func resultsForPeopleAreSetApart() throws {
    let run = try shop.query("-F", "table", input: "SELECT 1 AS a; SELECT 2 AS b;")
    #expect(run.text == "a\n─\n1\n\nb\n─\n2\n")
    #expect(run.errors == "")
  }

  @Test func aByteOrderMarkIsDropped() throws {
    #expect(try shop.query(input: "\u{FEFF}SELECT 1 AS a").text == "{\"a\":1}\n")
  }

  @Test func parameters() throws {
    #expect(try shop.query("SELECT ?1 AS a, typeof(?1) AS t", "-p", "6").text == "{\"a\":6,\"t\":\"integer\"}\n")
    #expect(try shop.query("SELECT ?1 AS a, typeof(?1) AS t", "-p", "007").text == "{\"a\":\"007\",\"t\":\"text\"}\n")
    #expect(try shop.query("SELECT ?1 AS a", "-p", "-1.5").text == "{\"a\":-1.5}\n")
    #expect(try shop.query("SELECT ?1 AS a", "-p", "1.50").text == "{\"a\":\"1.50\"}\n")
    #expect(try shop.query("SELECT ?1 AS a", "-p", "@@x").text == "{\"a\":\"@x\"}\n")
    #expect(try shop.query("SELECT ?1 AS a", "-p", "-", input: "from input").text == "{\"a\":\"from input\"}\n")
    #expect(
      try shop.query("SELECT ?2 AS a, ?1 AS b", "-p", "x", "-P", "2:text=6").text == "{\"a\":\"6\",\"b\":\"x\"}\n")
    try shop.write("value.txt", "from file".utf8)
    #expect(try shop.query("SELECT ?1 AS a", "-p", "@value.txt").text == "{\"a\":\"from file\"}\n")
    try shop.write("value.bin", [0, 255])
    #expect(try shop.query("SELECT hex(:b) AS a", "-P", "b:bytes=@value.bin").text == "{\"a\":\"00FF\"}\n")
    #expect(try shop.query("SELECT hex(:b) AS a", "-P", "b:bytes=00ff").text == "{\"a\":\"00FF\"}\n")
    #expect(try shop.query("SELECT :n IS NULL AS a", "-P", "n:null").text == "{\"a\":1}\n")
    let named = "SELECT :a + :b AS sum, ':a' AS s, \"id\" FROM products WHERE id = :a -- :b"
    #expect(try shop.query(named, "-P", "a:int=1", "-P", "b:int=2").text == "{\"sum\":3,\"s\":\":a\",\"id\":1}\n")
  }

  @Test func theConnectionComesFromWhereItIsGiven() throws {
    let url = ["BOSDB_URL": "sqlite:shop.db", "DATABASE_URL": "sqlite:other.db"]
    #expect(try shop.run("query", "SELECT 1 AS a", environment: url).text == "{\"a\":1}\n")
    #expect(try shop.run("query", "SELECT 1 AS a", environment: ["DATABASE_URL": "sqlite:shop.db"]).status == 0)
    #expect(try shop.run("query", "-u", "sqlite:shop.db", "SELECT 1 AS a").status == 0)
    #expect(
      try shop.run("query", "sqlite:shop.db", input: "SELECT 1 AS a", environment: ["BOSDB_URL": "sqlite:none"]).status
        == 0)
  }
}
