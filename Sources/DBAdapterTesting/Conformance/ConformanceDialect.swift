public import DBAdapterCore

/// An engine's language, as far as the suite has to speak it.
///
/// An engine of SQL needs none of its own: ``AdapterQuirks`` has the few words in which such engines differ. What the suite calls a table is
/// whatever an engine keeps a number of things in under a name; one that makes such a place by putting something into it has nothing to do
/// in ``create(_:columns:)``.
public protocol ConformanceDialect: Sendable {
  /// Replies with one row of one column, a number. It reads.
  func answer(_ number: Int) -> QueryRequest
  /// The one value of a reply's row.
  func value(of row: Row) -> DBValue
  /// Replies in the engine's own shape, and what that reply is.
  func nativeAnswer(_ number: Int) -> (request: QueryRequest, reply: DBValue)
  /// Replies with one row of one column: the value as it was sent.
  /// - Parameter type: what ``StorageQuirk`` says of the value.
  func echo(_ value: DBValue, as type: String) -> QueryRequest
  /// Replies with so many rows of one column, the numbers from 1 in order.
  func series(_ count: Int) -> QueryRequest
  /// What that column is called.
  var seriesColumn: String { get }
  /// What has to be there before ``rows(in:count:)`` can be streamed.
  /// - Parameter isWide: whether every row is worth some eighty bytes.
  func fill(_ table: String, count: Int, isWide: Bool) -> [QueryRequest]
  /// Replies with so many rows, the numbers from 1, in a stream that the server makes as it is read.
  func rows(in table: String, count: Int, isWide: Bool) -> QueryRequest
  /// What the columns of that stream are called when it is not wide.
  var streamColumns: [String] { get }
  /// How many rows take so long to read that reading them all is noticed.
  var longStream: Int { get }
  /// How many wide rows are more than may be kept in memory.
  var manyRows: Int { get }
  /// Runs for a minute or longer, and can be stopped.
  var endless: QueryRequest { get }
  /// Replies with rows, of which there are none.
  var nothing: (request: QueryRequest, columns: [String], reply: ReplyShape) { get }
  /// Adds up parameters by their numbers from 1.
  func sum(ofParameters numbers: [Int]) -> String

  func create(_ table: String, columns: String) -> [QueryRequest]
  func drop(_ table: String) -> QueryRequest
  func insert(_ number: Int, into table: String) -> QueryRequest
  func insert(_ text: String, into table: String) -> QueryRequest
  /// Replies with how often a text was inserted.
  func count(of text: String, in table: String) -> QueryRequest
  func count(_ table: String) -> QueryRequest
  /// Keeps a value in a table whose columns are `id` and `v`.
  func keep(_ value: DBValue, id: Int, in table: String) -> QueryRequest
  func fetch(_ id: Int, from table: String) -> QueryRequest
  /// A table with rules, something it takes, and what breaks one of them each, with the rule's name where the server says it.
  func constrained(_ table: String) -> ConstrainedTable
  /// Replies with rows of which the one after so many fails.
  func failingRows(after count: Int) -> (request: QueryRequest, code: DBError.Code)?
  /// Fails once ``insert(_:into:)-(Int,_)`` has put 1 into the table.
  func failing(_ table: String) -> (request: QueryRequest, code: DBError.Code)
  /// Writes to an empty table that say how many rows they concern, with how many rows they reply. They leave two rows.
  func countedWrites(_ table: String) -> [(request: QueryRequest, rows: Int, replied: Int)]

  /// Statements that are wrong in themselves, and where in their text, if that is said.
  var wrongSyntax: [(text: String, position: Int?)] { get }
  /// Statements that fail, and the server's own word for it, if it has one.
  func failures(_ table: String) -> [(text: String, code: DBError.Code, word: String?)]
  /// Statements that an atomic batch is refused for as a whole.
  func refusedBeforehand(_ table: String) -> [String]
  var emptyStatements: [String] { get }
  /// Texts of several statements, with whether the second one is wrong.
  func severalStatements(_ table: String) -> [(text: String, isWrong: Bool)]
  /// Texts that look like several statements and are one, with one row.
  var singleStatements: [String] { get }
  func classified(_ table: String) -> [(text: String, effect: StatementClassification.Effect)]
  /// Everything that a read-only session must not let through.
  func writes(_ table: String) -> [String]
  /// Shows a value that the server must not take, for errors that must not show it.
  func refused(_ value: String, _ table: String) -> QueryRequest
}

