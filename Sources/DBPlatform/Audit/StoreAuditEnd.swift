internal import DBAdapterCore

/// Where the log in a store ends, found within a transaction.
struct StoreAuditEnd {
  private(set) var name: String
  private(set) var sequence: Int64 = 0
  private(set) var hash = AuditLine.noHash
  /// Lines that have to come before any event: the log's first, or the word of an end that was cut off.
  private(set) var beginning: [AuditLine] = []

  private let seal: AuditSeal

  /// - Throws: ``DBError/Code-swift.struct/auditFailed`` when the log was sealed in another way.
  init(_ session: DatabaseSession, _ seal: AuditSeal) async throws {
    self.seal = seal
    let head = try await session.execute("SELECT last_hash FROM platform_audit_head WHERE id = 1").rows.first.map {
      try $0.decode(String.self, at: 0)
    }
    let last = try await session.execute("SELECT body FROM platform_audit ORDER BY seq DESC LIMIT 1").rows.first
    let body = try last?.decode(String.self, at: 0)
    let found = head.flatMap { AuditHead(text: $0, seal) }
    name = found?.log ?? DBUUID.random().description
    guard let body else {
      beginning = [addLog()]
      if head != "" { beginning.append(addCut(found)) }
      return
    }
    guard let line = AuditLine(Array(body.utf8)) else {
      throw DBError(.auditFailed, "the last row of platform_audit is no audit record; verify the log")
    }
    sequence = line.sequence
    hash = line.hash
    if found?.sequence == sequence, found?.hash == hash { return }
    try await checkSeal(session)
    beginning = [addCut(found)]
  }

  mutating func add(_ kind: AuditLine.Kind, _ body: (inout JSONWriter) -> Void) -> AuditLine {
    let line = AuditLine(kind, sequence + 1, after: hash, seal, body)
    sequence = line.sequence
    hash = line.hash
    return line
  }

  private mutating func addLog() -> AuditLine {
    let (name, seal) = (name, seal)
    return add(.log) { seal.describe(name, to: &$0) }
  }

  private mutating func addCut(_ head: AuditHead?) -> AuditLine {
    add(.cut) { AuditHead.describe(head, to: &$0) }
  }

  /// A head that cannot be read may have been sealed with another key, by somebody who may do so.
  private func checkSeal(_ session: DatabaseSession) async throws {
    let first = try await session.execute("SELECT body FROM platform_audit ORDER BY seq LIMIT 1").rows.first
    guard let body = try first?.decode(String.self, at: 0), let line = AuditLine(Array(body.utf8)), line.kind == .log
    else { return }
    if let difference = seal.difference(from: line) {
      throw DBError(.auditFailed, "the audit in the store cannot be continued: \(difference)")
    }
  }
}
