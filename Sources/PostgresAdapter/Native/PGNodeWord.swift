#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The names in a parse tree that the guard looks for, told apart while the tree is read.
enum PGNodeWord: UInt8 {
  case other
  case call, column, indirection, expression, subquery, parameter
  case into, locking
  /// A node of a statement other than `SELECT`.
  case statement

  /// Compares by length first: hardly a name is compared with a second one.
  init(_ name: UnsafePointer<UInt8>, _ length: Int) {
    func equals(_ wanted: StaticString) -> Bool { memcmp(name, wanted.utf8Start, wanted.utf8CodeUnitCount) == 0 }
    switch length {
    case 6 where equals("A_Expr"): self = .expression
    case 7 where equals("SubLink"): self = .subquery
    case 8 where equals("FuncCall"), 8 where equals("funccall"): self = .call
    case 8 where equals("ParamRef"): self = .parameter
    case 9 where equals("ColumnRef"): self = .column
    case 10 where equals("intoClause"): self = .into
    case 13 where equals("A_Indirection"): self = .indirection
    case 13 where equals("lockingClause"): self = .locking
    default:
      let isStatement = length > 4 && memcmp(name + (length - 4), "Stmt", 4) == 0
      // `selectStmt` is a field: what an INSERT inserts.
      self = isStatement && !(length == 10 && memcmp(name + 1, "electStmt", 9) == 0) ? .statement : .other
    }
  }
}
