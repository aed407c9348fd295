internal import DBAdapterCore

/// What an adapter did otherwise than the contract says.
public struct ConformanceFailure: Error, Sendable, CustomStringConvertible {
  /// The case it was found in.
  public let name: String
  /// One sentence each.
  public let findings: [String]

  /// The findings below the case's name.
  public var description: String { ([name] + findings).joined(separator: "\n  - ") }
}

/// One case of the suite for one adapter.
struct ConformanceCase: Sendable {
  /// What must hold, in words: `a decimal of a thousand digits comes back`.
  let name: String
  let quirks: AdapterQuirks
  let body: @Sendable (ConformanceContext) async throws -> Void

  /// - Throws: ``ConformanceFailure`` with everything that was found.
  func run() async throws {
    let context = ConformanceContext(quirks)
    do {
      try await body(context)
    } catch {
      context.report("threw \(String(reflecting: error))")
    }
    let findings = context.findings
    if !findings.isEmpty { throw ConformanceFailure(name: "\(quirks.name): \(name)", findings: findings) }
  }
}

/// What a case works with: sessions of the adapter under test, and a place for findings.
final class ConformanceContext: Sendable {
  let quirks: AdapterQuirks
  let audit = RecordingAuditSink()
  private let found = Locked<[String]>([])

  init(_ quirks: AdapterQuirks) { self.quirks = quirks }

  var findings: [String] { found.withLock { $0 } }

  func report(_ finding: String) { found.withLock { $0.append(finding) } }

  func expect(_ condition: Bool, _ finding: @autoclosure () -> String) {
    if !condition { report(finding()) }
  }

  var dialect: any ConformanceDialect { quirks.dialect }

  func has(_ capability: AdapterCapabilities) -> Bool { quirks.capabilities.contains(capability) }

  func session<R>(
    _ policy: AccessPolicy = .readWrite, _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    try await ConnectionManager(registry: quirks.registry, policy: policy, audit: audit)
      .withSession(quirks.target, body)
  }

  /// Makes a table, lends it, and removes it.
  func withTable(
    _ columns: String, _ body: (_ session: DatabaseSession, _ table: String) async throws -> Void
  ) async throws {
    let table = TestServers.uniqueName()
    var failure: (any Error)?
    try await session { session in
      for request in dialect.create(table, columns: columns) { _ = try await session.execute(request) }
      do { try await body(session, table) } catch { failure = error }
    }
    // A session of its own: the other may be broken.
    try await session { _ = try await $0.execute(dialect.drop(table)) }
    if let failure { throw failure }
  }

  /// Lends a session and a statement whose rows, the numbers from 1, can be streamed.
  func withRows(
    _ count: Int, isWide: Bool = false,
    _ body: (_ session: DatabaseSession, _ request: QueryRequest) async throws -> Void
  ) async throws {
    let table = TestServers.uniqueName()
    let setup = dialect.fill(table, count: count, isWide: isWide)
    var failure: (any Error)?
    try await session { session in
      for request in setup { _ = try await session.execute(request) }
      do { try await body(session, dialect.rows(in: table, count: count, isWide: isWide)) } catch { failure = error }
    }
    if !setup.isEmpty { try await session { _ = try await $0.execute(dialect.drop(table)) } }
    if let failure { throw failure }
  }

  /// The error of a call that has to fail.
  func failure<R>(of what: String, _ body: () async throws -> R) async -> DBError? {
    do {
      let result = try await body()
      report("\(what) succeeded with \(String(describing: result).prefix(200))")
      return nil
    } catch let error as DBError {
      return error
    } catch {
      report("\(what) threw \(type(of: error)) instead of DBError: \(error)")
      return nil
    }
  }

  /// Checks that a call fails with a code.
  @discardableResult
  func expect<R>(_ code: DBError.Code, of what: String, _ body: () async throws -> R) async -> DBError? {
    guard let error = await failure(of: what, body) else { return nil }
    expect(error.code == code, "\(what) failed with \(error) instead of \(code)")
    return error
  }

  func scalar(_ session: DatabaseSession, _ request: QueryRequest) async throws -> DBValue {
    let result = try await session.execute(request)
    guard result.rows.count == 1, result.columns.count == 1 else {
      throw ConformanceFailure(
        name: "\(request.statement)", findings: ["gave \(result.rows.count) rows of \(result.columns.count) columns"])
    }
    return dialect.value(of: result.rows[0])
  }

  /// Checks that a session still answers.
  func expectAlive(_ session: DatabaseSession, after what: String) async {
    do {
      let value = try await scalar(session, dialect.answer(42))
      expect(value == 42, "after \(what) the answer to 42 was \(value)")
    } catch {
      report("after \(what) the session answers no more: \(error)")
    }
  }
}

extension DBValue {
  /// Whether both are the same value bit by bit: NaN equals itself, and zero is not its negative.
  func isSame(as other: DBValue) -> Bool {
    switch (self, other) {
    case (.double(let left), .double(let right)): left.bitPattern == right.bitPattern || left.isNaN && right.isNaN
    default: self == other
    }
  }

  /// The value for a report: its kind, and its text when it is short.
  var shown: String {
    let text = description
    return "\(kindName) " + (text.utf8.count > 80 ? "\(text.prefix(60))… (\(text.utf8.count) bytes)" : "'\(text)'")
  }
}
