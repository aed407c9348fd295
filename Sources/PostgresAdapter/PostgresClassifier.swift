internal import DBAdapterCore
internal import DBSQLSupport

/// Says what a statement does, from the parse tree of the server's own grammar. What the grammar does not know counts as unknown, and
/// unknown counts as a write.
///
/// A text is parsed once for all that is asked of it, and the answers for the last few hundred texts are kept.
struct PostgresClassifier: Sendable {
  private static let capacity = 512
  private let cache = Locked<[String: Analysis]>([:])

  /// What is known of a statement by its text.
  struct Analysis: Sendable {
    var classification: StatementClassification
    var traces = PostgresTraces.names
    var setting: PostgresSetting?
  }

  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` for what the grammar does not know: more helpful than a refusal, and as safe.
  func classify(_ request: QueryRequest, serverVersion: Int) throws(DBError) -> StatementClassification {
    let text = try SQLStatement(request, style: .dollarNumber).text
    let result = analysis(text).classification
    if result.effect == .unknown, result.statementCount == 1,
      let error = PGStatementParser.syntaxError(text, serverVersion: serverVersion)
    {
      throw error
    }
    return result
  }

  /// A longer text is no everyday statement, and its tree would cost more than a reset.
  private static let longestRead = 64 * 1_024

  /// What a statement can leave behind in the session.
  func traces(of text: String) -> PostgresTraces {
    text.utf8.count > Self.longestRead ? .names : analysis(text).traces
  }

  /// Which settings that others are read under a statement changes.
  func setting(of text: String) -> PostgresSetting? {
    text.utf8.count > Self.longestRead ? nil : analysis(text).setting
  }

  private func analysis(_ text: String) -> Analysis {
    if let known = cache.withLock({ $0[text] }) { return known }
    let result = Self.analyse(text)
    // What is very long is not worth its place: it is hardly sent twice.
    guard text.utf8.count <= Self.longestRead else { return result }
    cache.withLock { cache in
      if cache.count >= Self.capacity { cache.removeAll(keepingCapacity: true) }
      cache[text] = result
    }
    return result
  }

  static func classify(_ text: String) -> StatementClassification { analyse(text).classification }

  static func analyse(_ text: String) -> Analysis {
    let summary = PostgresStatementName.summary(of: text)
    let analysis = PGParseTree.read(text) { statements -> Analysis in
      guard statements.count == 1 else {
        return Analysis(
          classification: StatementClassification(.unknown, summary: summary, statementCount: statements.count))
      }
      let verdict = PostgresVerdict(of: statements[0])
      return Analysis(
        classification: StatementClassification(
          verdict.effect, summary: summary, finding: verdict.finding,
          destruction: PostgresDestruction.found(in: statements[0])),
        traces: PostgresTraces(of: statements[0]), setting: PostgresSetting(of: statements[0]))
    }
    if let analysis { return analysis }
    var unknown = StatementClassification(.unknown, summary: summary)
    if text.utf8.count > PGDeepStack.longestText {
      unknown.finding = "is longer than the \(PGDeepStack.longestText / 1_024) KiB that the guard reads"
    }
    return Analysis(classification: unknown)
  }
}
