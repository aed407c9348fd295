import DBAdapterCore
import Testing

@Suite struct DBErrorTests {
  private var full: DBError {
    var server = ServerDiagnostics(sqlState: "23505", nativeCode: 7, nativeName: "DUP")
    server.severity = "ERROR"
    server.detail = "Key (id)=(1) already exists."
    server.hint = "Try another."
    server.position = 15
    server.constraint = "t_pkey"
    return DBError(
      .constraintViolation, "duplicate key", retry: .never, server: server, adapter: .postgres, endpoint: "db:5432",
      stage: .startup, underlying: CancellationError(), file: "App/Main.swift", line: 3)
  }

  @Test func isOnePointerWide() { #expect(MemoryLayout<DBError>.size == MemoryLayout<Int>.size) }

  @Test func describesItself() {
    #expect(full.description == "constraintViolation [23505]: duplicate key (db:5432)")
    #expect(DBError(.timeout, "too late").description == "timeout: too late")
    let debug = full.debugDescription
    for part in [
      "stage: startup", "retry: never", "native code: 7 (DUP)", "severity: ERROR",
      "detail: Key (id)=(1) already exists.",
      "hint: Try another.", "position: 15", "constraint: t_pkey", "underlying: CancellationError",
      "origin: App/Main.swift:3",
    ] {
      #expect(debug.contains(part), "\(part)")
    }
  }

  @Test func isCompletedOnlyWhereItIsEmpty() {
    let completed = full.completed(adapter: .sqlite, endpoint: "elsewhere")
    #expect(completed.adapter == .postgres && completed.endpoint == "db:5432" && completed.origin == full.origin)
    let bare = DBError(.timeout, "x").completed(adapter: .sqlite, endpoint: "e", origin: .init(file: "f", line: 1))
    #expect(bare.adapter == .sqlite && bare.endpoint == "e" && bare.origin.description == "f:1")
    #expect(DBError(.serverError, "x", retry: .safe, stage: .dial).completed().stage == .dial)
  }

  @Test(arguments: [
    (DBError.Code.invalidConnectionString, ErrorCategory.validationFailed), (.unknownScheme, .validationFailed),
    (.invalidParameter, .validationFailed), (.connectionFailed, .connectionFailed),
    (.connectionLost, .connectionFailed),
    (.tlsFailed, .connectionFailed), (.tooManyConnections, .connectionFailed),
    (.authenticationFailed, .authenticationFailed),
    (.permissionDenied, .permissionDenied), (.timeout, .timeout), (.rejectedByGuard, .guardRefused),
    (.unsupported, .unsupported),
    (.cancelled, .interrupted), (.sessionExpired, .internalError), (.connectionBusy, .internalError),
    (.syntaxError, .queryFailed),
    (.constraintViolation, .queryFailed), (DBError.Code(rawValue: "somethingNew"), .queryFailed),
  ])
  func hasACategory(_ code: DBError.Code, _ category: ErrorCategory) {
    #expect(DBError(code, "").category == category)
  }

  @Test func categoriesDifferByNameOrStatus() {
    let all: [ErrorCategory] = [
      .validationFailed, .queryFailed, .connectionFailed, .authenticationFailed, .permissionDenied, .timeout,
      .guardRefused,
      .limitExceeded, .unsupported, .internalError, .interrupted,
    ]
    #expect(Set(all.map(\.name)).count == all.count)
    #expect(all.allSatisfy { $0.exitCode != 0 && (400...599).contains($0.httpStatus) })
  }

  @Test func saysWhatBecameOfTheStatement() {
    #expect(full.outcome == "rejected")
    #expect(DBError(.connectionLost, "", retry: .ifIdempotent).outcome == "unknown")
    #expect(
      DBError(.connectionLost, "", retry: .ifIdempotent, server: ServerDiagnostics(sqlState: "57P01")).outcome
        == "unknown")
    #expect(DBError(.connectionFailed, "", retry: .safe).outcome == "not_sent")
    #expect(DBError(.connectionFailed, "", retry: .safe).isRetryable && !full.isRetryable)
  }

  @Test func reportsAsJSON() throws {
    let report = full.report(
      requestID: DBUUID(high: 0, low: 1), timestamp: DBTimestamp("2026-02-28T13:05:07Z")!, connection: "shop",
      elapsed: .microseconds(1_500), attempts: 2)
    guard case .document(let root) = try report.parsed(), case .document(let error)? = root["error"] else {
      Issue.record("not an object: \(report)")
      return
    }
    #expect(root.fields.count == 1)
    let expected: DBDocument = [
      "code": "DB_CONNECTION_FAILED", "message": "duplicate key", "details": "Key (id)=(1) already exists.",
      "retryable": false,
      "timestamp": "2026-02-28T13:05:07Z", "requestId": "00000000-0000-0000-0000-000000000001", "engine": "postgres",
      "connection": "shop", "stage": "startup", "refusedBy": .null, "sqlState": "23505", "serverCode": "DUP",
      "position": 15,
      "hint": "Try another.", "constraint": "t_pkey", "reason": "constraintViolation", "attempts": 2,
      "elapsedMs": .decimal(DBDecimal("1.5")!), "outcome": "rejected", "exitCode": 4,
    ]
    #expect(error == expected)
    #expect(throws: Never.self) { try DBError(.timeout, "\"\n\u{1}").report().parsed() }
  }

  @Test func transactionErrorsSayTheOutcome() {
    let error = TransactionError(outcome: .unknown, bodyError: full, commitError: DBError(.connectionLost, "gone"))
    #expect(
      error.description.hasPrefix(
        "transaction outcome unknown; commit: connectionLost: gone; body: constraintViolation"))
  }
}
