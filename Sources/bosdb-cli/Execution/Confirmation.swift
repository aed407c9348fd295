internal import DBAdapterCore
internal import DBRendering

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Asks a person before a statement destroys something.
struct Confirmation: Sendable {
  enum Mode: String, Sendable, CaseIterable { case ask, never, always }

  var mode = Mode.ask
  /// Whether there may be somebody to ask; a terminal is needed as well.
  var mayAsk = true

  /// The request, with the consent that it needs in a session.
  /// - Throws: ``DBError/Code-swift.struct/confirmationRequired`` when there is nobody to ask, or the answer is no.
  func confirmed(_ request: QueryRequest, in session: DatabaseSession) async throws(DBError) -> QueryRequest {
    guard session.policy.destruction != .allowed, session.policy.level != .readOnly else { return request }
    // What cannot be read fails when it is run, where the audit sees it.
    guard let classification = try? await session.classify(request) else { return request }
    guard classification.destruction != nil || mode == .always && classification.effect != .read else { return request }
    let deed = "\(classification.summary) \(classification.destruction ?? Messages.mayWrite)"
    guard mayAsk, isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
      throw DBError(.confirmationRequired, Messages.nobodyToAsk(deed), refusedBy: .policy)
    }
    guard try Prompt.agreement(Messages.confirmationQuestion(SafeText(deed).text, SafeText(session.endpoint).text))
    else {
      throw DBError(.confirmationRequired, Messages.notConfirmed(deed), refusedBy: .policy)
    }
    return request.confirmed()
  }
}
