internal import DBAdapterCore

extension AdapterConformanceSuite {
  static let connecting: [(String, Body)] = [
    ("a session opens and says what answered", answers),
    ("a connection that cannot be made fails with its own code and stage", connectFailures),
    ("a session is expired after its closure", expires),
    ("sessions open again and again", reconnects),
    ("connecting in a cancelled task opens nothing", connectsCancelled),
  ]

  private static func answers(_ context: ConformanceContext) async throws {
    try await context.session { session in
      try await session.ping()
      let info = try await session.serverInfo()
      context.expect(!info.product.isEmpty && !info.version.isEmpty, "the server has no product or version: \(info)")
      context.expect(!info.isReadOnly, "a read-write session says that it is read-only")
      context.expect(!session.endpoint.isEmpty, "the session has no endpoint")
      let value = try await context.scalar(session, context.dialect.answer(42))
      context.expect(value == 42, "the answer to 42 was \(value.shown)")
    }
    let isReadOnly = try await context.session(.readOnly) { try await $0.serverInfo().isReadOnly }
    context.expect(isReadOnly, "a read-only session says that it may write")
  }

  private static func connectFailures(_ context: ConformanceContext) async throws {
    for failure in context.quirks.connectFailures {
      let manager = ConnectionManager(
        registry: context.quirks.registry,
        configuration: ConnectionManagerConfiguration(connectTimeout: .seconds(2)))
      let (error, time) = await Stopwatch.measure {
        await context.expect(failure.code, of: "connecting with \(failure.name)") {
          try await manager.withSession(failure.target) { _ in }
        }
      }
      guard let error else { continue }
      context.expect(
        error.stage == failure.stage,
        "\(failure.name): stage \(String(describing: error.stage)), not \(String(describing: failure.stage))")
      context.expect(error.retry != .ifIdempotent, "\(failure.name): nothing was sent, and yet the outcome is unknown")
      context.expect(error.adapter != nil, "\(failure.name): the error names no adapter")
      context.expect(time.own < .seconds(2) + context.quirks.tolerance, "\(failure.name) took \(time)")
      let password = try? ConnectionString(failure.target).password
      password?.withExposed { secret in
        context.expect(!error.debugDescription.contains(secret), "\(failure.name): the error shows the password")
      }
    }
  }

  private static func expires(_ context: ConformanceContext) async throws {
    let session = try await context.session { $0 }
    await context.expect(.sessionExpired, of: "a statement after the closure") {
      try await session.execute(context.dialect.answer(1))
    }
  }

  private static func reconnects(_ context: ConformanceContext) async throws {
    for round in 1...20 {
      let value = try await context.session { try await context.scalar($0, context.dialect.answer(round)) }
      context.expect(value == .int(Int64(round)), "round \(round) gave \(value.shown)")
    }
    // Several at a time.
    try await withThrowingTaskGroup(of: DBValue.self) { group in
      for number in 1...5 {
        group.addTask { try await context.session { try await context.scalar($0, context.dialect.answer(number)) } }
      }
      var sum = 0
      for try await value in group { if case .int(let number) = value { sum += Int(number) } }
      context.expect(sum == 15, "five sessions at a time gave \(sum), not 15")
    }
  }

  private static func connectsCancelled(_ context: ConformanceContext) async throws {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await context.expect(.cancelled, of: "connecting in a cancelled task") {
        try await context.session { _ in }
      }
    }
    let error = await task.value
    context.expect(error?.retry != .ifIdempotent, "nothing was sent, and yet the outcome is unknown")
  }
}
