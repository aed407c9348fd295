/// The words an engine uses for what this library calls schema, table, column and row.
public struct ModelVocabulary: Sendable, Hashable {
  /// One word in singular and plural.
  public struct Noun: Sendable, Hashable {
    public let singular: String
    public let plural: String
    public init(_ singular: String, _ plural: String) {
      self.singular = singular
      self.plural = plural
    }
  }

  public let schema: Noun
  public let table: Noun
  public let column: Noun
  public let row: Noun

  public init(schema: Noun, table: Noun, column: Noun, row: Noun) {
    self.schema = schema
    self.table = table
    self.column = column
    self.row = row
  }

  public static let relational = ModelVocabulary(
    schema: Noun("schema", "schemas"), table: Noun("table", "tables"), column: Noun("column", "columns"),
    row: Noun("row", "rows"))
}

/// What an adapter is, before anything is connected.
public struct AdapterDescriptor: Sendable, Hashable {
  public let kind: DatabaseKind
  public let displayName: String
  /// The URL schemes it answers to, the usual one first.
  public let schemes: [String]
  /// `nil` for an embedded engine.
  public let defaultPort: UInt16?
  public let dataModel: DataModel
  public let vocabulary: ModelVocabulary
  /// What it can do on some server; ``ServerInfo/capabilities`` says what on this one.
  public let capabilities: AdapterCapabilities
  /// The C library and its version: `libpq 15.20`.
  public let clientLibrary: String
  /// When two connection strings mean the same, so that they share a pool. Default: only what holds for every engine.
  public let connectionRules: ConnectionRules
  /// Whether statements may be ``StatementClassification/Effect-swift.enum/administration``, so that those of read-write sessions are
  /// classified too. Default: no.
  public let hasAdministrativeStatements: Bool
  /// Whether the server may run code of a statement that it only plans, so that the guard looks at it too. Default: no.
  public let planningMayRunCode: Bool

  public init(
    kind: DatabaseKind, displayName: String, schemes: [String], defaultPort: UInt16?, dataModel: DataModel,
    vocabulary: ModelVocabulary, capabilities: AdapterCapabilities, clientLibrary: String,
    connectionRules: ConnectionRules = ConnectionRules(), hasAdministrativeStatements: Bool = false,
    planningMayRunCode: Bool = false
  ) {
    self.kind = kind
    self.displayName = displayName
    self.schemes = schemes
    self.defaultPort = defaultPort
    self.dataModel = dataModel
    self.vocabulary = vocabulary
    self.capabilities = capabilities
    self.clientLibrary = clientLibrary
    self.connectionRules = connectionRules
    self.hasAdministrativeStatements = hasAdministrativeStatements
    self.planningMayRunCode = planningMayRunCode
  }
}
