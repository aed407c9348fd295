import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

/// What a session that may not write tries on a live server, and what becomes of it: nothing.
@Suite(.serialized, .requires(.script), .requires(.redisReader), .requires(.redisCluster))
struct RedisGuardTests {
  private static func corpus(_ name: String) throws -> [String] { try GuardCorpus.statements("redis-\(name)") }

  /// The server compares names and words up to the first zero byte, and finds some of these under the name before it.
  static let hidden: [[DBValue]] =
    (0..<200).map { [.text("FLUSHALL\u{0}\($0)")] }
    + (0..<40).flatMap { number -> [[DBValue]] in
      [
        ["SET\u{0}\(number)", "s", "x"], ["CONFIG", "RESETSTAT\u{0}\(number)"], ["CONFIG\u{0}\(number)", "RESETSTAT"],
        ["CONFIG", "GET", "requirepass\u{0}\(number)"], ["MONITOR\u{0}\(number)"],
        ["CLIENT", "REPLY\u{0}\(number)", "OFF"],
      ].map { $0.map { .text($0) } }
    }
    + [
      ["CONFIG", "GET", "requirepas?\u{0}x"], ["CONFIG", "GET", "r*\u{0}x"], ["ACL", "LOG", "RESET\u{0}x"],
    ].map { $0.map { .text($0) } }

  private static let seeds: [QueryRequest] = [
    "SET s hello", "SET n 7", "RPUSH l 3 1 2", "SADD set a b c", "ZADD z 1 a 2 b", "HSET h f v n 1",
    "GEOADD g 13.3 38.1 a",
    "XADD x 1-1 f v", "XGROUP CREATE x g 0", "PFADD p a b c",
  ]

  private func manager(_ policy: AccessPolicy = .readOnly) throws -> ConnectionManager {
    ConnectionManager(registry: try AdapterRegistry([.redis]), policy: policy)
  }

  /// Everything of the server that a command could have changed.
  private func state(_ admin: DatabaseSession) async throws -> [String] {
    var state: [String] = []
    for request: QueryRequest in [
      "DEBUG DIGEST", "DBSIZE", "FUNCTION LIST", "ACL LIST", "CONFIG GET *", "ACL LOG",
      "SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db",
      "ROLE", "SLOWLOG LEN",
    ] {
      state.append("\(try await admin.native(request))")
    }
    return state
  }

  /// Tries a statement in every way there is to send one.
  private func tryEverywhere(
    _ request: QueryRequest, _ session: DatabaseSession, _ isRefused: (DBError) -> Bool, _ what: String
  ) async {
    let ways: [(String, () async throws -> Void)] = [
      ("execute", { _ = try await session.execute(request) }),
      ("native", { _ = try await session.native(request) }),
      ("pipeline", { _ = try await session.pipeline(["GET s", request, "GET s"]) }),
      ("atomically", { _ = try await session.atomically(["GET s", request]) }),
      ("watching", { _ = try await session.atomically(watching: ["s"]) { _ in [request] } }),
      ("rows", { try await session.withRows(request) { for try await _ in $0 {} } }),
    ]
    for (way, body) in ways {
      let error = await outcome(body).error as? DBError
      if let error, isRefused(error) { continue }
      Issue.record("\(what) by \(way): \(error?.debugDescription ?? "was let through")")
    }
  }

  private static func isRefused(_ error: DBError) -> Bool {
    [.rejectedByGuard, .invalidParameter, .unsupported].contains(error.code) && error.server == nil
  }

  private static func isRejected(_ error: DBError) -> Bool { error.code == .rejectedByGuard }

