internal import DBAdapterCore

extension AdapterConformanceSuite {
  static let limits: [(String, Body)] = [
    ("a time limit ends a statement on time, and the session goes on", timeouts),
    ("a time limit ends a stream on time", streamTimeout),
    ("a task cancelled before the call sends nothing", cancelledBefore),
    ("a task cancelled during the call ends soon, and the session goes on", cancelledDuring),
    ("a task cancelled after the call changes nothing", cancelledAfter),
    ("cancelling one session leaves the others alone", cancelledAlone),
    ("a second statement meanwhile is refused, unless sessions may be shared", busy),
  ]

  private static func endless(_ context: ConformanceContext) -> QueryRequest {
    context.dialect.endless
  }

  private static func timeouts(_ context: ConformanceContext) async throws {
    try await context.session { session in
      for limit in [Duration.milliseconds(1), .milliseconds(50), .milliseconds(300)] {
        let (error, time) = await Stopwatch.measure {
          await context.expect(.timeout, of: "a limit of \(limit)") {
            try await session.execute(endless(context).timeout(limit))
          }
        }
        context.expect(time.own < limit + context.quirks.tolerance, "a limit of \(limit) took \(time)")
        context.expect(
          error?.retry != .safe || context.quirks.stoppedDidNothing,
          "a statement that was running may be repeated in any case")
        guard context.has(.cancellation) else { return }
        await context.expectAlive(session, after: "a limit of \(limit)")
      }
      let limited = try await session.execute(context.dialect.answer(1).timeout(.seconds(30)))
      context.expect(limited.rows.count == 1, "a limit that is not reached gave \(limited.rows.count) rows")
    }
  }

  private static func streamTimeout(_ context: ConformanceContext) async throws {
    guard context.has(.rowStreaming) else { return }
    try await context.session { session in
      let limit = Duration.milliseconds(200)
      let (_, time) = await Stopwatch.measure {
        await context.expect(.timeout, of: "an endless stream with a limit") {
          try await session.withRows(endless(context).timeout(limit)) { for try await _ in $0 {} }
        }
      }
      context.expect(time.own < limit + context.quirks.tolerance, "a limit of \(limit) took \(time)")
      if context.has(.cancellation) { await context.expectAlive(session, after: "a stream with a limit") }
    }
  }

  private static func cancelledBefore(_ context: ConformanceContext) async throws {
    try await context.withTable("n BIGINT") { session, table in
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return await context.expect(.cancelled, of: "a statement of a cancelled task") {
          try await session.execute(context.dialect.insert(1, into: table))
        }
      }
      let error = await task.value
      context.expect(
        error == nil || error?.underlying is CancellationError,
        "no CancellationError underneath: \(String(describing: error))")
      let count = try await context.scalar(session, context.dialect.count(table))
      context.expect(count == 0, "a cancelled task stored \(count.shown) rows")
    }
  }

  private static func cancelledDuring(_ context: ConformanceContext) async throws {
    try await context.session { session in
      for delay in [Duration.zero, .milliseconds(2), .milliseconds(20), .milliseconds(150)] {
        let task = Task {
          await context.expect(.cancelled, of: "a statement cancelled after \(delay)") {
            try await session.execute(endless(context))
          }
        }
        // The delay is the stimulus: it decides how far the statement has come.
        try await Task.sleep(for: delay)
        let watch = Stopwatch()
        task.cancel()
        _ = await task.value
        let time = watch.time
        context.expect(time.own < context.quirks.tolerance, "cancelled after \(delay), it took \(time)")
        guard context.has(.cancellation) else { return }
        await context.expectAlive(session, after: "a statement cancelled after \(delay)")
      }
      guard context.has(.rowStreaming) else { return }
      let stream = Task {
        await context.expect(.cancelled, of: "a cancelled stream") {
          try await session.withRows(endless(context)) { for try await _ in $0 {} }
        }
      }
      try await Task.sleep(for: .milliseconds(50))
      stream.cancel()
      _ = await stream.value
      await context.expectAlive(session, after: "a cancelled stream")
    }
  }

  private static func cancelledAfter(_ context: ConformanceContext) async throws {
    try await context.session { session in
      let task = Task {
        let result = try await session.execute(context.dialect.answer(1))
        withUnsafeCurrentTask { $0?.cancel() }
        return result.rows.count
      }
      let count = try await task.value
      context.expect(count == 1, "\(count) rows")
      for _ in 1...50 {
        // The cancellation races with the answer; whoever wins, the session stays whole.
        let racing = Task { try await session.execute(context.dialect.answer(1)).rows.count }
        racing.cancel()
        switch await racing.result {
        case .success(let count): context.expect(count == 1, "\(count) rows")
        case .failure(let error as DBError): context.expect(error.code == .cancelled, "a race ended with \(error)")
        case .failure(let error): context.report("a race ended with \(error)")
        }
        await context.expectAlive(session, after: "a cancellation that raced with the answer")
      }
    }
  }

  private static func cancelledAlone(_ context: ConformanceContext) async throws {
    let victim = Task { try await context.session { try await $0.execute(endless(context)) } }
    try await context.session { session in
      for round in 1...100 {
        if round == 50 { victim.cancel() }
        let value = try await context.scalar(session, context.dialect.answer(round))
        context.expect(value == .int(Int64(round)), "round \(round) gave \(value.shown)")
      }
    }
    let result = await victim.result
    if case .failure(let error as DBError) = result, error.code == .cancelled { return }
    context.report("the cancelled session ended with \(result)")
  }

  private static func busy(_ context: ConformanceContext) async throws {
    if context.quirks.sessionsAreShared { return try await meanwhile(context) }
    try await context.session { session in
      let first = Task {
        // The second may be faster at first; the one that is refused tries again.
        while true {
          do {
            return try await session.execute(endless(context))
          } catch let error as DBError where error.code == .connectionBusy {
            await Task.yield()
          }
        }
      }
      var refusal: DBError?
      let patience = Deadline(after: .seconds(10))
      while refusal == nil, !patience.hasPassed {
        do { _ = try await session.execute(context.dialect.answer(1)) } catch let error as DBError { refusal = error }
        await Task.yield()
      }
      first.cancel()
      let outcome = await first.result
      context.expect(refusal?.code == .connectionBusy, "a second statement meanwhile: \(String(describing: refusal))")
      if case .failure(let error as DBError) = outcome {
        context.expect(error.code == .cancelled, "the first statement ended with \(error)")
      } else {
        context.report("the first statement ended with \(outcome)")
      }
      if context.has(.cancellation) { await context.expectAlive(session, after: "two statements at once") }
    }
  }

  private static func meanwhile(_ context: ConformanceContext) async throws {
    try await context.session { session in
      let first = Task { try await session.execute(endless(context)) }
      for round in 1...100 {
        let value = try await context.scalar(session, context.dialect.answer(round))
        context.expect(value == .int(Int64(round)), "round \(round) gave \(value.shown)")
      }
      first.cancel()
      let outcome = await first.result
      if case .failure(let error as DBError) = outcome, error.code == .cancelled {
      } else {
        context.report("the first statement ended with \(outcome)")
      }
      await context.expectAlive(session, after: "two statements at once")
    }
  }
}
