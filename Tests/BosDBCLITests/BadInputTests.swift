import Testing

@Suite struct BadInputTests {
  private let shop: CLIWorkspace
  init() throws { shop = try CLIWorkspace() }

  private func expect(
    _ run: CLIProcess.Outcome, _ status: Int32, _ message: String, at location: SourceLocation = #_sourceLocation
  ) {
    #expect(run.status == status, "\(run.errors)", sourceLocation: location)
    #expect(run.output.isEmpty, sourceLocation: location)
    #expect(run.errors.contains(message), "\(run.errors)", sourceLocation: location)
  }

  @Test func unknownScheme() throws {
    let run = try shop.run("query", "mysql://root@host/db", "SELECT 1")
    expect(run, 2, "no adapter answers to mysql:")
    #expect(run.errors.contains("postgres:"))
    #expect(run.errors.contains("sqlite:"))
  }

  @Test func malformedURLWithoutItsPassword() throws {
    for url in [
      "postgres://app:hunter2@host:port/db", "postgres://app:hunter2%zz@host/db", "postgres://app:hunter2@[::1/db",
    ] {
      let run = try shop.run("query", url, "SELECT 1")
      expect(run, 2, "the connection string cannot be read: ")
      #expect(run.errors.contains("character"))
      #expect(!run.errors.contains("hunter2"))
    }
  }

  @Test func argumentsThatDoNotFitWithoutTheirPassword() throws {
    let url = "postgres://app:hunter2@host/db"
    for arguments in [
      ["query", "a", "b", url, "host=h password=hunter2"], ["query", "-x\(url)"], ["query", "--format=\(url)"],
      ["query", "--limit", "host=h password='hunter2 x'"], ["query", "--\(url)"], [url], ["version", url],
      ["ping", url, url, url, "--error-format", "json"], ["query", "sqlite://app:hunter2@host/db", "SELECT 1"],
    ] {
      let run = try CLIProcess(arguments, in: shop.directory).finish()
      expect(run, 2, "error")
      #expect(!run.errors.contains("hunter2"), "\(run.errors)")
    }
  }

  /// A closed stream's number must not become a database's.
  @Test func closedStreams() throws {
    for (closing, status) in [(">&-", 2), ("2>&-", 0), ("<&-", 0), ("<&- >&- 2>&-", 2)] {
      let run = try shop.shell("exec \"$CLI\" query sqlite:shop.db 'SELECT 1' \(closing)")
      #expect(run.status == status, "\(closing): \(run.errors)")
      #expect(closing.contains("2>") || status == 0 || run.errors.contains("standard output: Bad file descriptor"))
    }
  }

  @Test func commandsOfOtherShells() throws {
    expect(try shop.query(input: ".tables\n"), 3, "dot commands are sqlite3's own")
  }

  @Test func missingDatabase() throws {
    let run = try shop.run("query", "sqlite:missing.db", "SELECT 1")
    expect(run, 4, "missing.db")
    #expect(shop.files == ["shop.db"])
  }

  @Test func noConnectionAndNoStatement() throws {
    expect(try shop.run("query", "SELECT 1"), 2, "no connection was given")
    expect(try shop.run("query", "sqlite:shop.db", "SELECT 1", "extra"), 2, "extra")
    expect(try shop.run("query", "-u", "sqlite:shop.db", "sqlite:shop.db", "SELECT 1"), 2, "given twice")
    expect(try shop.query("SELECT 1", "-f", "x.sql"), 2, "the statement is given twice")
  }

  @Test func emptyStatement() throws {
    expect(try shop.query(""), 2, "the statement is empty")
    expect(try shop.query(" ; ;\n"), 2, "the statement is empty")
    expect(try shop.query(input: ""), 2, "standard input: the statement is empty")
    expect(try shop.query(input: "-- only a comment\n"), 2, "standard input: the statement is empty")
    #expect(try shop.query("-- a comment").status == 2)
  }

  @Test func twoStatementsInOneRequest() throws {
    expect(try shop.query("SELECT 1; SELECT 2"), 2, "one statement")
  }

  @Test func wrongParameters() throws {
    expect(try shop.query("SELECT ?1 + ?2", "-p", "1"), 2, "2 parameters")
    expect(try shop.query("SELECT 1", "-p", "1"), 2, "parameter")
    expect(try shop.query("SELECT :n", "-P", "n:int=many"), 2, "parameter n: the value is not a valid int")
    expect(try shop.query("SELECT :n", "-P", "n:number=1"), 2, "parameter n: there is no type number")
    expect(try shop.query("SELECT :n", "-P", "m:int=1"), 2, "parameter m: the statement has no :m")
    expect(try shop.query("SELECT :n", "-P", "n:int=1", "-P", "n:int=2"), 2, "parameter n is given twice")
    expect(try shop.query("SELECT ?1, ?2", "-P", "2:int=1"), 2, "parameter 1 is missing")
    expect(try shop.query("SELECT :n", "-P", "n:json={"), 2, "parameter n: the value is not a valid json")
    expect(try shop.query("SELECT ?1", "-p", "@missing.txt"), 2, "parameter 1: cannot read missing.txt")
    expect(try shop.query("-f", "two.sql", "-p", "1"), 2, "two.sql")
    try shop.write("two.sql", "SELECT 1; SELECT 2".utf8)
    expect(try shop.query("-f", "two.sql", "-p", "1"), 2, "parameters need exactly one statement, and the script has 2")
  }