extension ConformanceDialect {
  public func value(of row: Row) -> DBValue { row[0] }
  public func nativeAnswer(_ number: Int) -> (request: QueryRequest, reply: DBValue) {
    (answer(number), .int(Int64(number)))
  }
  public func constrained(_ table: String) -> ConstrainedTable { ConstrainedTable(create: [], accepted: answer(1)) }
  public func failingRows(after count: Int) -> (request: QueryRequest, code: DBError.Code)? { nil }
}

/// SQL, with the words of one engine.
struct SQLConformanceDialect: ConformanceDialect {
  let quirks: AdapterQuirks

  private func text(_ text: String, _ parameters: [DBValue] = []) -> QueryRequest {
    QueryRequest(unsafeText: text, parameters: parameters)
  }

  func answer(_ number: Int) -> QueryRequest { text("SELECT \(number) AS n") }
  func echo(_ value: DBValue, as type: String) -> QueryRequest {
    text("SELECT " + quirks.cast(quirks.placeholder(1), type), [value])
  }

  func series(_ count: Int) -> QueryRequest { text(quirks.series(count)) }
  var seriesColumn: String { "n" }
  func fill(_ table: String, count: Int, isWide: Bool) -> [QueryRequest] { [] }
  func rows(in table: String, count: Int, isWide: Bool) -> QueryRequest {
    guard isWide else { return series(count) }
    return text(
      "SELECT n, 'a text of some length, so that the rows are worth something' AS t FROM (\(quirks.series(count))) AS s"
    )
  }
  var streamColumns: [String] { ["n"] }
  var longStream: Int { 5_000_000 }
  var manyRows: Int { 1_000_000 }
  var endless: QueryRequest { text(quirks.endless) }
  var nothing: (request: QueryRequest, columns: [String], reply: ReplyShape) {
    (text("SELECT 1 AS x, 'a' AS y WHERE 1 = 0"), ["x", "y"], .rows)
  }
  func sum(ofParameters numbers: [Int]) -> String {
    "SELECT " + numbers.map { quirks.cast(quirks.placeholder($0), "BIGINT") }.joined(separator: " + ")
  }

  func create(_ table: String, columns: String) -> [QueryRequest] { [text("CREATE TABLE \(table) (\(columns))")] }
  func drop(_ table: String) -> QueryRequest { text("DROP TABLE \(table)") }
  func insert(_ number: Int, into table: String) -> QueryRequest {
    "INSERT INTO \(identifier: table) VALUES (\(number))"
  }
  func insert(_ text: String, into table: String) -> QueryRequest {
    "INSERT INTO \(identifier: table) VALUES (\(text))"
  }
  func count(of text: String, in table: String) -> QueryRequest {
    "SELECT count(*) FROM \(identifier: table) WHERE t = \(text)"
  }
  func count(_ table: String) -> QueryRequest { text("SELECT count(*) FROM \(table)") }
  func keep(_ value: DBValue, id: Int, in table: String) -> QueryRequest {
    "INSERT INTO \(identifier: table) (id, v) VALUES (\(id), \(value))"
  }
  func fetch(_ id: Int, from table: String) -> QueryRequest { text("SELECT v FROM \(table) WHERE id = \(id)") }
  func constrained(_ table: String) -> ConstrainedTable {
    func insert(_ value: Int?) -> QueryRequest { "INSERT INTO \(identifier: table) VALUES (\(value))" }
    return ConstrainedTable(
      create: create(
        table, columns: "n BIGINT NOT NULL, CONSTRAINT n_is_key PRIMARY KEY (n), CONSTRAINT n_is_small CHECK (n < 100)"),
      accepted: insert(1),
      violations: [
        ("a duplicate", insert(1), nil), ("a failed check", insert(100), "n_is_small"),
        ("a missing value", insert(nil), nil),
      ])
  }
  func failingRows(after count: Int) -> (request: QueryRequest, code: DBError.Code)? {
    guard let (expression, code) = quirks.failingExpression else { return nil }
    let rows = "FROM (\(quirks.series(count * 2))) AS s"
    return (text("SELECT CASE WHEN n > \(count) THEN \(expression) ELSE n END \(rows)"), code)
  }
  func failing(_ table: String) -> (request: QueryRequest, code: DBError.Code) {
    (insert(1, into: table), .constraintViolation)
  }
  func countedWrites(_ table: String) -> [(request: QueryRequest, rows: Int, replied: Int)] {
    [
      (text("INSERT INTO \(table) VALUES (1), (2), (3), (4)"), 4, 0),
      (text("UPDATE \(table) SET n = n + 1 WHERE n > 2"), 2, 0), (text("DELETE FROM \(table) WHERE n > 100"), 0, 0),
      (text("DELETE FROM \(table) WHERE n < 3 RETURNING n"), 2, 2),
    ]
  }

