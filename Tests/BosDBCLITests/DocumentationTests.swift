import DBAdapterTesting
import Foundation
import Testing

/// Runs the examples of the pages on the coffee-shop sample: a block marked `console` holds commands after `$ ` and what they print, standard
/// error included. Blocks marked `console redis` and `console mongodb` are run on a Redis and a MongoDB of the test's own, named by `REDIS_URL`
/// and `MONGODB_URL`, where there are some to be had. `BOSDB_UPDATE_GOLDEN=1` writes what came out into the page.
@Suite struct DocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test(arguments: ["CLI", "Redis", "MongoDB", "Platform", "Audit"])
  func examplesPrintWhatThePageShows(_ name: String) throws {
    let page = Self.root.appendingPathComponent("Docs/\(name).md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let shop = try CLIWorkspace(nil)
    try shop.write("shell.sh", "bosdb-cli() { \"\(CLIProcess.executable.path)\" \"$@\"; }\n".utf8)
    var script: [UInt8] = []
    for part in ["data", "sqlite"] {
      script += try Data(contentsOf: Self.root.appendingPathComponent("Scripts/sample/coffee-shop.\(part).sql"))
    }
    try shop.write("coffee-shop.sql", script)
    let made = try shop.run(
      "query", "sqlite:shop.db?mode=rwc", "--write", "--confirm", "never", "--single-transaction", "-f",
      "coffee-shop.sql")
    try #require(made.status == 0, "\(made.errors)")

    var servers: [DocumentationServer] = []
    defer { for server in servers { server.stop() } }
    if TestServers.canTest(.script) {
      for name in ["redis", "mongo"] where text.contains("```console \(name)") {
        servers.append(try DocumentationServer(name, shop))
      }
    }

    var result: [String] = []
    var isConsole = false
    var prelude = "exec 2>&1; . ./shell.sh; "
    var command: String?
    func finishCommand() throws {
      guard let text = command else { return }
      command = nil
      let run = try shop.shell(prelude + text)
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
        prelude = "exec 2>&1; . ./shell.sh; "
        let server = servers.first { line.hasPrefix("```console \($0.name)") }
        if let server { prelude += "export \(server.variable)='\(server.url)'; " }
        isConsole = line == "```console" || server != nil
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

extension DocumentationTests {
  /// The Swift examples of a page stand in its snippet too, which the build compiles.
  @Test(arguments: ["Redis", "MongoDB"])
  func swiftExamplesAreCompiled(_ name: String) throws {
    let page = try String(contentsOf: Self.root.appendingPathComponent("Docs/\(name).md"), encoding: .utf8)
    let snippet = try String(contentsOf: Self.root.appendingPathComponent("Snippets/\(name).swift"), encoding: .utf8)
    let compiled = Self.withoutIndentation(snippet)
    var examples: [String] = []
    var example: [Substring]?
    for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "```swift" {
        example = []
      } else if line == "```", let lines = example {
        examples.append(Self.withoutIndentation(lines.joined(separator: "\n")))
        example = nil
      } else {
        example?.append(line)
      }
    }
    try #require(!examples.isEmpty)
    for example in examples { #expect(compiled.contains(example)) }
  }

  private static func withoutIndentation(_ text: String) -> String {
    text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: "\n")
  }
}

/// A server for the page alone, so that what it shows of the server's contents is all there is.
private struct DocumentationServer {
  /// What `Scripts/servers` calls it: `redis`, `mongo`.
  let name: String
  let url: String
  private let workspace: CLIWorkspace
  private let directory = "/tmp/" + TestServers.uniqueName()

  var variable: String { name == "redis" ? "REDIS_URL" : "MONGODB_URL" }

  init(_ name: String, _ workspace: CLIWorkspace) throws {
    self.name = name
    self.workspace = workspace
    let run = try Self.script("\(name)-start \(directory)" + (name == "mongo" ? " standalone" : ""), workspace)
    let line = run.text.split(separator: "\n").first { $0.hasPrefix("url=") }
    url = String(try #require(line, "\(run.text)\(run.errors)").dropFirst(4))
  }

  func stop() { _ = try? Self.script("\(name)-stop \(directory)", workspace) }

  /// `Foundation.Process` waits until nobody holds a descriptor of its own any more; the server must not inherit it.
  private static func script(_ arguments: String, _ workspace: CLIWorkspace) throws -> CLIProcess.Outcome {
    let script = try TestServers.require(.script)
    return try workspace.shell(
      """
      ( for file in /proc/$BASHPID/fd/*; do
          number=${file##*/}
          if ((number > 2)); then eval "exec $number>&-"; fi
        done
        exec '\(script)' \(arguments) )
      """)
  }
}
