internal import CLibPQ
internal import DBAdapterCore
internal import Glibc

/// Owns one `PGconn`. It has one owner at a time: the task that runs a statement, or the event loop while that task waits.
///
/// Sendable: libpq is thread-safe as long as no two threads touch the same `PGconn` at once (PostgreSQL documentation 34.20,
/// "Behavior in Threaded Programs"); ``PGConnection`` hands the ownership over under a lock.
final class PGConnectionHandle: @unchecked Sendable {
  private let connection: OpaquePointer
  /// A descriptor of our own for the connection's socket. libpq closes its own as soon as the connection breaks, and the system may then
  /// give that number to another connection while ours is still watched under it.
  let descriptor: Int32
  /// Notices since they were last taken; libpq delivers them while it reads.
  private let notices = NoticeBox()

  /// Takes the connection over.
  /// - Returns: `nil`, with the connection left to the caller, when the process has no descriptor to give.
  init?(_ connection: OpaquePointer) {
    descriptor = fcntl(PQsocket(connection), F_DUPFD_CLOEXEC, 3)
    guard descriptor >= 0 else { return nil }
    self.connection = connection
    _ = PQsetNoticeReceiver(
      connection,
      { context, result in
        guard let context, let result else { return }
        Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue().add(result)
      }, Unmanaged.passUnretained(notices).toOpaque())
    PQsetnonblocking(connection, 1)
  }

  deinit {
    PQfinish(connection)
    Glibc.close(descriptor)
  }

  // MARK: State

  var serverVersion: Int { Int(PQserverVersion(connection)) }
  var backendID: Int32 { PQbackendPID(connection) }
  var isBroken: Bool { PQstatus(connection) != CONNECTION_OK }
  var isInTransaction: Bool {
    let status = PQtransactionStatus(connection)
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
  }
  var isTransactionFailed: Bool { PQtransactionStatus(connection) == PQTRANS_INERROR }
  var isIdle: Bool { PQtransactionStatus(connection) == PQTRANS_IDLE }
  var errorMessage: String { String(cString: PQerrorMessage(connection)).trimmed }
  var host: String { String(cString: PQhost(connection)) }
  var port: String { String(cString: PQport(connection)) }
  var database: String { String(cString: PQdb(connection)) }
  var user: String { String(cString: PQuser(connection)) }
  /// `TLSv1.3`, or `nil` on a plain connection.
  var tlsVersion: String? {
    guard PQsslInUse(connection) != 0 else { return nil }
    return PQsslAttribute(connection, "protocol").map { String(cString: $0) } ?? "TLS"
  }

  /// A setting the server reports by itself (PostgreSQL documentation 34.2, `PQparameterStatus`).
  func parameterStatus(_ name: String) -> String? { PQparameterStatus(connection, name).map { String(cString: $0) } }

  /// Compares a reported setting without making a string of it.
  func parameterStatus(_ name: StaticString, is value: StaticString) -> Bool {
    name.withUTF8Buffer { name in
      value.withUTF8Buffer { value in
        guard
          let status = PQparameterStatus(
            connection, UnsafeRawPointer(name.baseAddress!).assumingMemoryBound(to: CChar.self))
        else { return false }
        return strcmp(status, UnsafeRawPointer(value.baseAddress!).assumingMemoryBound(to: CChar.self)) == 0
      }
    }
  }

  /// The same where the setting may not be reported at all.
  func parameterStatus(_ name: StaticString, equals value: String?) -> Bool {
    name.withUTF8Buffer { name in
      let status = PQparameterStatus(
        connection, UnsafeRawPointer(name.baseAddress!).assumingMemoryBound(to: CChar.self))
      guard let status, let value else { return status == nil && value == nil }
      return value.withCString { strcmp(status, $0) == 0 }
    }
  }

  func makeCancelHandle() -> PGCancelHandle? { PQgetCancel(connection).map { PGCancelHandle($0) } }
  var hasNotices: Bool { !notices.isEmpty }
  func takeNotices() -> [ServerNotice] { notices.take() }

  // MARK: Sending

  func sendPrepare(name: String, text: String, types: [UInt32]) -> Bool {
    PQsendPrepare(connection, name, text, Int32(types.count), types) != 0
  }

  func sendDescribe(name: String) -> Bool { PQsendDescribePrepared(connection, name) != 0 }

