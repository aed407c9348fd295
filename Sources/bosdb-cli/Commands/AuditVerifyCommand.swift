internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform
internal import DBRendering

/// `bosdb-cli audit verify`.
struct AuditVerifyCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: Messages.auditVerifyAbstract,
    discussion: Messages.auditDiscussion(
      "verify audit.jsonl", "verify store --format json", Messages.auditVerifyText))

  @Argument(help: "The logs: files, or store, which is the default. Also BOSDB_AUDIT.")
  var logs: [String] = []

  @Flag(help: "The oldest files or records may be missing.")
  var part = false

  @OptionGroup(title: "Output") var output: DocumentOutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let key = try AuditKey.named()
    var results: [(log: String, verification: AuditVerification)] = []
    for log in logs.isEmpty ? [nil] : logs.map(Optional.some) {
      switch AuditPlace(log, isStoreDefault: true) ?? .store {
      case .file(let path):
        results.append((path, try await AuditVerification.verify(path: path, key: key, isPart: part)))
      case .store:
        let result = try await AuditPlace.withStore { try await AuditVerification.verify($0, key: key, isPart: part) }
        results.append(("store", result))
      }
    }
    if output.isJSON {
      try output.write(Self.document(results))
    } else {
      try output.write(results.map { Messages.verified($0.log, $0.verification) + "\n" }.joined())
    }
    return results.allSatisfy(\.verification.isWhole) ? .success : .negative
  }

  private static func document(_ results: [(log: String, verification: AuditVerification)]) -> String {
    DocumentOutputOptions.document("auditVerification") { fields in
      fields.member("logs") { list in
        list.array { writer in
          for (log, result) in results { writer.object { write(log, result, to: &$0) } }
        }
      }
    }
  }

  private static func write(_ log: String, _ result: AuditVerification, to fields: inout JSONWriter) {
    fields.member("log", log)
    fields.member("whole", result.isWhole)
    fields.member("records", result.records)
    fields.member("events", result.events)
    fields.member("files", result.files)
    fields.member("tornLines", result.tornLines)
    fields.member("algorithm", result.algorithm)
    fields.member("problem") { writer in
      guard let problem = result.problem else { return writer.null() }
      writer.object { fields in
        fields.member("kind", problem.kind.rawValue)
        fields.member("place", problem.place)
        fields.member("line", problem.line)
        fields.member("seq", problem.sequence)
        fields.member("detail", problem.detail)
      }
    }
  }
}
