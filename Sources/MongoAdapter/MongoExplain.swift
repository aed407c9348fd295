public import DBAdapterCore

extension MongoAdapter {
  /// The server's `explain`: `queryPlanner` for a plan, `executionStats` for an analysis, or the verbosity of a request that is an `explain`
  /// itself. ``QueryPlan/notes`` says in a sentence what the winning plan does, and warns of collection scans.
  ///
  /// An analysis of a command that writes changes nothing: the server only pretends to (MongoDB manual, explain). For a plan nothing is run but
  /// what the server tries plans with, whatever verbosity the request has.
  public func explainQuery(_ request: QueryRequest, mode: ExplainMode) async throws(DBError) -> QueryPlan {
    let command = try MongoStatement(request, database: options.database)
    let explained = command.explained(mode, in: options.database)
    return try await access.perform(timeout: request.timeout) { session, operation throws(DBError) in
      guard case .reply(let reply) = try session.send(explained, operation) else {
        throw DBError(.protocolViolation, "the server explains with a cursor", adapter: .mongodb)
      }
      return MongoPlan(reply, mode: mode).plan
    }
  }
}

extension MongoStatement {
  fileprivate func explained(_ mode: ExplainMode, in session: String) -> MongoStatement {
    let verbosity = mode == .plan ? "queryPlanner" : "executionStats"
    if name == "explain" {
      guard mode == .plan else { return self }
      let planned = document.removing(["verbosity"]).adding("verbosity", .string(verbosity))
      return MongoStatement(MongoCommand(database: database, document: planned), database: session)
    }
    var inner = document.removing(["$readPreference", "explain"])
    // The server wants a cursor of an aggregation, and explains none.
    if name == "aggregate", inner["cursor"] == nil { inner = inner.adding("cursor", [:]) }
    let explain: BSONDocument = ["explain": .document(inner), "verbosity": .string(verbosity)]
    return MongoStatement(MongoCommand(database: database, document: explain), database: session)
  }
}
