import Foundation
import Testing

@Suite struct ConnCommandTests {
  private let shop: CLIWorkspace

  init() throws {
    shop = try CLIWorkspace()
    let made = try shop.run("secrets", "init", "-q")
    try #require(made.status == 0, "\(made.errors)")
  }

  private func expect(
    _ run: CLIProcess.Outcome, _ status: Int32, _ text: String = "", at location: SourceLocation = #_sourceLocation
  ) {
    #expect(run.status == status, "\(run.text)\(run.errors)", sourceLocation: location)
    if text.isEmpty { return }
    #expect((run.text + run.errors).contains(text), "\(run.text)\(run.errors)", sourceLocation: location)
  }

  @Test func aStoredConnectionWorksWhereverOneIsTaken() throws {
    expect(try shop.run("conn", "add", "shop", "sqlite:shop.db", "-F", "text"), 0, "(read-only, active)")
    let count = "SELECT count(*) AS n FROM products"
    for arguments in [["shop", count], ["-c", "shop", count], ["--connection", "shop", count]] {
      let run = try CLIProcess(["query"] + arguments, in: shop.directory).finish()
      #expect(run.text == "{\"n\":3}\n", "\(run.errors)")
    }
    #expect(try shop.run("query", count, environment: ["BOSDB_CONNECTION": "shop"]).text == "{\"n\":3}\n")
    expect(try shop.run("ping", "shop"), 0)
    expect(try shop.run("schema", "tables", "shop", "--csv"), 0, "products")
    expect(try shop.run("schema", "describe", "shop", "products", "--json"), 0, "\"price\"")
    expect(try shop.run("ping", "chop"), 2, "there is no stored connection chop")
    #expect(try shop.run("conn", "list", "--json").text.contains("\"lastUsedAt\": \"20"))
  }

