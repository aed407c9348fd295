internal import DBAdapterCore

extension AdapterConformanceSuite {
  static let parameters: [(String, Body)] = [
    ("too few and too many parameters are refused with both numbers", wrongNumber),
    ("a parameter of the wrong type is named", wrongType),
    ("a parameter is data, whatever it says", injection),
    ("a parameter may be used twice, and there may be many", manyParameters),
    ("names are quoted", identifiers),
  ]

  private static func wrongNumber(_ context: ConformanceContext) async throws {
    let text = context.dialect.sum(ofParameters: [1, 2])
    try await context.session { session in
      for parameters in [[], [1], [1, 2, 3]] as [[DBValue]]
      where context.quirks.takesParameters && (!parameters.isEmpty || !context.quirks.bareTextHasNoPlaceholders) {
        let what = "two placeholders with \(parameters.count) values"
        let error = await context.expect(.invalidParameter, of: what) {
          try await session.execute(QueryRequest(unsafeText: text, parameters: parameters))
        }
        guard let error else { continue }
        context.expect(
          error.message.contains("\(parameters.count)")
            && (error.message.contains("2") || context.quirks.bareTextHasNoPlaceholders),
          "\(what): the message names not both numbers: \(error.message)")
      }
      await context.expect(.invalidParameter, of: "no placeholder with a value") {
        var bare = context.dialect.answer(1)
        bare.parameters = [1]
        return try await session.execute(bare)
      }
      await context.expectAlive(session, after: "wrong numbers of parameters")
    }
  }

  private static func wrongType(_ context: ConformanceContext) async throws {
    guard context.quirks.parametersAreTyped else { return }
    let (first, second) = (context.quirks.placeholder(1), context.quirks.placeholder(2))
    let text = "SELECT " + context.quirks.cast(first, "BIGINT") + ", " + context.quirks.cast(second, "BIGINT")
    try await context.session { session in
      for wrong in ["abc", true, .bytes(DBBytes([1])), .uint(.max), .double(0.5), .array(DBArray([1]))] as [DBValue] {
        let error = await context.failure(of: "\(wrong.shown) for a BIGINT") {
          try await session.execute(QueryRequest(unsafeText: text, parameters: [1, wrong]))
        }
        guard let error else { continue }
        context.expect(
          error.code == .invalidParameter || error.code == .dataInvalid,
          "\(wrong.shown) for a BIGINT failed with \(error)")
        context.expect(
          error.message.contains(second), "\(wrong.shown): the message names not parameter \(second): \(error.message)")
      }
      await context.expectAlive(session, after: "parameters of the wrong type")
    }
  }

  private static func injection(_ context: ConformanceContext) async throws {
    try await context.withTable("t TEXT") { session, table in
      for text in ["'; DROP TABLE \(table); --", "\" OR 1=1", "$1", "?", "\\'; --", "%s%n"] {
        _ = try await session.execute(context.dialect.insert(text, into: table))
        let count = try await context.scalar(session, context.dialect.count(of: text, in: table))
        context.expect(count == 1, "'\(text)' was found \(count) times")
      }
    }
  }

  private static func manyParameters(_ context: ConformanceContext) async throws {
    guard context.quirks.takesParameters else { return }
    try await context.session { session in
      let twice = try await context.scalar(
        session, QueryRequest(unsafeText: context.dialect.sum(ofParameters: [1, 1]), parameters: [21]))
      context.expect(twice == 42, "a parameter used twice gave \(twice.shown)")
      let count = 1_000
      let total = try await context.scalar(
        session,
        QueryRequest(
          unsafeText: context.dialect.sum(ofParameters: Array(1...count)),
          parameters: (1...count).map { .int(Int64($0)) }))
      // Some engines add whole numbers up to a decimal.
      context.expect(total.description == "\(count * (count + 1) / 2)", "\(count) parameters gave \(total.shown)")
    }
  }

  private static func identifiers(_ context: ConformanceContext) async throws {
    try await context.session { session in
      guard context.quirks.namesColumns else {
        if context.quirks.takesNames { return }
        await context.expect(.unsupported, of: "a name to quote") {
          try await session.execute("GET \(identifier: "a")")
        }
        return
      }
      for name in ["a b", "a\"b", "a.b", "é😀", "select", "a;--", "a\"\u{301}b", "\"; SELECT 2 --"] {
        let result = try await session.execute("SELECT 1 AS \(identifier: name)")
        context.expect(result.columns.names == [name], "the name '\(name)' became \(result.columns.names)")
      }
      await context.expect(.invalidParameter, of: "an empty name") {
        try await session.execute("SELECT 1 AS \(identifier: "")")
      }
      await context.expect(.invalidParameter, of: "a name with NUL") {
        try await session.execute("SELECT 1 AS \(identifier: "a\0")")
      }
    }
  }
}
