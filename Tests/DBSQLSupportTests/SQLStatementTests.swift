import DBAdapterCore
import DBSQLSupport
import Testing

@Suite struct SQLStatementTests {
  private func failure(_ request: QueryRequest) -> DBError.Code? {
    do throws(DBError) {
      _ = try SQLStatement(request, style: .dollarNumber)
      return nil
    } catch {
      return error.code
    }
  }

  @Test func writesEachEnginesPlaceholders() throws {
    let request: QueryRequest =
      "SELECT * FROM \(identifier: "s", "t") WHERE a = \(1) OR b = \("x") OR c = \(nil as Int?)"
    let postgres = try SQLStatement(request, style: .dollarNumber)
    #expect(postgres.text == #"SELECT * FROM "s"."t" WHERE a = $1 OR b = $2 OR c = $3"#)
    #expect(postgres.parameters == [1, "x", nil])
    #expect(try SQLStatement(request, style: .questionNumber).text.hasSuffix("a = ?1 OR b = ?2 OR c = ?3"))
  }

  @Test func keepsTextAndParameters() throws {
    let statement = try SQLStatement(QueryRequest(unsafeText: "SELECT $1", parameters: [7]), style: .dollarNumber)
    #expect(statement.text == "SELECT $1" && statement.parameters == [7])
  }

  @Test func refusesWhatIsNoStatement() {
    for text in ["", " ", "\n\t", ";", " ; ;\n"] {
      #expect(failure(QueryRequest(.text(text))) == .invalidParameter, "\(text)")
    }
    #expect(failure(QueryRequest(.text("SELECT '\0'"))) == .invalidParameter)
    #expect(failure("SELECT \(identifier: "")") == .invalidParameter)
    #expect(failure("SELECT \(identifier: "a\0b")") == .invalidParameter)
    var mixed: QueryRequest = "SELECT \(1)"
    mixed.parameters = [2]
    #expect(failure(mixed) == .invalidParameter)
    #expect(failure(QueryRequest(.command(["GET", "x"]))) == .unsupported)
    #expect(failure(QueryRequest(.document([:]))) == .unsupported)
  }
}

@Suite struct SQLIdentifierTests {
  @Test(arguments: [
    ("a", "\"a\""), ("a b", "\"a b\""), ("a\"b", "\"a\"\"b\""), ("\"", "\"\"\"\""), ("\"\"", "\"\"\"\"\"\""),
    ("é", "\"é\""),
    ("a.b", "\"a.b\""), ("; DROP TABLE t --", "\"; DROP TABLE t --\""),
  ])
  func quotes(_ name: String, _ quoted: String) throws {
    #expect(try SQLIdentifier.quoted(name) == quoted)
  }

  /// A combining character after a quote makes one `Character` of both; the server still sees a quote.
  @Test func quotesEveryQuoteByte() throws {
    for name in ["a\"\u{301}b", "\"\u{200D}", "\"\u{FE0F}; DROP TABLE t --"] {
      let quoted = try SQLIdentifier.quoted(name)
      let inside = quoted.utf8.dropFirst().dropLast().count { $0 == UInt8(ascii: "\"") }
      #expect(inside == 2, "\(quoted)")
    }
  }
}

@Suite struct SQLStateTests {
  @Test(arguments: [
    ("23505", DBError.Code.constraintViolation, RetrySafety.never), ("42601", .syntaxError, .never),
    ("42P01", .objectNotFound, .never),
    ("40001", .serializationConflict, .safe), ("40P01", .deadlock, .safe), ("53300", .tooManyConnections, .safe),
    ("28P01", .authenticationFailed, .never), ("3D000", .objectNotFound, .never), ("57014", .cancelled, .never),
    ("57P01", .serverShuttingDown, .ifIdempotent), ("57P03", .serverShuttingDown, .safe),
    ("08006", .connectionLost, .ifIdempotent),
    ("25P02", .transactionAborted, .never), ("25006", .permissionDenied, .never), ("22003", .dataInvalid, .never),
    ("XX000", .serverError, .never), ("99999", .serverError, .never), ("", .serverError, .never),
    ("4", .serverError, .never),
  ])
  func hasAMeaning(_ state: String, _ code: DBError.Code, _ retry: RetrySafety) {
    let meaning = SQLState.meaning(of: state)
    #expect(meaning.code == code && meaning.retry == retry)
  }
}

@Suite struct GlobPatternTests {
  @Test(arguments: [
    ("", ""), ("*", "%"), ("a?", "a_"), ("100%_\\", "100\\%\\_\\\\"), ("or*s", "or%s"),
  ])
  func becomesALikePattern(_ glob: String, _ like: String) {
    #expect(GlobPattern.like(glob) == like)
  }
}
