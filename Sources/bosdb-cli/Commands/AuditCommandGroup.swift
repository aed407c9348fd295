internal import ArgumentParser

/// `bosdb-cli audit`.
struct AuditCommandGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: Messages.auditAbstract,
    discussion: Messages.auditDiscussion("tail audit.jsonl", "verify audit.jsonl"),
    subcommands: [
      AuditTailCommand.self, AuditQueryCommand.self, AuditVerifyCommand.self, AuditExportCommand.self,
    ])
}
