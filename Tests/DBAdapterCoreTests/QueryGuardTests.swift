import DBAdapterCore
import Testing

@testable import struct DBAdapterCore.QueryGuard

@Suite struct QueryGuardTests {
  private typealias Effect = StatementClassification.Effect

  private func refusal(
    _ effect: StatementClassification.Effect, _ level: AccessLevel, hint: String? = nil
  ) -> DBError? {
    let policy = QueryGuard(policy: AccessPolicy(level), hasAdministrativeStatements: true)
    do throws(DBError) {
      try policy.check(StatementClassification(effect, summary: "IT", hint: hint))
      return nil
    } catch {
      return error
    }
  }

  @Test func eachLevelAllowsWhatItSays() {
    let writes: [Effect] = [.write, .definition, .transactionControl, .session, .procedure, .unknown]
    #expect(refusal(.read, .readOnly) == nil)
    for effect in writes {
      #expect(refusal(effect, .readOnly)?.code == .rejectedByGuard)
      #expect(refusal(effect, .readWrite) == nil)
    }
    #expect(refusal(.administration, .readOnly)?.code == .rejectedByGuard)
    #expect(refusal(.administration, .readWrite)?.code == .rejectedByGuard)
    for effect in writes + [.read, .administration] { #expect(refusal(effect, .administrative) == nil) }
  }

  @Test func aRefusalSaysHowToAllowIt() {
    #expect(
      refusal(.administration, .readWrite)?.message
        == "this session may read and write, and IT administers the server; open it with administrative access to allow it"
    )
    #expect(
      refusal(.administration, .readOnly)?.message
        == "this session is read-only, and IT administers the server; open it with administrative access to allow it")
    #expect(
      refusal(.write, .readOnly, hint: "use IT_RO")?.message
        == "this session is read-only, and IT writes; use IT_RO, or open it with read-write access to allow it")
    #expect(
      refusal(.transactionControl, .readOnly)?.message
        == "this session is read-only, and IT controls transactions; use withTransaction, or open it with read-write "
        + "access to allow it")
  }

  @Test func whatDestroysMuchIsConfirmed() throws {
    let truncation = StatementClassification(.write, summary: "TRUNCATE", destruction: "removes every row of t")
    func refusal(_ policy: DestructionPolicy, isConfirmed: Bool = false) -> DBError? {
      do throws(DBError) {
        try QueryGuard(policy: AccessPolicy(.readWrite, destruction: policy)).check(
          truncation, isConfirmed: isConfirmed)
        return nil
      } catch {
        return error
      }
    }
    #expect(refusal(.allowed) == nil)
    let question = refusal(.needsConfirmation)
    #expect(question?.code == .confirmationRequired && question?.refusedBy == .policy)
    #expect(question?.message == "TRUNCATE removes every row of t; confirm it to run it")
    #expect(refusal(.needsConfirmation, isConfirmed: true) == nil)
    #expect(refusal(.refused, isConfirmed: true)?.code == .rejectedByGuard)
    let harmless = StatementClassification(.write, summary: "INSERT")
    try QueryGuard(policy: AccessPolicy(.readWrite, destruction: .refused)).check(harmless)
  }

  @Test func aRefusalSaysWhatWasFound() {
    let reading = StatementClassification(.procedure, summary: "SELECT", finding: "calls f, which reads files")
    let error = #expect(throws: DBError.self) { try QueryGuard(policy: .readOnly).check(reading) }
    #expect(
      error?.message.contains("SELECT calls f, which reads files;") == true && error?.refusedBy == .classification)
    let two = StatementClassification(.read, summary: "SELECT", statementCount: 2)
    #expect(throws: DBError.self) { try QueryGuard(policy: .readOnly).check(two) }
  }

  @Test func onlyWhatMayBeRefusedIsClassified() {
    func needs(_ level: AccessLevel, _ hasAdministrative: Bool) -> Bool {
      QueryGuard(policy: AccessPolicy(level), hasAdministrativeStatements: hasAdministrative).needsClassification
    }
    #expect(needs(.readOnly, false) && needs(.readOnly, true))
    #expect(!needs(.readWrite, false) && needs(.readWrite, true))
    #expect(QueryGuard(policy: AccessPolicy(.administrative, destruction: .refused)).needsClassification)
    #expect(!needs(.administrative, false) && !needs(.administrative, true))
  }
}