  @Test(.timeLimit(.minutes(2)), arguments: [false, true])
  func aSessionThatReadsChangesNothing(exclusively: Bool) async throws {
    try await withThrowawayRedis { server in
      let target = try ConnectionString(server.url)
      let (admin, reader) = (try manager(.administrative), try manager())
      try await admin.withSession(target) { admin in
        for seed in Self.seeds { _ = try await admin.execute(seed) }
        // Entries of the log of refusals, which a reset would take away.
        _ = try? await admin.execute("EVAL \"return redis.call('NOSUCH')\" 0")
        _ = try await admin.execute("CONFIG RESETSTAT")
        // Entries of the slow log, which only a reset takes away: on a busy machine it would grow by itself.
        for microseconds in ["0", "-1"] {
          _ = try await admin.execute("CONFIG SET slowlog-log-slower-than \(microseconds)")
        }
        let before = try await state(admin)
        try await reader.withSession(target, exclusively: exclusively) { session in
          for text in try Self.corpus("attacks") + Self.corpus("administration") {
            await tryEverywhere(QueryRequest(stringLiteral: text), session, Self.isRefused, text)
          }
          for arguments in Self.hidden {
            await tryEverywhere(QueryRequest(.command(arguments)), session, Self.isRefused, "\(arguments)")
          }
          await tryEverywhere("FLUSHALL", session, Self.isRejected, "a rejection")
          let group = await outcome {
            try await session.withConsumerGroup("new", of: "x", as: "c") { _ in }
          }
          #expect((group.error as? DBError)?.code == .rejectedByGuard)
          for script in ["return redis.call('SET', 's', 'x')", "return redis.call('PUBLISH', 'a', 'b')"] {
            let error = await outcome { _ = try await session.execute("EVAL_RO \(script) 0") }.error as? DBError
            #expect(error != nil, "\(script)")
          }
          for text in try Self.corpus("harmless") {
            let error = await outcome { _ = try await session.execute(QueryRequest(stringLiteral: text)) }.error
            #expect(error == nil, "\(text): \(String(describing: error))")
          }
          // Where commands wait for others, they must not keep them waiting.
          let held = await outcome {
            _ = try await session.execute(
              QueryRequest(.command(["XREAD", "BLOCK\u{0}", "1", "STREAMS", "x", "$"])))
          }
          #expect(held.error == nil, "\(String(describing: held.error))")
        }
        let after = try await state(admin)
        for (old, new) in zip(before, after) { #expect(old == new) }
      }
      await reader.shutdown(grace: .zero)
      await admin.shutdown(grace: .zero)
    }
  }

  @Test(.timeLimit(.minutes(1))) func aSessionThatWritesAdministersNothing() async throws {
    try await withThrowawayRedis { server in
      let target = try ConnectionString(server.url)
      let (admin, writer) = (try manager(.administrative), try manager(.readWrite))
      try await admin.withSession(target) { admin in
        for seed in Self.seeds { _ = try await admin.execute(seed) }
        let before = try await state(admin)
        try await writer.withSession(target, exclusively: true) { session in
          for text in try Self.corpus("administration") {
            await tryEverywhere(QueryRequest(stringLiteral: text), session, Self.isRejected, text)
          }
          for arguments in Self.hidden {
            await tryEverywhere(QueryRequest(.command(arguments)), session, Self.isRefused, "\(arguments)")
          }
        }
        let after = try await state(admin)
        for (old, new) in zip(before, after) { #expect(old == new) }
      }
      await writer.shutdown(grace: .zero)
      await admin.shutdown(grace: .zero)
    }
  }

  /// A user who may not ask for the commands, a cluster, and commands that the server calls by other names.
  @Test(.timeLimit(.minutes(1))) func theSameWhereLessIsKnown() async throws {
    for server in [TestServer.redisReader, .redisCluster] {
      let reader = try manager()
      try await reader.withSession(ConnectionString(TestServers.require(server))) { session in
        for text in try Self.corpus("attacks") + Self.corpus("administration") {
          let error =
            await outcome { _ = try await session.execute(QueryRequest(stringLiteral: text)) }.error as? DBError
          #expect(error.map(Self.isRefused) == true, "\(server) \(text): \(String(describing: error))")
        }
        for arguments in Self.hidden {
          let error =
            await outcome { _ = try await session.execute(QueryRequest(.command(arguments))) }.error as? DBError
          #expect(error.map(Self.isRefused) == true, "\(server) \(arguments): \(String(describing: error))")
        }
      }
      await reader.shutdown(grace: .zero)
    }
    try await withThrowawayRedis(directives: ["rename-command": "FLUSHALL erase"]) { server in
      let reader = try manager()
      try await reader.withSession(ConnectionString(server.url)) { session in
        for text in ["erase", "ERASE ASYNC", "FLUSHALL"] {
          let error =
            await outcome { _ = try await session.execute(QueryRequest(stringLiteral: text)) }.error as? DBError
          #expect(error?.code == .rejectedByGuard, "\(text): \(String(describing: error))")
        }
      }
      await reader.shutdown(grace: .zero)
    }
  }

  /// What is typed with a password in it is kept nowhere.
  @Test(.timeLimit(.minutes(1))) func passwordsAreToldToNobody() async throws {
    let secret = "Hu:n/T@e%r 2"
    let texts = [
      "AUTH \"\(secret)\"", "auth user \"\(secret)\"", "CONFIG SET requirepass \"\(secret)\" nosuch 1",
      "CONFIG SET masterauth",
      "CONFIG SET maxmemory \"\(secret)\"", "CONFIG SETT requirepass \"\(secret)\"", "AUHT \"\(secret)\"",
      "ACL SETUSER x \"<\(secret)\"", "ACL SETUSER x \"#\(secret)\"", "ACL SETUSER x \"\(secret)\"",
      "ACL SETUSER x \">\(secret)\" nosuch", "MIGRATE 127.0.0.1 1 none 0 9 AUTH \"\(secret)\"",
      "HELLO 3 AUTH x \"\(secret)\"",
      "AUTH \"\(secret)", "AUTH '\(secret)'x",
    ]
    try await withThrowawayRedis { server in
      for policy in [AccessPolicy.readOnly, .readWrite, .administrative] {
        let sink = RecordingAuditSink()
        let manager = ConnectionManager(registry: try AdapterRegistry([.redis]), policy: policy, audit: sink)
        try await manager.withSession(ConnectionString(server.url), exclusively: true) { session in
          for text in texts {
            for way in 0..<4 {
              let request = QueryRequest(stringLiteral: text)
              let error =
                await outcome {
                  switch way {
                  case 0: _ = try await session.execute(request)
                  case 1: _ = try await session.native(request)
                  case 2: for result in try await session.pipeline([request]) { _ = try result.get() }
                  default: try await session.withRows(request) { for try await _ in $0 {} }
                  }
                }.error as? DBError
              guard let error else { continue }
              #expect(!"\(error) \(error.debugDescription)".contains(secret), "\(error.debugDescription)")
            }
          }
        }
        for line in sink.lines { #expect(!line.contains("Hu:n"), "\(line)") }
        #expect(sink.lines.contains { $0.contains("AUTH …") || $0.contains("auth …") }, "\(sink.lines)")
        await manager.shutdown(grace: .zero)
      }
      // In the URL, with what has to be escaped there.
      var url = server.url
      url.replaceSubrange(
        url.range(of: ":", after: "redis://")!.upperBound..<url.firstIndex(of: "@")!, with: "Hu%3An%2FT%40e%25r%202")
      let manager = try manager()
      let error = await outcome { try await manager.withSession(ConnectionString(url)) { _ in } }.error as? DBError
      #expect(error?.code == .authenticationFailed)
      let text = "\(String(describing: error)) \(error.debugDescription)"
      #expect(!text.contains(secret) && !text.contains("Hu%3A"), "\(text)")
      await manager.shutdown(grace: .zero)
    }
  }
}

extension String {
  fileprivate func range(of text: String, after prefix: String) -> Range<String.Index>? {
    self[index(startIndex, offsetBy: prefix.count)...].firstRange(of: text)
  }
}
