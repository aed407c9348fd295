import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// Errors of connecting and of rights, and that none of them shows a password.
@Suite(.serialized, .requires(.mongoDB))
struct MongoErrorTests {
  private func expectNoSecret(
    _ error: DBError, _ secrets: String..., sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    for secret in secrets where !secret.isEmpty {
      #expect(!error.description.contains(secret), sourceLocation: sourceLocation)
      #expect(!error.debugDescription.contains(secret), sourceLocation: sourceLocation)
      #expect(!error.report().text.contains(secret), sourceLocation: sourceLocation)
    }
  }

  private func failure(_ url: String) async throws -> DBError {
    let manager = ConnectionManager(
      registry: try AdapterRegistry([.mongodb]),
      configuration: ConnectionManagerConfiguration(connectTimeout: .milliseconds(700)))
    let (thrown, time) = await outcome { try await manager.withSession(url) { _ in } }
    await manager.shutdown(grace: .zero)
    #expect(time.own < .milliseconds(700 + 250), "\(url): \(time)")
    return try #require(thrown as? DBError, "\(url)")
  }

  @Test("connections that cannot be made say why, and not with what password")
  func connecting() async throws {
    let string = try ConnectionString(TestServers.require(.mongoDB))
    let (user, host) = (string.user ?? "", "\(string.endpoints[0])")
    let password = string.password?.withExposed { $0 } ?? ""
    let secret = "p%40ss%2Fw%3Ard-HuNtEr2"
    let tls = try ConnectionString(TestServers.require(.mongoDBTLS)).parameter("tlsCAFile") ?? ""
    let cases: [(String, DBError.Code, ConnectStage?)] = [
      ("mongodb://\(user):\(secret)@\(host)/?authSource=admin", .authenticationFailed, .authentication),
      ("mongodb://nobody:\(secret)@\(host)/?authSource=admin", .authenticationFailed, .authentication),
      ("mongodb://\(user):\(password)@\(host)/?authSource=elsewhere", .authenticationFailed, .authentication),
      ("mongodb://\(user):\(secret)@127.0.0.1:1/", .connectionFailed, .dial),
      ("mongodb://\(user):\(secret)@no-such-host.invalid/", .connectionFailed, .resolve),
      ("mongodb://\(user):\(secret)@\(host)/?replicaSet=another", .connectionFailed, .dial),
      ("mongodb://\(user):\(secret)@127.0.0.2:1,127.0.0.1:1/?tls=true&tlsCAFile=\(tls)", .connectionFailed, .dial),
    ]
    for (url, code, stage) in cases {
      let error = try await failure(url)
      #expect(error.code == code && error.stage == stage, "\(error.debugDescription)")
      #expect(error.outcome != "unknown", "\(error.outcome)")
      expectNoSecret(error, "HuNtEr2", password)
    }
  }

  @Test("a wrong connection string is refused before anything is dialled, and not shown")
  func strings() async throws {
    let secret = "HuNtEr2"
    for rest in [
      "127.0.0.1:1/?retryWritse=true", "127.0.0.1:1/?connectTimeoutMS=soon", "127.0.0.1:1/?w=majority&wtimeoutMS=-5",
      "127.0.0.1:1/?readPreference=fastest", "127.0.0.1:1/?authMechanism=MAGIC", "127.0.0.1:1/?maxPoolSize=many",
      "127.0.0.1:99999/", "127.0.0.1:1/?tls=maybe", "127.0.0.1:1,127.0.0.1:2/?directConnection=true",
      "127.0.0.1:1/?replica=127.0.0.1:2", "127.0.0.1:1/?tls=true&tlsInsecure=true&tlsAllowInvalidHostnames=true",
    ] {
      let (thrown, time) = await outcome {
        try await ConnectionManager.withManager(registry: AdapterRegistry([.mongodb])) {
          try await $0.withSession("mongodb://user:\(secret)@\(rest)") { _ in }
        }
      }
      let error = try #require(thrown as? DBError, "\(rest)")
      #expect(error.code == .invalidConnectionString, "\(rest): \(error.debugDescription)")
      #expect(time.own < .milliseconds(250), "\(rest): \(time)")
      expectNoSecret(error, secret)
    }
  }

  @Test("users may do what they may do, and the rest is refused")
  func rights() async throws {
    try await withMongo(policy: .administrative) { place in
      _ = try await place.session { try await $0.insert([["_id": 1]], into: place.collection) }
      for (server, allowed, refused) in [
        (
          TestServer.mongoDBReader, [place.command("find"), place.command("count")],
          [
            place.command("insert", ["documents": [.document(["_id": 2])]]), place.command("drop"),
            QueryRequest(.document(["find": "system.users", "$db": "admin"])),
            QueryRequest(.document(["serverStatus": 1, "$db": "admin"])),
          ]
        ),
        (
          .mongoDBLimitedUser,
          [
            QueryRequest(.document(["find": "app"])),
            QueryRequest(.document(["insert": "app", "documents": [.document(["x": 1])]])),
            QueryRequest(.document(["delete": "app", "deletes": [.document(["q": .document([:]), "limit": 0])]])),
          ],
          [
            place.command("find"), QueryRequest(.document(["drop": "app"])),
            QueryRequest(.document(["listCollections": 1])),
          ]
        ),
      ] {
        let target = try ConnectionString(TestServers.require(server))
        try await place.manager.withSession(target) { session in
          for request in allowed { _ = try await session.execute(request) }
          for request in refused {
            let error = try await #require(throws: DBError.self, "\(request.statement)") {
              try await session.execute(request)
            }
            #expect(error.code == .permissionDenied && error.retry == .never, "\(error.debugDescription)")
            #expect(error.server?.nativeName == "Unauthorized" && error.server?.nativeCode == 13)
            expectNoSecret(error, target.password?.withExposed { $0 } ?? "")
          }
          // Also what a call that was cancelled would need: nobody needs a right to stop his own.
          let task = Task { try await session.execute(QueryRequest(.document(["find": "app"]))) }
          task.cancel()
          _ = await task.result
          try await session.ping()
        }
      }
    }
  }
}