  // Counted in characters: the accents before the mistake are two bytes each.
  var wrongSyntax: [(text: String, position: Int?)] { [("SELEC 1", 1), ("SELECT 'éé' FROM FROM t", 18)] }

  func failures(_ table: String) -> [(text: String, code: DBError.Code, word: String?)] {
    [
      ("SELECT * FROM \(table)_missing", .objectNotFound, nil), ("SELECT missing FROM \(table)", .objectNotFound, nil),
      ("CREATE TABLE \(table) (n BIGINT)", .objectExists, nil), ("SELECT no_such_function(1)", .objectNotFound, nil),
    ]
  }

  func refusedBeforehand(_ table: String) -> [String] { ["SELEC 1"] }

  var emptyStatements: [String] { ["", "  \n", ";", "-- only a comment", "/* only a comment */", ";;"] }

  func severalStatements(_ table: String) -> [(text: String, isWrong: Bool)] {
    [
      ("SELECT 1; SELECT 2", false), ("SELECT 1; x", true),
      ("INSERT INTO \(table) VALUES (1); INSERT INTO \(table) VALUES (2)", false),
    ]
  }

  var singleStatements: [String] { ["SELECT 1;", "SELECT 1; -- done", "SELECT ';'", "SELECT 1 /* ; */ ;"] }

  func classified(_ table: String) -> [(text: String, effect: StatementClassification.Effect)] {
    [
      ("SELECT 1", .read), ("-- note\n/* note */ select 1", .read), ("WITH a AS (SELECT 1) SELECT * FROM a", .read),
      ("INSERT INTO \(table) VALUES (1)", .write), ("/* SELECT */ DELETE FROM \(table)", .write),
      ("UPDATE \(table) SET n = 1", .write),
      ("CREATE TABLE \(table) (n BIGINT)", .definition), ("DROP TABLE \(table)", .definition),
      ("BEGIN", .transactionControl),
      ("COMMIT", .transactionControl), ("ROLLBACK", .transactionControl), ("this is no statement", .unknown),
    ]
  }

  func writes(_ table: String) -> [String] {
    [
      "INSERT INTO \(table) VALUES (1)", "UPDATE \(table) SET n = 2", "DELETE FROM \(table)", "DROP TABLE \(table)",
      "CREATE TABLE \(table)_x (n BIGINT)", "-- SELECT\nINSERT INTO \(table) VALUES (1)",
      "/* */ DELETE FROM \(table)",
      "CREATE VIEW \(table)_v AS SELECT 1", "ALTER TABLE \(table) ADD COLUMN m BIGINT",
      "WITH a AS (SELECT 1) INSERT INTO \(table) SELECT * FROM a", "INSERT INTO \(table) VALUES (1) RETURNING n",
      "SELECT 1; INSERT INTO \(table) VALUES (1)", "BEGIN", "COMMIT",
    ]
  }

  func refused(_ value: String, _ table: String) -> QueryRequest {
    "INSERT INTO \(identifier: table) VALUES (\(value), \(99))"
  }
}
