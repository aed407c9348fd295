/// Finds what a statement destroys beyond rows that it names.
enum PostgresDestruction {
  /// What follows the statement's name: `removes every row of orders`. `nil` when it destroys nothing of the kind.
  static func found(in statement: PGNode) -> String? {
    switch statement.name {
    case "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt", "CreateTableAsStmt":
      return statement.subtree.lazy.compactMap(ofEveryRow).first { _ in true }
    case "ExplainStmt": return PostgresVerdict.runs(statement) ? statement["query"]?.firstPart.flatMap(found) : nil
    case "TruncateStmt": return "empties \(relations(statement["relations"]))"
    case "DropdbStmt": return "removes the database \(statement["dbname"]?.text ?? "it names")"
    case "DropOwnedStmt": return "removes everything that belongs to \(roles(statement["roles"]))"
    case "DropRoleStmt": return "removes \(roles(statement["roles"]))"
    case "DropStmt": return "removes \(objects(statement["objects"]))"
    case "AlterTableStmt": return ofColumns(statement)
    case let name where name.hasPrefix("Drop"):
      return "removes \((statement["tablespacename"] ?? statement["subname"])?.text ?? "what it names")"
    default: return nil
    }
  }

  // MARK: Rows

  private static func ofEveryRow(_ node: PGNode) -> String? {
    guard node.word == .statement else { return nil }
    let isDelete = node.isNamed("DeleteStmt")
    guard isDelete || node.isNamed("UpdateStmt") else { return nil }
    if let condition = node["whereClause"], !isAlwaysTrue(condition) { return nil }
    let table = node["relation"].map(relation) ?? "a table"
    return isDelete ? "removes every row of \(table)" : "changes every row of \(table)"
  }

  /// Parts of a condition that can make it differ from row to row, or from time to time.
  private static let choosing: [StaticString] = [
    "ColumnRef", "SubLink", "ParamRef", "FuncCall", "CurrentOfExpr", "SQLValueFunction",
  ]

  /// Whether a condition plainly holds for every row: `true`, `id = id`, one that names no column, or one of them beside an `OR`. Others are
  /// taken to choose.
  private static func isAlwaysTrue(_ condition: PGNode, depth: Int = 0) -> Bool {
    if condition["A_Const"]?["boolval"] != nil { return condition.constant("boolval")?.isTrue == true }
    if !condition.subtree.contains(where: { node in choosing.contains { node.isNamed($0) } }) { return true }
    if let operation = condition["BoolExpr"], let arguments = operation["args"], depth < 16 {
      if operation["boolop"]?.equals("OR_EXPR") == true {
        return arguments.children.contains { isAlwaysTrue($0, depth: depth + 1) }
      }
      return operation["boolop"]?.equals("AND_EXPR") == true
        && arguments.children.allSatisfy { isAlwaysTrue($0, depth: depth + 1) }
    }
    guard let comparison = condition["A_Expr"], comparison["name"]?.nameParts == ["="],
      let left = comparison["lexpr"], let right = comparison["rexpr"]
    else { return false }
    return left.hasContent(of: right)
  }

  // MARK: Columns

  private static func ofColumns(_ statement: PGNode) -> String? {
    var columns: [String] = []
    for element in statement["cmds"]?.children.map(\.self) ?? [] {
      guard let command = element["AlterTableCmd"], command["subtype"]?.equals("AT_DropColumn") == true else {
        continue
      }
      columns.append(command["name"]?.text ?? "a column")
    }
    if columns.isEmpty { return nil }
    return "removes \(columns.joined(separator: ", ")) of \(statement["relation"].map(relation) ?? "a table")"
  }

  // MARK: Names

  private static func relation(_ node: PGNode) -> String {
    [node["catalogname"], node["schemaname"], node["relname"]].compactMap { $0?.text }.joined(separator: ".")
  }

  private static func relations(_ list: PGNode?) -> String {
    joined(list?.children.compactMap { $0["RangeVar"].map(relation) })
  }

  private static func roles(_ list: PGNode?) -> String {
    joined(list?.children.map { $0["RoleSpec"]?["rolename"]?.text ?? "the current user" })
  }

  /// Of tables and the like a list of names, of functions and types a name with more behind it.
  private static func objects(_ list: PGNode?) -> String {
    joined(
      list?.children.map { element in
        let parts =
          element["List"]?["items"]?.nameParts ?? element["TypeName"]?["names"]?.nameParts
          ?? element["ObjectWithArgs"]?["objname"]?.nameParts ?? element.stringValue.map { [$0] }
        return parts?.joined(separator: ".") ?? "what it names"
      })
  }

  private static func joined(_ names: [String]?) -> String {
    guard let names, !names.isEmpty else { return "what it names" }
    return names.joined(separator: ", ")
  }
}
