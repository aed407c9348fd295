import Foundation
import Testing

/// Runs the examples of Docs/CLI.md on the coffee-shop sample: a block marked `console` holds commands after `$ ` and what they print,
/// standard error included. `BOSDB_UPDATE_GOLDEN=1` writes what came out into the page.
@Suite struct DocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func examplesPrintWhatThePageShows() throws {
    let page = Self.root.appendingPathComponent("Docs/CLI.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let shop = try CLIWorkspace(nil)
    try shop.write("shell.sh", "bosdb-cli() { \"\(CLIProcess.executable.path)\" \"$@\"; }\n".utf8)
    var script: [UInt8] = []
    for part in ["data", "sqlite"] {
      script += try Data(contentsOf: Self.root.appendingPathComponent("Scripts/sample/coffee-shop.\(part).sql"))
    }
    try shop.write("coffee-shop.sql", script)
    let made = try shop.run(
      "query", "sqlite:shop.db?mode=rwc", "--write", "--single-transaction", "-f", "coffee-shop.sql")
    try #require(made.status == 0, "\(made.errors)")

    var result: [String] = []
    var isConsole = false
    var command: String?
    func finishCommand() throws {
      guard let text = command else { return }
      command = nil
      let run = try shop.shell("exec 2>&1; . ./shell.sh; \(text)")
      result += run.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast()
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if isConsole, line.hasPrefix("$ ") {
        try finishCommand()
        command = String(line.dropFirst(2))
        result.append(line)
      } else if isConsole, line == "```" {
        try finishCommand()
        isConsole = false
        result.append(line)
      } else if isConsole, let text = command, text.hasSuffix("\\") {
        command = text + "\n" + line
        result.append(line)
      } else if !isConsole {
        isConsole = line == "```console"
        result.append(line)
      }
    }
    let real = result.joined(separator: "\n")
    if ProcessInfo.processInfo.environment["BOSDB_UPDATE_GOLDEN"] != nil {
      try Data(real.utf8).write(to: page)
    } else {
      #expect(real == text)
    }
  }
}
