internal import DBAdapterCore

extension AdapterConformanceSuite {
  static let pipelines: [(String, Body)] = [
    ("a pipeline has one result a statement, in order", pipelineResults),
    ("a failure in a pipeline undoes it, where pipelines are atomic", pipelineFailure),
    ("statements that run together run all or not at all", atomicBatch),
    ("a change of what is watched keeps a batch from running", watched),
    ("a reply has its own shape, where the engine has such", nativeReply),
    ("messages arrive in order, where there are any", messages),
  ]

  static let readOnly: [(String, Body)] = [
    ("statements are classified without being run", classification),
    ("a read-only session refuses every kind of write", refusesWrites),
    ("the server itself refuses a write that looks like a read", sneakyWrite),
  ]

  private static func pipelineResults(_ context: ConformanceContext) async throws {
    try await context.session { session in
      guard context.has(.pipelining) else {
        await context.expect(.unsupported, of: "a pipeline") { try await session.pipeline([context.dialect.answer(1)]) }
        return
      }
      let results = try await session.pipeline((1...100).map { context.dialect.answer($0) })
      let numbers = try results.map { try $0.get().rows[0][0] }
      context.expect(numbers == (1...100).map { .int($0) }, "the results are \(numbers.prefix(5))…")
      let none = try await session.pipeline([])
      context.expect(none.isEmpty, "no statements gave \(none.count) results")
      let mixed = try await session.pipeline([
        context.dialect.echo("é", as: "TEXT"), context.dialect.nothing.request,
      ])
      context.expect(
        try mixed[0].get().rows[0][0] == "é" && mixed[1].get().rows.isEmpty, "a pipeline with a parameter failed")
      await context.expectAlive(session, after: "pipelines")
    }
  }

  private static func pipelineFailure(_ context: ConformanceContext) async throws {
    guard context.has(.pipelining) else { return }
    try await context.withTable("n BIGINT PRIMARY KEY") { session, table in
      let failing = context.dialect.failing(table)
      let results = try await session.pipeline([
        context.dialect.insert(1, into: table), failing.request, context.dialect.insert(2, into: table),
      ])
      guard results.count == 3 else { return context.report("three statements gave \(results.count) results") }
      if case .failure(let error) = results[1] {
        context.expect(error.code == failing.code, "the failing statement: \(error)")
      } else {
        context.report("a statement that fails succeeded in a pipeline")
      }
      let isAtomic = context.has(.atomicPipelines)
      if !isAtomic {
        for index in [0, 2] { _ = try results[index].get() }
      } else if case .failure(let error) = results[2] {
        context.expect(error.code == .transactionAborted, "the statement after it: \(error)")
      } else {
        context.report("the statement after a failure ran")
      }
      let left = try await context.scalar(session, context.dialect.count(table))
      context.expect(left == (isAtomic ? 0 : 2), "the failed pipeline left \(left.shown) rows")
      await context.expectAlive(session, after: "a pipeline that failed")
    }
  }

  private static func atomicBatch(_ context: ConformanceContext) async throws {
    try await context.withTable("n BIGINT PRIMARY KEY") { session, table in
      guard context.has(.atomicBatches) else {
        await context.expect(.unsupported, of: "statements that run together") {
          try await session.atomically([context.dialect.answer(1)])
        }
        return
      }
      let batch = [
        context.dialect.insert(1, into: table), context.dialect.answer(7), context.dialect.insert(2, into: table),
      ]
      let results = try await session.atomically(batch)
      context.expect(try results.count == 3 && results[1].get().rows[0][0] == 7, "the results are \(results)")
      let none = try await session.atomically([])
      context.expect(none.isEmpty, "no statements gave \(none.count) results")
      for text in context.dialect.refusedBeforehand(table) {
        await context.expect(.transactionAborted, of: "a batch with '\(text)'") {
          try await session.atomically([context.dialect.insert(3, into: table), QueryRequest(unsafeText: text)])
        }
      }
      let left = try await context.scalar(session, context.dialect.count(table))
      context.expect(left == 2, "\(left.shown) rows are left, not 2")
      await context.expectAlive(session, after: "statements that ran together")
    }
  }

  private static func watched(_ context: ConformanceContext) async throws {
    guard context.has(.atomicBatches) else { return }
    try await context.withTable("n BIGINT PRIMARY KEY") { session, table in
      var attempts = 0
      _ = try await session.atomically(watching: [.text(table)]) { inner in
        attempts += 1
        let seen = try await context.scalar(inner, context.dialect.count(table))
        // Somebody else is faster, once.
        if attempts == 1 { _ = try await session.execute(context.dialect.insert(1, into: table)) }
        return seen == 0 ? [context.dialect.insert(100, into: table)] : [context.dialect.insert(2, into: table)]
      }
      let left = try await context.scalar(session, context.dialect.count(table))
      let wrong = try await context.scalar(session, context.dialect.count(of: "100", in: table))
      context.expect(
        attempts == 2 && left == 2 && wrong == 0, "after \(attempts) attempts there are \(left.shown) rows")
      await context.expect(.serializationConflict, of: "a batch that is never the first") {
        try await session.atomically(watching: [.text(table)], attempts: 2) { _ in
          attempts += 1
          _ = try await session.execute(context.dialect.insert(attempts * 10, into: table))
          return [context.dialect.insert(100, into: table)]
        }
      }
      await context.expectAlive(session, after: "a conflict")
    }
  }

