import DBAdapterCore
import PostgresAdapter
import Testing

@Suite struct PostgresPoolKeyTests {
  private func key(
    _ text: String, access: AccessLevel = .readOnly, preference: ServerPreference = .primary,
    timeout: Duration = .seconds(10), name: String = "bosdb"
  ) throws -> PoolKey {
    let configuration = ConnectionConfiguration(
      try ConnectionString(text), access: access, preference: preference, connectTimeout: timeout, applicationName: name
    )
    return PoolKey(configuration, PostgresAdapter.descriptor)
  }

  @Test(arguments: [
    [
      "postgres://app:pw@db.example/shop", "postgresql://app:pw@db.example/shop",
      "POSTGRES://app:pw@DB.Example:5432/shop",
      "host=db.example user=app password=pw dbname=shop",
      "dbname='shop'  host = db.example port=5432 user=app password=pw",
      "postgres://app:pw@/shop?host=db.example", "postgres://db.example/shop?user=app&password=pw",
      "postgres://other:old@db.example/wrong?user=app&password=pw&dbname=shop",
      "postgres://a%70p:p%77@db.example/sh%6Fp",
      "postgres://app:pw@db.example/shop?sslmode=prefer", "postgres://app:pw@db.example/shop?target_session_attrs=any",
      "postgres://app:pw@db.example/shop?sslmode=require&sslmode=prefer",
      "postgres://app:pw@db.example/shop?reset=auto",
      "postgres://app:pw@db.example:1/shop?port=5432", "postgres://app:pw@db.example/shop?replica=r",
    ],
    [
      "postgres://app@h", "postgres://app@h/app", "postgres://app@h/", "host=h user=app dbname=app",
      "host=h user=app dbname=''",
    ],
    ["postgres://h/d?sslmode=require&options=-cx%3D1", "postgres://h/d?options=-cx%3D1&sslmode=require"],
    ["postgres://a:1,b:2/d?target_session_attrs=primary", "postgres://b:2,a:1/d?target_session_attrs=primary"],
    ["host=a,b port=5433 dbname=d", "postgres://a:5433,b:5433/d", "host=a,b port=5433,5433 dbname=d"],
  ])
  func equalMeaningsShareAKey(_ texts: [String]) throws {
    let keys = try texts.map { try key($0) }
    for (text, other) in zip(texts, keys) { #expect(other == keys[0], "\(text)") }
    #expect(Set(keys.map(\.description)).count == 1)
  }

  @Test(arguments: [
    ("postgres://app:pw@h/d", "postgres://app2:pw@h/d"), ("postgres://app:pw@h/d", "postgres://app:pw2@h/d"),
    ("postgres://app:pw@h/d", "postgres://app@h/d"), ("postgres://app:@h/d", "postgres://app@h/d"),
    ("postgres://app:pw@h/d", "postgres://app:pw@h/D"), ("postgres://app:pw@h/d", "postgres://app:pw@g/d"),
    ("postgres://h:5432/d", "postgres://h:5433/d"), ("postgres://h/d", "postgres://h/d?sslmode=require"),
    ("postgres://h/d?sslmode=require", "postgres://h/d?sslmode=verify-full"),
    ("postgres://h/d", "postgres://h/d?options=-crole%3Dx"), ("postgres://a,b/d", "postgres://b,a/d"),
    ("postgres://a,b/d?target_session_attrs=standby", "postgres://b,a/d?target_session_attrs=standby"),
    ("postgres://%2Frun%2FPG/d", "postgres://%2Frun%2Fpg/d"), ("host=h dbname=d", "hostaddr=127.0.0.1 host=h dbname=d"),
    ("postgres://h/d?sslpassword=a", "postgres://h/d?sslpassword=b"), ("postgres://h/d", "postgres://h/d?reset=never"),
    // A service may say `sslmode=require`, and then naming the default is a difference.
    ("postgres://h/d?service=s", "postgres://h/d?service=s&sslmode=prefer"),
    // One character to Swift, two passwords to the server.
    ("postgres://u:\u{E9}@h/d", "postgres://u:e\u{301}@h/d"),
    // Parts do not flow into each other.
    ("postgres://ab:c@h/d", "postgres://a:bc@h/d"), ("postgres://u@h/d?options=a", "postgres://u@h/d?service=a"),
  ])
  func differentMeaningsHaveDifferentKeys(_ left: String, _ right: String) throws {
    #expect(try key(left) != key(right))
  }

  @Test func whatASessionIsForIsPartOfTheKey() throws {
    let text = "postgres://app:pw@h/d?replica=r,s"
    let keys = try [
      key(text), key(text, access: .readWrite), key(text, access: .administrative), key(text, preference: .replica),
      key(text, timeout: .seconds(3)), key(text, name: "shop"),
    ]
    #expect(Set(keys).count == keys.count)
  }

  @Test func replicasCountWhereTheyAreUsed() throws {
    let primary = try key("postgres://h/d")
    #expect(try key("postgres://h/d?replica=r") == primary)
    #expect(try key("postgres://h/d", preference: .replica) == primary)
    let replica = try key("postgres://h/d?replica=r,s:5432", preference: .replica)
    let others = try [
      key("postgres://h/d?replica=S&replica=R", preference: .replica),
      key("postgres://h/d?replica=r", preference: .replica),
    ]
    #expect(others[0] == replica && others[1] != replica && replica != primary)
  }

  @Test func nothingSecretCanBeSeen() throws {
    let key = try key("postgres://someuser:hunter2@h/d?options=visible")
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped, "\(Mirror(reflecting: key).children.map { "\($0)" })"] {
      #expect(!["hunter2", "someuser", "visible"].contains { text.contains($0) }, "\(text)")
    }
    #expect(key.description.utf8.count == 16)
    let digits = "0123456789abcdef"
    #expect(key.description.allSatisfy { digits.contains($0) })
  }
}
