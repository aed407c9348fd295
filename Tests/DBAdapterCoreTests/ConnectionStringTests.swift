import DBAdapterCore
import Testing

@Suite struct ConnectionStringTests {
  @Test func readsAURL() throws {
    let string = try ConnectionString(
      "Postgres://app%40x:p%2Fw@db.example:5433/sh%20op?sslmode=require&application_name=a%26b")
    #expect(string.scheme == "postgres" && string.user == "app@x" && string.database == "sh op")
    #expect(string.password?.withExposed { $0 } == "p/w")
    #expect(string.endpoints == [Endpoint(host: "db.example", port: 5433)])
    #expect(string.parameter("application_name") == "a&b" && string.parameter("sslmode") == "require")
    #expect(string.parameter("missing") == nil)
    #expect(
      string.description == "postgres://app%40x:***@db.example:5433/sh%20op?sslmode=require&application_name=a%26b")
  }

  @Test(
    arguments: [
      ("postgres://", [], nil), ("postgres:///db", [], "db"), ("postgres://h", [Endpoint(host: "h")], nil),
      ("postgres://h/", [Endpoint(host: "h")], nil), ("postgres://h:/d", [Endpoint(host: "h")], "d"),
      ("postgres://[::1]:5432/d", [Endpoint(host: "::1", port: 5432)], "d"),
      ("postgres://u@[fe80::1]", [Endpoint(host: "fe80::1")], nil),
      ("postgres://%2Frun%2Fpg:5432/d", [Endpoint(host: "/run/pg", port: 5432)], "d"),
      (
        "postgres://a:1,b,[::1]:3/d",
        [Endpoint(host: "a", port: 1), Endpoint(host: "b"), Endpoint(host: "::1", port: 3)], "d"
      ),
      ("host=h", [Endpoint(host: "h")], nil),
      ("host=a,b port=1 dbname=d", [Endpoint(host: "a", port: 1), Endpoint(host: "b", port: 1)], "d"),
      ("host=a,b port=1,2", [Endpoint(host: "a", port: 1), Endpoint(host: "b", port: 2)], nil),
      ("hostaddr=127.0.0.1", [Endpoint(host: "127.0.0.1")], nil), ("host=/run/pg", [Endpoint(host: "/run/pg")], nil),
      ("dbname = 'a b'", [], "a b"), ("sqlite:a/b.db", [], "a/b.db"), ("sqlite:/a%20b.db?mode=ro", [], "/a b.db"),
      ("sqlite::memory:", [], ":memory:"), ("file:///a.db", [], "/a.db"), ("file://localhost/a.db", [], "/a.db"),
      ("sqlite://a.db", [], "a.db"), ("sqlite:", [], nil),
    ] as [(String, [Endpoint], String?)])
  func findsEndpointsAndDatabase(_ text: String, _ endpoints: [Endpoint], _ database: String?) throws {
    let string = try ConnectionString(text)
    #expect(string.endpoints == endpoints && string.database == database)
    #expect(string.withUnredacted { $0 } == text)
  }

  @Test func readsKeywordsWithQuotes() throws {
    let string = try ConnectionString(#" user = app password='it\'s \\ here' host=h dbname=d\ b options='-c x=1' "#)
    #expect(string.scheme == "postgres" && string.user == "app" && string.database == "d b")
    #expect(string.password?.withExposed { $0 } == #"it's \ here"#)
    #expect(string.parameter("options") == "-c x=1")
    #expect(string.description == #"user=app password=*** host=h dbname=d\ b options='-c x=1'"#)
  }

  @Test(arguments: [
    ("", "empty"), ("  ", "empty"), ("shop", "no scheme"), ("/tmp/x.db", "no scheme"), ("postgres://h:0/d", "port"),
    ("postgres://h:65536/d", "port"), ("postgres://h:x", "port"), ("postgres://[::1", "IPv6"),
    ("postgres://[::1]x", "IPv6"),
    ("postgres://::1/d", "brackets"), ("postgres://h/d?x", "'='"), ("postgres://h/%zz", "%25"),
    ("postgres://h/%ff", "UTF-8"),
    ("postgres://h/a%00b", "UTF-8"), ("postgres://a\0b", "NUL"), ("host=h x", "'='"), ("host='h", "closing quote"),
    ("postgres://u:p/w@h/d", "%2F"), ("postgres://u:p@w@h/d", "%40"), ("postgres://u:1?a=b@h/d", "%40"),
  ])
  func saysWhatIsWrong(_ text: String, _ reason: String) {
    let error = dbError { () throws(DBError) in try ConnectionString(text) }
    #expect(error?.code == .invalidConnectionString)
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test func equalTextsAreEqual() throws {
    #expect(try ConnectionString("postgres://u:a@h") == ConnectionString("postgres://u:a@h"))
    #expect(try ConnectionString("postgres://u:a@h") != ConnectionString("postgres://u:b@h"))
  }

  @Test func equalityIsOfBytes() throws {
    // One character to Swift, two passwords to a server.
    let (composed, decomposed) = ("postgres://u:\u{E9}@h", "postgres://u:e\u{301}@h")
    #expect(composed == decomposed)
    #expect(try ConnectionString(composed) != ConnectionString(decomposed))
    let string = try ConnectionString("postgres://u:a@h")
    let (copy, same) = (string, try ConnectionString("postgres://u:a@h"))
    #expect(copy == string && Set([string, copy, same]).count == 1)
    #expect(MemoryLayout<ConnectionString>.size == MemoryLayout<UnsafeRawPointer>.size)
  }

  @Test(
    arguments: [
      ("postgres://h/d?replica=r", [Endpoint(host: "r")]),
      (
        "postgres://h/d?replica=r:1,s&sslmode=require&replica=%5B::1%5D:3",
        [Endpoint(host: "r", port: 1), Endpoint(host: "s"), Endpoint(host: "::1", port: 3)]
      ),
      ("postgres://h/d?replica=%2Frun%2Fpg:5", [Endpoint(host: "/run/pg", port: 5)]),
      ("host=h replica='r:1,s' dbname=d", [Endpoint(host: "r", port: 1), Endpoint(host: "s")]),
      ("replica=r host=h", [Endpoint(host: "r")]), ("postgres://h/d", []),
      ("sqlite:a?replica=r", [Endpoint(host: "r")]),
    ] as [(String, [Endpoint])])
  func findsReplicas(_ text: String, _ replicas: [Endpoint]) throws {
    let string = try ConnectionString(text)
    #expect(string.replicas == replicas)
    #expect(string.parameter("replica") == nil && !string.parameters.contains { $0.name == "replica" })
    #expect(string.description == text)
  }

  @Test(arguments: [
    ("postgres://h?replica=", "missing"), ("postgres://h?replica=a,,b", "missing"),
    ("postgres://h?replica=:1", "missing"),
    ("postgres://h?replica=a:b", "port"), ("postgres://h?replica=a:0", "port"), ("host=h replica=::1", "brackets"),
    ("postgres://h?replica=[::1", "IPv6"),
  ])
  func saysWhatIsWrongWithAReplica(_ text: String, _ reason: String) {
    let error = dbError { () throws(DBError) in try ConnectionString(text) }
    #expect(error?.code == .invalidConnectionString)
    #expect(error?.message.contains("replica=") == true && error?.message.contains(reason) == true)
  }

  @Test func endpointsAreReadable() {
    #expect(Endpoint(host: "::1", port: 1).description == "[::1]:1")
    #expect(Endpoint(host: "/run/a:b", port: 2).description == "/run/a:b:2")
    #expect(
      Endpoint(host: "/run").isUnixSocket && Endpoint(host: "@abstract").isUnixSocket
        && !Endpoint(host: "h").isUnixSocket)
  }
}

