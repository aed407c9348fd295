/// What the server said about its error, field by field.
public struct ServerDiagnostics: Sendable, Hashable {
  /// Five characters (SQL standard; PostgreSQL appendix A).
  public var sqlState: String?
  /// The engine's own number: SQLite's extended result code.
  public var nativeCode: Int?
  /// The engine's own name of the code: `SQLITE_BUSY_SNAPSHOT`.
  public var nativeName: String?
  public var severity: String?
  public var detail: String?
  public var hint: String?
  /// Where in the statement, counted in characters from 1.
  public var position: Int?
  public var context: String?
  public var schema: String?
  public var table: String?
  public var column: String?
  public var dataType: String?
  public var constraint: String?
  /// What the server says of the error for programs: `TransientTransactionError`. Default: none.
  public var labels: [String] = []

  public init(sqlState: String? = nil, nativeCode: Int? = nil, nativeName: String? = nil) {
    self.sqlState = sqlState
    self.nativeCode = nativeCode
    self.nativeName = nativeName
  }

  var lines: [String] {
    let fields: [(String, String?)] = [
      ("native code", nativeCode.map { "\($0)" + (nativeName.map { " (\($0))" } ?? "") }), ("severity", severity),
      ("detail", detail), ("hint", hint), ("position", position.map(String.init)), ("context", context),
      ("schema", schema), ("table", table), ("column", column), ("data type", dataType), ("constraint", constraint),
      ("labels", labels.isEmpty ? nil : labels.joined(separator: ", ")),
    ]
    return fields.compactMap { name, value in value.map { "\(name): \($0)" } }
  }
}
