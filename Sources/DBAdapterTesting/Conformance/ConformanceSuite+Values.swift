internal import DBAdapterCore

extension AdapterConformanceSuite {
  static let values: [(String, Body)] =
    ConformanceValues.groups.map { group in
      ("\(group.name) there and back", { try await thereAndBack(group.values, $0) })
    } + [
      ("nulls of any type", nulls),
      ("text that is not UTF-8 is refused or kept as bytes", invalidText),
    ]

  /// Every value as a parameter that is only returned, and through a column of its type.
  private static func thereAndBack(_ values: [DBValue], _ context: ConformanceContext) async throws {
    let byType = Dictionary(grouping: values) { typeName(context.quirks.storage($0)) }
    for (type, values) in byType.sorted(by: { $0.key < $1.key }) {
      try await context.withTable("id BIGINT PRIMARY KEY, v \(type)") { session, table in
        for (index, value) in values.enumerated() {
          await echo(value, session, context)
          await store(value, id: index, session, table, context)
        }
        await context.expectAlive(session, after: "values of type \(type)")
      }
    }
  }

  private static func typeName(_ quirk: StorageQuirk) -> String {
    switch quirk {
    case .exact(let type), .becomes(let type, _), .refused(let type, _): type
    }
  }

  private static func echo(_ value: DBValue, _ session: DatabaseSession, _ context: ConformanceContext) async {
    let quirk = context.quirks.storage(value)
    await check(value, quirk, "as a parameter", context) {
      try await context.scalar(session, context.dialect.echo(value, as: typeName(quirk)))
    }
  }

  private static func store(
    _ value: DBValue, id: Int, _ session: DatabaseSession, _ table: String, _ context: ConformanceContext
  ) async {
    await check(value, context.quirks.storage(value), "through a column", context) {
      let result = try await session.execute(context.dialect.keep(value, id: id, in: table))
      context.expect(result.affectedRows == 1, "an insert says \(String(describing: result.affectedRows)) rows")
      return try await context.scalar(session, context.dialect.fetch(id, from: table))
    }
  }

  private static func check(
    _ value: DBValue, _ quirk: StorageQuirk, _ way: String, _ context: ConformanceContext,
    _ body: () async throws -> DBValue
  ) async {
    do {
      let back = try await body()
      switch quirk {
      case .exact: context.expect(back.isSame(as: value), "\(value.shown) \(way) came back as \(back.shown)")
      case .becomes(_, let wanted):
        context.expect(back.isSame(as: wanted), "\(value.shown) \(way) came back as \(back.shown), not \(wanted.shown)")
      case .refused: context.report("\(value.shown) \(way) was not refused, but came back as \(back.shown)")
      }
    } catch let error as DBError {
      guard case .refused(_, let code) = quirk else {
        return context.report("\(value.shown) \(way) failed: \(error)")
      }
      context.expect(error.code == code, "\(value.shown) \(way) was refused with \(error), not \(code)")
    } catch {
      context.report("\(value.shown) \(way) failed: \(error)")
    }
  }

  private static func nulls(_ context: ConformanceContext) async throws {
    let types = Set(ConformanceValues.groups.flatMap(\.values).map { typeName(context.quirks.storage($0)) })
    try await context.session { session in
      for type in types.sorted() {
        await check(.null, context.quirks.storage(.null), "of type \(type)", context) {
          try await context.scalar(session, context.dialect.echo(.null, as: type))
        }
      }
    }
  }

  private static func invalidText(_ context: ConformanceContext) async throws {
    guard let (expression, refused) = context.quirks.invalidText else { return }
    let request = QueryRequest(unsafeText: "SELECT \(expression)")
    try await context.session { session in
      if let refused {
        await context.expect(refused, of: "text that is not UTF-8") {
          try await context.scalar(session, request)
        }
      } else {
        let value = try await context.scalar(session, request)
        if case .native(let native) = value, case .bytes = native.payload {
        } else {
          context.report("text that is not UTF-8 came back as \(value.shown)")
        }
      }
      await context.expectAlive(session, after: "text that is not UTF-8")
    }
  }
}