  /// Sends a statement with its parameters: a prepared one by name, or its text in one unnamed step.
  func send(_ target: PGSendTarget, _ parameters: PGParameters, binaryResult: Bool) -> Bool {
    parameters.withPointers { values, lengths, formats, count in
      switch target {
      case .prepared(let name):
        PQsendQueryPrepared(connection, name, count, values, lengths, formats, binaryResult ? 1 : 0) != 0
      case .text(let text, let types):
        types.isEmpty
          ? PQsendQueryParams(connection, text, count, nil, values, lengths, formats, binaryResult ? 1 : 0) != 0
          : PQsendQueryParams(connection, text, count, types, values, lengths, formats, binaryResult ? 1 : 0) != 0
      case .script(let text): PQsendQuery(connection, text) != 0
      }
    }
  }

  func setSingleRowMode() { PQsetSingleRowMode(connection) }
  func enterPipeline() -> Bool { PQenterPipelineMode(connection) != 0 }
  func exitPipeline() -> Bool { PQexitPipelineMode(connection) != 0 }
  func sendPipelineSync() -> Bool { PQpipelineSync(connection) != 0 }

  enum Flush { case done, pending, failed }

  func flush() -> Flush {
    switch PQflush(connection) {
    case 0: .done
    case 1: .pending
    default: .failed
    }
  }

  // MARK: Receiving

  /// Reads what has arrived, without blocking.
  func consumeInput() -> Bool { PQconsumeInput(connection) != 0 }
  /// Whether the next result is not there yet.
  var isBusy: Bool { PQisBusy(connection) != 0 }
  func nextResult() -> PGResultHandle? {
    guard let result = PQgetResult(connection) else { return nil }
    return PGResultHandle(result)
  }

  // MARK: COPY

  enum CopyChunk { case data, wait, end, failed }

  /// Takes a message of `COPY … TO STDOUT`, without blocking, and appends its bytes.
  func copyOut(into bytes: inout [UInt8]) -> CopyChunk {
    var buffer: UnsafeMutablePointer<CChar>?
    let length = PQgetCopyData(connection, &buffer, 1)
    guard length > 0, let buffer else { return length == 0 ? .wait : length == -1 ? .end : .failed }
    bytes.append(contentsOf: UnsafeRawBufferPointer(start: buffer, count: Int(length)))
    PQfreemem(buffer)
    return .data
  }

  /// Queues bytes of `COPY … FROM STDIN`; `.wait` means that nothing was taken.
  func copyIn(_ bytes: UnsafeRawBufferPointer) -> CopyChunk {
    copyStatus(PQputCopyData(connection, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count)))
  }

  /// Ends `COPY … FROM STDIN`; with a message the server fails the statement with it.
  func endCopyIn(failure: String?) -> CopyChunk { copyStatus(PQputCopyEnd(connection, failure)) }

  private func copyStatus(_ status: Int32) -> CopyChunk { status > 0 ? .data : status == 0 ? .wait : .failed }

  /// Breaks the connection: whoever reads gets an end of file at once.
  func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

enum PGSendTarget {
  case prepared(String)
  case text(String, types: [UInt32])
  /// Statements of ours, without parameters, in one message and one transaction.
  case script(String)
}

/// Collects notices from libpq's callback, which runs on whichever thread reads.
private final class NoticeBox: Sendable {
  private static let maximum = 1_000
  private let notices = Locked<[ServerNotice]>([])

  /// The result belongs to libpq and is only looked at.
  func add(_ result: OpaquePointer) {
    func field(_ code: Unicode.Scalar) -> String? {
      PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
    }
    let notice = ServerNotice(
      severity: field("V") ?? field("S") ?? "NOTICE", sqlState: field("C"), message: field("M") ?? "",
      detail: field("D"), hint: field("H"))
    notices.withLock { if $0.count < Self.maximum { $0.append(notice) } }
  }

  var isEmpty: Bool { notices.withLock { $0.isEmpty } }

  func take() -> [ServerNotice] {
    notices.withLock { list in
      defer { list = [] }
      return list
    }
  }
}

extension String {
  /// Without white space at its ends.
  var trimmed: String {
    // Most texts have nothing to take away, and a byte is cheaper to look at than a character.
    let visible: ClosedRange<UInt8> = 0x21...0x7E
    if let first = utf8.first, let last = utf8.last, visible.contains(first), visible.contains(last) { return self }
    var text = self[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text.drop { $0.isWhitespace })
  }
}