  @Test func theFirstSourceWins() throws {
    for name in ["one", "two"] {
      expect(try shop.run("conn", "add", name, "sqlite:\(name).db?mode=rwc", "--no-test"), 0)
    }
    func database(_ arguments: String..., environment: [String: String] = [:]) throws -> String {
      let run = try CLIProcess(
        ["conn", "explain", "--json"] + arguments, environment: environment, in: shop.directory
      ).finish()
      #expect(run.status == 0, "\(run.errors)")
      return run.text
    }
    let variables = ["BOSDB_CONNECTION": "two", "BOSDB_URL": "sqlite:three.db", "DATABASE_URL": "sqlite:four.db"]
    #expect(try database("-c", "one", "-u", "sqlite:x.db", environment: variables).contains("option --connection"))
    #expect(try database("-u", "sqlite:x.db", environment: variables).contains("option --url"))
    #expect(try database("one", environment: variables).contains("\"value\": \"one\",\n   \"source\": \"argument\""))
    #expect(try database(environment: variables).contains("environment variable BOSDB_CONNECTION"))
    #expect(
      try database(environment: ["BOSDB_URL": "sqlite:3.db", "DATABASE_URL": "sqlite:4.db"]).contains("BOSDB_URL"))
    #expect(try database(environment: ["DATABASE_URL": "sqlite:4.db"]).contains("DATABASE_URL"))
  }

  @Test func accessIsWhatWasStored() throws {
    expect(try shop.run("conn", "add", "shop", "sqlite:shop.db"), 0)
    let insert = "INSERT INTO products (name) VALUES ('x')"
    expect(try shop.run("query", "shop", insert), 7)
    expect(try shop.run("query", "shop", insert, "--write"), 2, "is stored as read-only")
    expect(try shop.run("query", "shop", insert, "--admin"), 2, "is stored as read-only")
    expect(try shop.run("conn", "edit", "shop", "--access", "read-write", "-F", "text"), 0, "(read-write, active)")
    expect(try shop.run("query", "shop", insert), 0)
    expect(try shop.run("query", "shop", insert, "--admin"), 2, "is stored as read-write")
  }

  @Test func aFailedTestStoresNothing() throws {
    let url = "postgres://app@127.0.0.1:1/db"
    expect(try shop.run("conn", "add", "a", url), 4, "stage: dial")
    #expect(try shop.run("conn", "list", "--csv").text.split(separator: "\n").count == 1)
    expect(try shop.run("conn", "add", "a", url, "--force", "-F", "text"), 0, "(read-only, error)")
    expect(try shop.run("conn", "add", "b", url, "--no-test", "-F", "text"), 0, "(read-only, pending)")
    let test = try shop.run("conn", "test", "a", "-F", "text")
    expect(test, 4, "dial            FAILED")
    #expect(test.text.contains("resolve         not needed"))
    #expect(test.text.contains("version         not reached"))
  }

  @Test func testsStageByStage() throws {
    expect(try shop.run("conn", "add", "shop", "sqlite:shop.db", "--no-test"), 0)
    let run = try shop.run("conn", "test", "shop", "--json")
    expect(run, 0, "\"success\": true")
    #expect(run.text.hasPrefix("{\n \"schemaVersion\": 1,\n \"kind\": \"connectionTest\""))
    #expect(try shop.run("conn", "list", "--csv").text.contains(",active,"))
  }

  @Test func removingNeedsConsent() throws {
    expect(try shop.run("conn", "add", "shop", "sqlite:shop.db"), 0)
    expect(try shop.run("conn", "remove", "shop"), 2, "--yes")
    expect(try shop.run("conn", "remove", "shop", "--yes"), 0, "removed shop")
    expect(try shop.run("conn", "remove", "shop", "--yes"), 2, "no stored connection")
  }

  @Test(arguments: ["-x", "a:b", "a b", "", String(repeating: "x", count: 51)]) func refusesNames(_ name: String) throws
  {
    #expect(try shop.run("conn", "add", name, "sqlite:shop.db").status == 2)
  }

  @Test func aConnectionMovesToAnotherStore() throws {
    let url = "postgres://app:hunter2@db/shop"
    expect(try shop.run("conn", "add", "shop", url, "--no-test", "-q"), 0)
    expect(try shop.run("conn", "add", "file", "sqlite:shop.db", "--access", "read-write"), 0)
    try shop.write("passphrase", "correct horse battery\n".utf8)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: shop.directory.appendingPathComponent("passphrase").path)
    expect(try shop.run("conn", "export", "-o", "bare.json"), 0, "passwords were left out")
    expect(
      try shop.run("conn", "export", "--with-secrets", "--passphrase-file", "passphrase", "-o", "sealed.json"), 0)
    for file in ["bare.json", "sealed.json"] { #expect(!(try shop.read(file).contains("hunter2"))) }
    let other = ["XDG_DATA_HOME": shop.directory.appendingPathComponent("other").path]
    expect(try shop.run("secrets", "init", environment: other), 0)
    expect(
      try shop.run("conn", "import", "sealed.json", "--passphrase-file", "passphrase", environment: other), 0)
    let shown = try shop.run("conn", "show", "shop", "--json", environment: other)
    expect(shown, 0, "postgres://app:***@db/shop")
    expect(try shop.run("query", "file", "SELECT 1 AS x", environment: other), 0, "{\"x\":1}")
    expect(try shop.run("conn", "import", "bare.json", environment: other), 1, "already")
    expect(try shop.run("conn", "remove", "shop", "-y", environment: other), 0)
    expect(try shop.run("conn", "import", "bare.json", environment: other), 1, "shop lacks its password")
    try shop.write("short", "12345678901\n".utf8)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: shop.directory.appendingPathComponent("short").path)
    expect(try shop.run("conn", "export", "--with-secrets", "--passphrase-file", "short"), 2, "at least 12")
  }

  @Test func importsCryptoJSAndRefusesCommandsOfOthers() throws {
    try shop.write(
      "old.txt",
      "shop U2FsdGVkX18GXW+3XjOMoFAbFIFvlav2PqkvC9M0i2dZZomkiLLxoU8wiXqhJx2dTIzNWvp+PtmINyQjzIvhsw==\n".utf8)
    expect(try shop.run("conn", "import", "--cryptojs", "old.txt"), 2, "PG_META_CRYPTO_KEY")
    let wrong = try shop.run(
      "conn", "import", "--cryptojs", "old.txt", environment: ["PG_META_CRYPTO_KEY": "other horse"])
    expect(wrong, 2, "line 1: ")
    expect(
      try shop.run(
        "conn", "import", "--cryptojs", "old.txt", "-F", "text", environment: ["PG_META_CRYPTO_KEY": "correct horse"]),
      0,
      "stored shop: postgres at db.internal:5432, shop (read-only, pending)")
    try shop.write(
      "evil.json",
      #"""
      {"schemaVersion":1,"kind":"connectionExport","connections":[
        {"name":"evil","url":"postgres://a@h/d","passwordRef":"cmd:touch pwned"}]}
      """#.utf8)
    expect(try shop.run("conn", "import", "evil.json", "--test"), 2, "--allow-commands")
    #expect(!shop.files.contains("pwned"))
  }

  @Test func manyProcessesStoreAtOnce() throws {
    let running = try (0..<8).map { index in
      try CLIProcess(["conn", "add", "c\(index)", "sqlite:shop.db", "-q"], in: shop.directory)
    }
    for process in running {
      let run = try process.finish()
      #expect(run.status == 0, "\(run.errors)")
    }
    let listed = try shop.run("conn", "list", "--csv").text.split(separator: "\n").dropFirst()
    #expect(listed.map { $0.prefix(2) } == (0..<8).map { "c\($0)" })
  }

  @Test func aStoreOpenToOthersIsRefused() throws {
    expect(try shop.run("conn", "add", "shop", "sqlite:shop.db"), 0)
    let path = shop.directory.appendingPathComponent("data/bosdb/bosdb.sqlite").path
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    expect(try shop.run("conn", "list"), 5, "chmod 600")
    expect(try shop.run("ping", "sqlite:shop.db"), 0)
  }

  @Test func explainsWhatTheLibraryReadsOfTheEnvironment() throws {
    let variables = [
      "PGHOST": "db.internal", "PGUSER": "me", "PGPASSWORD": "hunter2", "PGSSLMODE": "verify-full", "PGSERVICE": "prod",
    ]
    let run = try shop.run(
      "conn", "explain", "postgres:///shop?connect_timeout=3", "-F", "text", environment: variables)
    expect(run, 0)
    let origins = [
      "host": "environment variable PGHOST", "user": "environment variable PGUSER", "port": "default",
      "password": "environment variable PGPASSWORD", "sslmode": "environment variable PGSSLMODE",
      "database": "argument", "connect_timeout": "argument", "service": "file ~/.pg_service.conf",
    ]
    for (name, origin) in origins {
      let line = run.text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
      #expect(line?.hasSuffix(origin) == true, "\(name): \(line ?? "")")
    }
    #expect(!run.text.contains("hunter2"))
  }

  @Test func looksForAConnectionWithoutMakingAStore() throws {
    let other = ["XDG_DATA_HOME": shop.directory.appendingPathComponent("none").path]
    expect(try shop.run("ping", "chop", environment: other), 2, "no store yet")
    expect(try shop.run("conn", "list", environment: other), 0)
    #expect(!shop.files.contains("none"))
  }
}