  private static func nativeReply(_ context: ConformanceContext) async throws {
    try await context.session { session in
      guard context.has(.nativeReplies) else {
        await context.expect(.unsupported, of: "a reply in its own shape") {
          try await session.native(context.dialect.answer(1))
        }
        return
      }
      let (request, reply) = context.dialect.nativeAnswer(7)
      let value = try await session.native(request)
      context.expect(value == reply, "the answer to 7 was \(value.shown)")
    }
  }

  private static func messages(_ context: ConformanceContext) async throws {
    try await context.session { session in
      let channel = TestServers.uniqueName()
      guard context.has(.subscriptions), let publish = context.quirks.publish else {
        await context.expect(.unsupported, of: "a subscription") {
          try await session.withMessages(of: [.channel(channel)]) { _ in }
        }
        return
      }
      try await session.withMessages(of: [.channel(channel)]) { messages in
        for number in 1...100 { _ = try await session.execute(publish(channel, "\(number)")) }
        var next = 1
        for try await message in messages {
          context.expect(message.payload == .text("\(next)"), "message \(next) is \(message.payload.shown)")
          next += 1
          if next > 100 { break }
        }
      }
      await context.expectAlive(session, after: "a subscription")
    }
  }

  private static func classification(_ context: ConformanceContext) async throws {
    let table = TestServers.uniqueName()
    try await context.session { session in
      for (text, effect) in context.dialect.classified(table) {
        do {
          let found = try await session.classify(QueryRequest(unsafeText: text)).effect
          // Without the table, an engine that classifies by compiling may not know: unknown counts as a write.
          let isSafe = found == effect || effect != .read && found != .read
          context.expect(isSafe, "'\(text)' is classified as \(found)")
        } catch let error as DBError {
          context.expect(effect != .read, "'\(text)' cannot be classified: \(error)")
        }
      }
      if context.quirks.missingTableIsEmpty {
        let count = try await context.scalar(session, context.dialect.count(table))
        return context.expect(count == 0, "statements that were only classified stored \(count.shown) rows")
      }
      await context.expect(.objectNotFound, of: "a table that was only classified") {
        try await session.execute(context.dialect.count(table))
      }
    }
  }

  private static func refusesWrites(_ context: ConformanceContext) async throws {
    try await context.withTable("n BIGINT PRIMARY KEY") { _, table in
      try await context.session(.readOnly) { session in
        for text in context.dialect.writes(table) {
          let request = QueryRequest(unsafeText: text)
          let calls: [(String, () async throws -> Void)] = [
            ("executing", { _ = try await session.execute(request) }),
            ("streaming", { try await session.withRows(request) { for try await _ in $0 {} } }),
            ("measuring", { _ = try await session.explain(request, mode: .analyze) }),
          ]
          for (what, call) in calls {
            let error = await context.failure(of: "\(what) '\(text)' in a read-only session") { try await call() }
            context.expect(
              error == nil || [.rejectedByGuard, .invalidParameter, .permissionDenied].contains(error?.code),
              "\(what) '\(text)' failed with \(String(describing: error))")
          }
        }
        let seen = try await context.scalar(session, context.dialect.count(table))
        context.expect(seen == 0, "a read-only session stored \(seen.shown) rows")
        if context.has(.transactions) {
          try await session.withTransaction { inner in
            let error = await context.failure(of: "a write in a transaction of a read-only session") {
              try await inner.execute(context.dialect.insert(1, into: table))
            }
            context.expect(
              error?.code == .rejectedByGuard, "a write in a transaction failed with \(String(describing: error))")
          }
        }
      }
    }
  }

  private static func sneakyWrite(_ context: ConformanceContext) async throws {
    guard context.has(.serverEnforcedReadOnly), let sneaky = context.quirks.sneakyWrite else { return }
    func run(_ statements: [String]) async throws {
      try await context.session { session in
        for text in statements { _ = try await session.execute(QueryRequest(unsafeText: text)) }
      }
    }
    try await run(sneaky.setup)
    try await context.session(.readOnly) { session in
      for round in 1...2 {
        let error = await context.failure(of: "round \(round) of '\(sneaky.statement)'") {
          try await session.execute(QueryRequest(unsafeText: sneaky.statement))
        }
        context.expect(error?.code == sneaky.code, "'\(sneaky.statement)' failed with \(String(describing: error))")
      }
      let streamed = await context.failure(of: "streaming '\(sneaky.statement)'") {
        try await session.withRows(QueryRequest(unsafeText: sneaky.statement)) { for try await _ in $0 {} }
      }
      context.expect(streamed?.code == sneaky.code, "streaming it failed with \(String(describing: streamed))")
      await context.expectAlive(session, after: "a write that the server refused")
    }
    try await run(sneaky.cleanup)
  }
}
