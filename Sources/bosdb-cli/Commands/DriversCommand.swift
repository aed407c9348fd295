internal import ArgumentParser
internal import DBAdapterBundle
internal import DBAdapterCore
internal import DBRendering

/// `bosdb-cli drivers`.
struct DriversCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "drivers", abstract: Messages.driversAbstract, discussion: Messages.driversDiscussion)

  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let document = DriversDocument(AdapterRegistry.standard.descriptors)
    if output.documentFormat == .json {
      try await output.write(document.text)
    } else {
      try await output.write(document.rows)
    }
    return .success
  }
}