@Suite struct SecrecyTests {
  /// Everything a log, a debugger or a crash could print of a value.
  private func everyText(of value: some Any) -> String {
    var dumped = ""
    dump(value, to: &dumped)
    return ["\(value)", String(reflecting: value), dumped, "\([value])", "\(value as Any?)"].joined(separator: "\n")
  }

  private func encoded(_ text: String, keeping plain: (UInt8) -> Bool) -> String {
    text.utf8.map { plain($0) ? String(UnicodeScalar($0)) : "%" + DBBytes([$0]).hexadecimal }.joined()
  }

  private func isUnreserved(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  @Test func secretsPrintAsStars() {
    let secret = Secret("hunter2")
    #expect(!everyText(of: secret).contains("hunter2") && "\(secret)" == "***")
    #expect(secret.withExposed { $0 } == "hunter2")
  }

  @Test func noFormShowsItsPassword() throws {
    var generator = SeededGenerator()
    for _ in 0..<3_000 {
      // Marked, so that a part of it is recognised wherever it appears.
      let password =
        generator.text(of: "@:/%?&=# '\\\",[]é😀\u{301}A1", upTo: 6) + "HuNtEr2"
        + generator.text(of: "@:/%?&=# '\\\",[]é😀\u{301}A1", upTo: 6)
      let quoted = "'" + password.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "'"
      let inURL = encoded(password, keeping: isUnreserved)
      let wellFormed = [
        "postgres://u:\(inURL)@h:1/d?x=y", "postgres://h/d?user=u&password=\(inURL)&x=y", "redis://:\(inURL)@h",
        "postgres://h/d?pass=\(inURL)", "postgres://h/d?PassWord=\(inURL)&sslpassword=\(inURL)",
        "host=h password=\(quoted) dbname=d",
      ]
      // What people type before they read of percent-encoding: refused or redacted, but never shown.
      let typed = [
        "postgres://u:\(password)@h:1/d", "postgres://u:\(password)@h,g/d?x=y", "u:\(password)@h/d",
        "postgres:u:\(password)@h/d",
        "postgres:/u:\(password)@h/d", "host=h password=\(password)", "host=h password='\(password)' dbname=d",
      ]
      for text in wellFormed + typed {
        // `u://…@h` is a URL whose user needs no password.
        if text.hasPrefix("u://") { continue }
        do {
          let string = try ConnectionString(text)
          let shown = everyText(of: string) + everyText(of: ConnectionConfiguration(string))
          #expect(!shown.contains("HuNtEr2"), "\(text), seed \(generator.seed)")
        } catch {
          #expect(!everyText(of: error).contains("HuNtEr2"), "\(text), seed \(generator.seed)")
        }
      }
    }
  }

  @Test func wellFormedPasswordsAreRead() throws {
    var generator = SeededGenerator()
    for _ in 0..<3_000 {
      let password = generator.text(of: "@:/%?&=# '\\\",[]é😀a1", upTo: 12)
      let inURL = encoded(password, keeping: isUnreserved)
      let quoted = "'" + password.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "'"
      for text in ["postgres://u:\(inURL)@h/d", "postgres://h?password=\(inURL)", "password=\(quoted) host=h"] {
        let string = try ConnectionString(text)
        #expect(string.password?.withExposed { $0 } == password, "\(text), seed \(generator.seed)")
        #expect(string.endpoints == [Endpoint(host: "h")], "\(text), seed \(generator.seed)")
      }
    }
  }

  @Test func survivesAnyText() {
    var generator = SeededGenerator()
    for _ in 0..<20_000 {
      let prefix = ["", "postgres:", "postgres://", "sqlite:", "host="].randomElement(using: &generator)!
      _ = try? ConnectionString(prefix + generator.text(of: "ab1:/@?&=%'\\ [],.\u{301}é", upTo: 24))
    }
  }
}
