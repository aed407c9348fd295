internal import CLibPQ
internal import DBAdapterCore
internal import Glibc

/// Owns one `PGresult`; it is cleared when the value goes out of scope.
struct PGResultHandle: ~Copyable {
  private let result: OpaquePointer

  init(_ result: OpaquePointer) { self.result = result }

  deinit { PQclear(result) }

  enum Status { case emptyQuery, command, rows, singleRow, copyOut, copyIn, pipelineSync, pipelineAborted, failed }

  var status: Status {
    switch PQresultStatus(result) {
    case PGRES_EMPTY_QUERY: .emptyQuery
    case PGRES_COMMAND_OK: .command
    case PGRES_TUPLES_OK: .rows
    case PGRES_SINGLE_TUPLE: .singleRow
    case PGRES_COPY_OUT: .copyOut
    case PGRES_COPY_IN, PGRES_COPY_BOTH: .copyIn
    case PGRES_PIPELINE_SYNC: .pipelineSync
    case PGRES_PIPELINE_ABORTED: .pipelineAborted
    default: .failed
    }
  }

  // MARK: Shape

  var rowCount: Int { Int(PQntuples(result)) }
  var columnCount: Int { Int(PQnfields(result)) }
  var parameterTypes: [UInt32] { (0..<PQnparams(result)).map { PQparamtype(result, $0) } }
  var hasBinaryColumns: Bool { PQbinaryTuples(result) != 0 }

  func field(_ column: Int) -> PGField {
    let index = Int32(column)
    return PGField(
      name: PQfname(result, index).map { String(cString: $0) } ?? "", type: PQftype(result, index),
      modifier: PQfmod(result, index))
  }

  var fields: [PGField] { (0..<columnCount).map { field($0) } }

  /// `INSERT 0 5`.
  var commandStatus: String { String(cString: PQcmdStatus(result)) }
  /// `INSERT`: the command status without its counts.
  var commandTag: String {
    let status = UnsafeRawBufferPointer(start: PQcmdStatus(result), count: strlen(PQcmdStatus(result)))
    let end = status.firstIndex { (0x30...0x39).contains($0) } ?? status.count
    let tag = status[..<end].last == 0x20 ? status[..<(end - 1)] : status[..<end]
    return String(decoding: tag, as: UTF8.self)
  }
  /// The count at the end of the command status, when there is one.
  var commandCount: Int? { Int(String(cString: PQcmdTuples(result))) }

  // MARK: Cells

  /// Copies rows into a builder, cell by cell.
  func append(rows: Range<Int>, to builder: inout RowBatchBuilder) {
    let columns = PQnfields(result)
    for row in Int32(rows.lowerBound)..<Int32(rows.upperBound) {
      for column in 0..<columns {
        let length = PQgetlength(result, row, column)
        if length == 0, PQgetisnull(result, row, column) != 0 {
          builder.appendNull()
        } else {
          builder.append(encoded: UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: Int(length)))
        }
      }
    }
  }

  /// A cell as text, for results in text format.
  func text(row: Int, column: Int) -> String? {
    guard PQgetisnull(result, Int32(row), Int32(column)) == 0 else { return nil }
    return PQgetvalue(result, Int32(row), Int32(column)).map { String(cString: $0) }
  }

  // MARK: Errors

  var sqlState: String? { diagnostic("C") }
  var message: String? { diagnostic("M") }

  /// Every field of the server's error or notice (PostgreSQL documentation 55.8, "Error and Notice Message Fields").
  var diagnostics: ServerDiagnostics {
    var server = ServerDiagnostics(sqlState: sqlState)
    server.severity = diagnostic("V") ?? diagnostic("S")
    server.detail = diagnostic("D")
    server.hint = diagnostic("H")
    server.position = diagnostic("P").flatMap { Int($0) }
    server.context = diagnostic("W")
    server.schema = diagnostic("s")
    server.table = diagnostic("t")
    server.column = diagnostic("c")
    server.dataType = diagnostic("d")
    server.constraint = diagnostic("n")
    return server
  }

  var notice: ServerNotice {
    ServerNotice(
      severity: diagnostic("V") ?? diagnostic("S") ?? "NOTICE", sqlState: sqlState, message: message ?? "",
      detail: diagnostic("D"), hint: diagnostic("H"))
  }

  private func diagnostic(_ field: Unicode.Scalar) -> String? {
    PQresultErrorField(result, Int32(field.value)).map { String(cString: $0) }
  }
}

/// One column as the server describes it.
struct PGField: Hashable {
  let name: String
  let type: UInt32
  /// The type modifier, -1 when there is none.
  let modifier: Int32
}
