import DBAdapterCore
import Testing

@testable import SQLiteAdapter

@Suite("SQLite's values, errors, options and plans")
struct SQLiteMappingTests {
  @Test("a declared type keeps its text and tells its kind")
  func declaredTypes() {
    let kinds: [(String, DBType.Kind)] = [
      ("", .unknown), ("INTEGER", .integer), ("BIGINT UNSIGNED", .integer), ("VARCHAR(255)", .text), ("clob", .text),
      ("BLOB", .bytes), ("double  precision", .float), ("FLOATING POINT", .integer), ("REAL", .float),
      ("numeric(10,2)", .decimal),
      ("Boolean", .boolean), ("DATETIME", .timestamp), ("timestamp with time zone", .timestamp), ("date", .date),
      ("uuid", .uuid), ("JSON", .json), ("STRANGE", .decimal),
    ]
    for (declared, kind) in kinds { #expect(SQLiteDeclaredType.type(declared) == DBType(kind, nativeName: declared)) }
  }

  @Test("result codes become codes of the library, by the table")
  func codes() {
    func code(_ number: Int32, _ message: String = "x", _ stage: SQLiteErrors.Stage = .running) -> DBError.Code {
      SQLiteErrors.error(
        SQLiteFailure(code: number, message: message), SQLiteErrors.Context(stage: stage, path: "shop.db")
      ).code
    }
    #expect(code(5) == .lockNotAvailable && code(517) == .serializationConflict && code(6) == .lockNotAvailable)
    #expect(code(2067) == .constraintViolation && code(13) == .resourceLimit && code(7) == .resourceLimit)
    #expect(code(11) == .dataInvalid && code(11, "x", .readingHeader) == .connectionFailed)
    #expect(
      code(26, "x", .readingHeader) == .connectionFailed && code(23) == .permissionDenied
        && code(8) == .permissionDenied)
    #expect(code(1, "no such table: t", .preparing) == .objectNotFound)
    #expect(code(1, "table t already exists", .preparing) == .objectExists)
    #expect(code(1, "near \"x\": syntax error", .preparing) == .syntaxError)
    #expect(code(1, "integer overflow") == .dataInvalid && code(1, "something new") == .serverError)
    #expect(code(10) == .serverError && code(18) == .dataInvalid && code(9) == .cancelled)
    #expect(SQLiteCodeName.name(of: 517) == "SQLITE_BUSY_SNAPSHOT")
    #expect(SQLiteCodeName.name(of: 5 | 200 << 8) == "SQLITE_BUSY")
    let full = SQLiteErrors.error(
      SQLiteFailure(code: 13, message: "x"), SQLiteErrors.Context(stage: .running, path: "shop.db"))
    #expect(full.message.contains("shop.db") && full.message.contains("space"))
    let wal = SQLiteErrors.error(
      SQLiteFailure(code: 14, message: "x"), SQLiteErrors.Context(stage: .readingHeader, path: "shop.db"))
    #expect(wal.message.contains("shop.db-shm") && wal.message.contains("immutable=1"))
  }

  @Test("a stop explains an interrupt and a lock, and nothing else")
  func stops() {
    func code(_ number: Int32, _ stop: SQLiteOperation.Stop) -> DBError.Code {
      SQLiteErrors.error(
        SQLiteFailure(code: number, message: "x"), SQLiteErrors.Context(stage: .running, path: "p", stop: stop)
      ).code
    }
    #expect(
      code(9, .timedOut) == .timeout && code(5, .cancelled) == .cancelled && code(13, .timedOut) == .resourceLimit)
  }

  @Test("constraint messages are taken apart")
  func constraints() {
    let unique = SQLiteConstraintMessage("UNIQUE constraint failed: t.a, t.b c")
    #expect(unique.table == "t" && unique.columns == ["a", "b c"] && unique.constraint == nil)
    #expect(SQLiteConstraintMessage("CHECK constraint failed: price > 0").constraint == "price > 0")
    #expect(SQLiteConstraintMessage("UNIQUE constraint failed: index 'i x'").constraint == "i x")
    let datatype = SQLiteConstraintMessage("cannot store TEXT value in INTEGER column t.a")
    #expect(datatype.table == "t" && datatype.columns == ["a"])
    #expect(SQLiteConstraintMessage("FOREIGN KEY constraint failed").table == nil)
  }

  @Test("positions count characters from 1")
  func positions() {
    #expect(SQLiteErrors.position(ofByte: 0, in: "abc") == 1)
    #expect(SQLiteErrors.position(ofByte: 3, in: "äa") == 3)
    #expect(SQLiteErrors.position(ofByte: 99, in: "é😀") == 3)
  }

  @Test("connection strings become URIs that mean the same file")
  func options() throws {
    func options(_ text: String, _ access: AccessLevel = .readWrite) throws -> SQLiteOptions {
      try SQLiteOptions(ConnectionConfiguration(try ConnectionString(text), access: access))
    }
    #expect(try options("sqlite:a b?.db".replacing("?", with: "%3F")).uri == "file:a%20b%3f.db")
    #expect(try options("sqlite:///tmp/x.db").uri == "file:///tmp/x.db")
    #expect(try options("sqlite::memory:").uri == "file::memory:")
    #expect(try options("file:name?mode=memory&cache=shared").uri == "file:name?cache=shared&mode=memory")
    #expect(try options("sqlite:x?immutable=on&vfs=unix-none", .readOnly).uri == "file:x?immutable=1&vfs=unix-none")
    #expect(try options("sqlite:x?mode=ro").isReadOnly && options("sqlite:x", .readOnly).isReadOnly)
    #expect(try options("sqlite:x?busy_timeout=0").busyTimeout == .zero)
  }

  @Test("plan rows become a tree, in either form SQLite writes")
  func plans() {
    let plan = SQLitePlan.plan(of: [
      SQLitePlan.Step(id: "2", parent: "0", detail: "MULTI-INDEX OR"),
      SQLitePlan.Step(id: "3", parent: "2", detail: "SEARCH TABLE t USING INDEX i (a=?)"),
      SQLitePlan.Step(id: "9", parent: "0", detail: "SCAN u"),
    ])
    #expect(plan.roots.map(\.operation) == ["MULTI-INDEX OR", "SCAN"])
    #expect(plan.roots[0].children.first?.target == "t")
    #expect(plan.roots[0].children.first?.details["access"] == .text("INDEX i (a=?)"))
    #expect(
      plan.native == .text("QUERY PLAN\n|--MULTI-INDEX OR\n|  `--SEARCH TABLE t USING INDEX i (a=?)\n`--SCAN u"))
  }
}