  @Test func unreadableScript() throws {
    expect(try shop.query("-f", "missing.sql"), 2, "cannot read missing.sql: No such file or directory")
    expect(try shop.query("-f", "."), 2, "cannot read .: ")
  }

  @Test func unwritableOutput() throws {
    expect(try shop.query("SELECT 1", "-o", "no/such/directory.csv"), 2, "cannot write no/such/directory.csv: ")
    expect(try shop.query("SELECT 1", "-o", "/dev/full"), 2, "cannot write /dev/full: No space left on device")
    let full = try shop.shell("$CLI query sqlite:shop.db 'SELECT 1' > /dev/full")
    expect(full, 2, "cannot write standard output: No space left on device")
  }

  @Test func invalidUTF8() throws {
    try shop.write("bad.sql", Array("SELECT 1;\nSELECT '".utf8) + [0xFF] + Array("'".utf8))
    expect(try shop.query("-f", "bad.sql"), 2, "bad.sql is not valid UTF-8 at byte 19 (line 2)")
    expect(try shop.query("SELECT ?1", "-p", "@bad.sql"), 2, "parameter 1: bad.sql is not valid UTF-8")
    let argument = try shop.shell("$CLI query sqlite:shop.db $'SELECT \\'\\xff\\''")
    expect(argument, 2, "argument 3 is not valid UTF-8")
    #expect(try shop.query("SELECT CAST(x'61ff' AS TEXT) AS t", "--csv").text == "t\n\\x61ff\n")
  }

  @Test func wrongOptions() throws {
    expect(try shop.query("SELECT 1", "--bogus"), 2, "Unknown option '--bogus'")
    expect(try shop.query("SELECT 1", "--format", "yaml"), 2, "yaml")
    expect(try shop.query("SELECT 1", "--json", "--csv"), 2, "the format is given twice")
    expect(try shop.query("SELECT 1", "--limit", "0"), 2, "--limit has to be at least 1")
    expect(try shop.query("SELECT 1", "--timeout", "soon"), 2, "soon")
    expect(try shop.query("SELECT 1", "--continue", "--single-transaction"), 2, "exclude each other")
    expect(try shop.query("-f", "-", "-p", "-"), 2, "only one of -f -, -p - and --password-stdin")
    expect(try shop.query("SELECT 1", "--password-stdin", input: "secret\n"), 2, "SQLite takes no password")
    let json = try shop.query("SELECT 1", "--bogus", "--error-format", "json")
    expect(json, 2, "{\"error\":{\"code\":\"VALIDATION_FAILED\",\"message\":\"Unknown option '--bogus'\"")
  }

  @Test func statementsTheEngineRejects() throws {
    let run = try shop.query("SELECT * FROM nope")
    expect(run, 3, "error: no such table: nope")
    expect(try shop.query("INSERT INTO products (id, name) VALUES (1, 'x')", "--write"), 3, "UNIQUE")
  }

  @Test func errorsAsJSON() throws {
    let run = try shop.query("SELECT * FROM nope", "--error-format", "json")
    #expect(run.status == 3)
    let stable = run.errors.replacing(#/"(timestamp|requestId)":"[^"]*"/#) { "\"\($0.1)\":\"…\"" }
      .replacing(#/"elapsedMs":[0-9.]+/#, with: "\"elapsedMs\":0")
    expectGolden(stable, "error.json")
  }

  @Test func writesAreRefusedAndNameTheFlag() throws {
    for statement in ["DELETE FROM orders", "DROP TABLE orders", "PRAGMA user_version = 3"] {
      let run = try shop.query(statement)
      expect(run, 7, "error: this session is read-only")
      #expect(run.errors.contains("--write"))
    }
    #expect(try shop.query("SELECT count(*) AS n FROM orders").text == "{\"n\":2}\n")
  }

  /// Root may read and write everything: then the program runs as a user who may not.
  @Test func aFileThatDeniesAccessSaysWhich() throws {
    let unprivileged = """
      touch guarded.db; chmod MODE guarded.db; chmod 755 .; cp "$CLI" cli; as=
      if [ "$(id -u)" = 0 ]; then as='setpriv --reuid=65534 --regid=65534 --clear-groups'; fi
      exec $as ./cli query "sqlite:$PWD/guarded.db"
      """
    let unreadable = try shop.shell(unprivileged.replacing("MODE", with: "000") + " 'SELECT 1'")
    expect(unreadable, 5, "guarded.db cannot be read: access is denied")
    let unwritable = try shop.shell(unprivileged.replacing("MODE", with: "444") + " 'CREATE TABLE t (a)' --write")
    expect(unwritable, 5, "guarded.db can be read but not written; open it read-only, or add ?mode=ro")
  }
}
