import Testing

@Suite struct QueryOutputTests {
  private let shop: CLIWorkspace
  init() throws { shop = try CLIWorkspace() }

  @Test(arguments: ["table", "vertical", "markdown", "csv", "tsv", "json", "jsonl", "raw"])
  func formats(_ format: String) throws {
    let run = try shop.query("SELECT id, name, price FROM products ORDER BY id", "--format", format)
    #expect(run.status == 0)
    #expect(run.errors == "")
    expectGolden(run.text, "products.\(format)")
  }

  @Test func envelope() throws {
    let run = try shop.query("SELECT id FROM products ORDER BY id", "-F", "envelope", "--limit", "2")
    #expect(run.status == 0)
    #expect(run.text.hasPrefix("{\"schemaVersion\":1,\"kind\":\"result\",\"columns\":[{\"name\":\"id\""))
    #expect(run.text.contains("\"rows\":[\n [1],\n [2]\n],\"success\":true"))
    #expect(run.text.contains("\"truncated\":true,\"truncatedBy\":\"rowLimit\""))
    let failed = try shop.query("SELECT nope", "-F", "envelope")
    #expect(failed.status == 3)
    #expect(failed.text.contains("\"success\":false"))
    #expect(failed.text.contains("\"code\":\"DB_QUERY_FAILED\""))
    #expect(failed.errors.hasPrefix("error: "))
  }

  @Test func pipedRowsAreJSONLines() throws {
    let run = try shop.query("SELECT id FROM products ORDER BY id")
    #expect(run.text == "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n")
    #expect(!run.output.contains(0x1B))
  }

  @Test func shorthands() throws {
    #expect(try shop.query("SELECT 1 AS a", "--json").text == "[\n {\"a\":1}\n]\n")
    #expect(try shop.query("SELECT 1 AS a", "--csv").text == "a\n1\n")
    #expect(try shop.query("SELECT 1 AS a", "--csv", "--no-header").text == "1\n")
    #expect(
      try shop.query("SELECT NULL AS a, 'x;y' AS b", "--csv", "--null", "-", "--delimiter", ";").text
        == "a;b\n-;\"x;y\"\n")
    #expect(try shop.query("SELECT photo FROM products WHERE id = 1", "-F", "raw").output == [0, 255])
    #expect(
      try shop.query("SELECT 9007199254740993 AS n", "--numbers", "string").text == "{\"n\":\"9007199254740993\"}\n")
    #expect(
      try shop.query("SELECT photo AS p FROM products WHERE id = 1", "--binary", "hex").text == "{\"p\":\"00ff\"}\n")
  }

  @Test func coloursAndWidthsOnlyForPeople() throws {
    let statement = "SELECT name, 'a very long text that does not fit into a narrow terminal' AS t FROM products"
    let piped = try shop.query(statement, "-F", "table", environment: ["COLUMNS": "30"])
    #expect(!piped.output.contains(0x1B))
    #expect(piped.text.contains("narrow terminal"))
    let forced = try shop.query(statement, "-F", "table", "--color", "always")
    #expect(forced.output.contains(0x1B))
    let both = try shop.query(statement, "-F", "table", environment: ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"])
    #expect(!both.output.contains(0x1B))
    let clicolor = try shop.query(statement, "-F", "table", environment: ["CLICOLOR_FORCE": "1"])
    #expect(clicolor.output.contains(0x1B))
  }

  @Test func escapesInDataStayInert() throws {
    let run = try shop.query("SELECT 'a' || char(27) || '[2J' AS x", "-F", "table")
    #expect(run.text == "x\n────────\na\\x1b[2J\n")
  }

  @Test func limitIsAnnounced() throws {
    let run = try shop.query("SELECT id FROM products ORDER BY id", "--limit", "1")
    #expect(run.status == 0)
    #expect(run.text == "{\"id\":1}\n")
    #expect(run.errors == "note: the result was cut at 1 row (--limit); there may be more\n")
    #expect(try shop.query("SELECT id FROM products", "--limit", "3").errors == "")
  }

  @Test func cutCellsAreAnnounced() throws {
    let run = try shop.query("SELECT 'abcdef' AS a", "--max-cell", "3")
    #expect(run.text == "{\"a\":\"abc…\"}\n")
    #expect(run.errors == "note: 1 cell was cut at 3 characters (--max-cell)\n")
  }

  @Test func duplicateNamesAreAnnounced() throws {
    let run = try shop.query("SELECT 1 AS a, 2 AS a")
    #expect(run.text == "{\"a\":1,\"a_2\":2}\n")
    #expect(run.errors.contains("\"a_2\""))
  }

  @Test func whatWritesPrintsNothingOnStandardOutput() throws {
    let run = try shop.query("UPDATE products SET price = 1 WHERE id < 3", "--write")
    #expect(run.status == 0)
    #expect(run.output.isEmpty)
    #expect(run.errors == "UPDATE: 2 rows\n")
    #expect(try shop.query("DELETE FROM orders WHERE id = 1", "--write", "-q").errors == "")
  }

  @Test func statsAreOnStandardError() throws {
    let run = try shop.query("SELECT 1 AS a", "--stats")
    #expect(run.text == "{\"a\":1}\n")
    #expect(run.errors.hasPrefix("1 row, 8 bytes; connect "))
  }

  @Test func failEmpty() throws {
    #expect(try shop.query("SELECT 1 WHERE 0", "--fail-empty").status == 1)
    #expect(try shop.query("SELECT 1", "--fail-empty").status == 0)
  }

  @Test func outputFilesAppearCompleteOrNotAtAll() throws {
    #expect(try shop.query("SELECT 1 AS a", "-o", "a.csv", "--csv").status == 0)
    #expect(try shop.read("a.csv") == "a\n1\n")
    let again = try shop.query("SELECT 2 AS a", "-o", "a.csv", "--csv")
    #expect(again.status == 2)
    #expect(again.errors == "error: a.csv exists; --force replaces it\n")
    #expect(try shop.query("SELECT 2 AS a", "-o", "a.csv", "--csv", "--force").status == 0)
    #expect(try shop.read("a.csv") == "a\n2\n")
    #expect(try shop.query("SELECT nope", "-o", "b.csv").status == 3)
    #expect(shop.files == ["a.csv", "shop.db"] || shop.files.filter { $0.hasPrefix("b") }.isEmpty)
    #expect(try shop.query("SELECT 1", "-o", "/dev/null").status == 0)
  }
}
