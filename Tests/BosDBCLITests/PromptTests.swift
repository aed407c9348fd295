import Testing

/// What is asked for on the terminal is not shown there.
@Suite struct PromptTests {
  private let shop: CLIWorkspace
  init() throws { shop = try CLIWorkspace(nil) }

  @Test func passphrasesAndPasswordsAreAskedForWithoutEcho() throws {
    let passphrase = "hunter2-passphrase"
    let made = try TerminalProcess(
      ["secrets", "init", "--passphrase"], answers: [("Passphrase: ", passphrase), ("Again: ", passphrase)], in: shop)
    #expect(made.status == 0, "\(made.screen)")
    let added = try TerminalProcess(
      ["conn", "add", "shop", "postgres://app@127.0.0.1:1/x", "--ask-password", "--no-test", "-F", "text"],
      answers: [("Password: ", "hunter2-password"), ("Passphrase: ", passphrase)], in: shop)
    #expect(added.status == 0, "\(added.screen)")
    #expect(added.screen.contains("stored shop"))
    let shown = try TerminalProcess(
      ["conn", "show", "shop", "-F", "text"], answers: [("Passphrase: ", "hunter2-wrong")], in: shop)
    #expect(shown.screen.contains("a sealed secret cannot be opened"))
    #expect(!shown.screen.contains("postgres://"))
    for screen in [made.screen, added.screen, shown.screen] { #expect(!screen.contains("hunter2")) }
    let status = try shop.run("secrets", "status")
    #expect(status.status == 2)
    #expect(status.errors.contains("BOSDB_MASTER_PASSPHRASE_FILE"))
  }

  @Test func twoDifferentPassphrasesAreNone() throws {
    let run = try TerminalProcess(
      ["secrets", "init", "--passphrase"], answers: [("Passphrase: ", "one"), ("Again: ", "other")], in: shop)
    #expect(run.status == 2, "\(run.screen)")
    #expect(run.screen.contains("not the same"))
  }

  @Test func removingAsks() throws {
    #expect(try shop.run("secrets", "init").status == 0)
    #expect(try shop.run("conn", "add", "shop", "sqlite:x.db", "--no-test").status == 0)
    let no = try TerminalProcess(["conn", "remove", "shop"], answers: [("[y/N] ", "n")], in: shop)
    #expect(no.status == 1, "\(no.screen)")
    let yes = try TerminalProcess(["conn", "remove", "shop"], answers: [("[y/N] ", "y")], in: shop)
    #expect(yes.status == 0, "\(yes.screen)")
    #expect(try shop.run("conn", "list", "--csv").text.split(separator: "\n").count == 1)
  }
}
