/// What only the text of a `CREATE TABLE` says: names of constraints, checks, generated expressions, collations, deferrable keys
/// (sqlite.org/lang_createtable.html). The text comes from `sqlite_schema`, so that it is valid.
struct SQLiteTableDDL: Equatable {
  struct Column: Equatable {
    var name: String
    var collation: String?
    var generatedExpression: String?
    var isAutoincrement = false
  }

  struct Constraint: Equatable {
    enum Kind: Equatable { case primaryKey, unique, check(String), foreignKey }

    var name: String?
    var kind: Kind
    var columns: [String] = []
    /// As written.
    var definition = ""
    var match: String?
    var isDeferrable = false
    var isInitiallyDeferred = false
  }

  var columns: [Column] = []
  /// In the order written, those of columns included.
  var constraints: [Constraint] = []

  init(_ text: String) {
    var parser = SQLiteDDLParser(text)
    parser.readTable(into: &self)
  }

  func column(_ name: String) -> Column? { columns.first { $0.name.lowercased() == name.lowercased() } }

  /// The constraint of a kind over just these columns.
  func constraint(_ kind: Constraint.Kind, _ columns: [String]) -> Constraint? {
    constraints.first { $0.kind == kind && $0.columns.map { $0.lowercased() } == columns.map { $0.lowercased() } }
  }
}
