public import DBAdapterCore

/// The JSON documents of inspection. Each starts `{"schemaVersion":1,"kind":…`; unknown facts are `null`, estimates say that they are.
public struct SchemaJSON: Sendable {
  /// Where the facts come from: shown in every document.
  public struct Source: Sendable {
    /// `postgres`, `sqlite`.
    public var engine: DatabaseKind
    /// The connection without credentials.
    public var connection: String?

    /// A source.
    public init(engine: DatabaseKind, connection: String?) {
      self.engine = engine
      self.connection = connection
    }
  }

  private let source: Source
  /// Version of the documents; within it, fields are only added.
  public static let schemaVersion = 1

  /// Documents about one source.
  public init(_ source: Source) { self.source = source }

  /// The schemas of a database: kind `schemas`.
  public func schemas(_ listing: Listing<SchemaInfo>) -> DBJSON {
    document("schemas", listing.completeness, listing.coverage) { fields in
      fields.member("schemas") { $0.list(listing.items) { $0.write($1) } }
    }
  }

  /// Tables without their columns: kind `tables`.
  public func tables(_ listing: Listing<TableInfo>) -> DBJSON {
    document("tables", listing.completeness, listing.coverage) { fields in
      fields.member("tables") { list in
        list.list(listing.items) { writer, table in writer.object { $0.writeMembers(table) } }
      }
    }
  }

  /// One table: kind `table`.
  public func table(_ description: TableDescription) -> DBJSON {
    document("table", nil) { fields in
      fields.member("table") { $0.write(description) }
    }
  }

  /// Everything known of all tables: kind `schema`.
  public func schema(
    _ schemas: Listing<SchemaInfo>, _ tables: Listing<TableDescription>, server: ServerInfo? = nil
  ) -> DBJSON {
    var completeness = schemas.completeness
    if case .complete = completeness { completeness = tables.completeness }
    return document("schema", completeness, tables.coverage) { fields in
      fields.member("server") { field in
        guard let server else { return field.null() }
        field.object {
          $0.member("product", server.product)
          $0.member("version", server.version)
          $0.member("database", server.database)
        }
      }
      fields.member("schemas") { $0.list(schemas.items) { $0.write($1) } }
      fields.member("tables") { $0.list(tables.items) { $0.write($1) } }
    }
  }

  /// What the data itself showed of its groups, where an engine has no catalogue: kind `analysis`.
  public func analysis(_ groups: Listing<TableDescription>) -> DBJSON {
    document("analysis", groups.completeness, groups.coverage) { fields in
      fields.member("groups") { $0.list(groups.items) { $0.write($1) } }
    }
  }

  /// How a statement is run: kind `plan`.
  public func plan(_ plan: QueryPlan) -> DBJSON {
    document("plan", nil) { fields in
      fields.member("analyzed", plan.mode == .analyze)
      fields.member("isPlan", plan.isPlan)
      fields.member("notes", plan.notes)
      fields.member("nodes") { $0.list(plan.roots) { $0.write($1) } }
      fields.member("native") { $0.value(plan.native) }
    }
  }

  private func document(
    _ kind: String, _ completeness: Completeness?, _ coverage: Coverage? = nil, _ body: (inout JSONWriter) -> Void
  ) -> DBJSON {
    var writer = JSONWriter(indentation: 1)
    writer.object { fields in
      fields.member("schemaVersion", Self.schemaVersion)
      fields.member("kind", kind)
      fields.member("engine", source.engine.rawValue)
      fields.member("connection", source.connection)
      if let completeness {
        fields.member("complete", completeness == .complete)
        var reason: String?
        if case .partial(let text) = completeness { reason = text }
        fields.member("incompleteBecause", reason)
      }
      fields.coverageMember(coverage)
      body(&fields)
    }
    return DBJSON(writer.text)
  }
}
