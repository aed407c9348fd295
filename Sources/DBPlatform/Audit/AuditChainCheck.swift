internal import DBAdapterCore

/// Follows a log from line to line, until something is wrong.
struct AuditChainCheck {
  let seal: AuditSeal
  private(set) var records: Int64 = 0
  private(set) var events: Int64 = 0
  private(set) var tornLines = 0
  private(set) var problem: AuditProblem?

  private let headBytes: [UInt8]?
  private let head: AuditHead?
  private let isPart: Bool
  private let endPlace: String
  private var log: String?
  private var last: (sequence: Int64, hash: String)?
  /// A line that is none, which the next one has to explain.
  private var fragment: AuditSourceLine?
  private var headIsMet = false

  private var expected: Int64 { (last?.sequence ?? 0) + 1 }

  /// - Parameters:
  ///   - head: its bytes; `nil` when there is none.
  ///   - isPart: whether the log may begin with another record than its first.
  ///   - endPlace: names the file or the table that ends the log.
  init(_ seal: AuditSeal, head: [UInt8]?, isPart: Bool, endPlace: String) {
    self.seal = seal
    headBytes = head
    self.head = head.flatMap { AuditHead($0, seal) }
    self.isPart = isPart
    self.endPlace = endPlace
  }

  mutating func read(_ lines: inout some AuditLineSource) async throws(DBError) {
    while let line = try await lines.next() {
      take(line)
      guard let found = problem else { continue }
      // A record that is missing here may stand further on.
      if found.kind == .removed, try await finds(found.sequence, in: &lines) {
        problem = AuditProblem(
          kind: .reordered, place: found.place, line: found.line, sequence: found.sequence,
          detail: "the record that should stand here stands further on")
      }
      return
    }
    finish()
  }

  private func finds(_ sequence: Int64, in lines: inout some AuditLineSource) async throws(DBError) -> Bool {
    while let line = try await lines.next() {
      if let line = AuditLine(line.bytes), line.sequence == sequence, line.isSealed(by: seal) { return true }
    }
    return false
  }

  private mutating func take(_ source: AuditSourceLine) {
    guard source.isWhole, let line = AuditLine(source.bytes), line.isSealed(by: seal) else {
      return takeFragment(source)
    }
    if records == 0, fragment == nil || line.kind == .torn, isPart, last == nil, line.sequence > 1 {
      last = (line.sequence - 1, line.previousHash)
    }
    guard line.sequence == expected else { return fail(outOfOrder: line, source) }
    guard line.previousHash == last?.hash ?? AuditLine.noHash else {
      return fail(.inserted, source, "it does not continue the record before it")
    }
    guard explains(fragment, line, source), isInPlace(line, source) else { return }
    records += 1
    if line.kind == .event { events += 1 }
    last = (line.sequence, line.hash)
    guard let head, head.sequence == line.sequence else { return }
    headIsMet = true
    if head.hash != line.hash { fail(.inserted, source, "it is not the record that the head names") }
  }

  /// A line that is none is what a killed process or a full disk left, if the next record says so.
  private mutating func takeFragment(_ source: AuditSourceLine) {
    if let fragment { return fail(.edited, fragment, Self.notAsWritten) }
    if source.isWhole, source.isFirst, let difference = AuditLine(source.bytes).flatMap({ seal.difference(from: $0) }) {
      return fail(.seal, source, difference)
    }
    fragment = source
  }

  /// Lines that a new log may have before its head names one: of a first line that was torn, the word of that, and the first line.
  private static let mostWithoutHead: Int64 = 2
  private static let notAsWritten = "the line is not as it was written"

  private mutating func explains(_ fragment: AuditSourceLine?, _ line: AuditLine, _ source: AuditSourceLine) -> Bool {
    guard line.kind == .torn else {
      if let fragment { fail(.edited, fragment, Self.notAsWritten) }
      return fragment == nil
    }
    guard let fragment else {
      fail(.removed, source, "the line that this record speaks of is missing")
      return false
    }
    let fields = line.document
    guard fragment.place == source.place, fields["bytes"] == .int(Int64(fragment.bytes.count)),
      fields["digest"] == .text(AuditSeal.digest(of: fragment.bytes))
    else {
      fail(.edited, fragment, Self.notAsWritten)
      return false
    }
    tornLines += 1
    self.fragment = nil
    return true
  }

  /// A file begins with a record that names the log, and no other record stands for one that is missing.
  private mutating func isInPlace(_ line: AuditLine, _ source: AuditSourceLine) -> Bool {
    switch line.kind {
    case .log:
      guard case .text(let name)? = line.document["log"], log ?? name == name else {
        fail(.inserted, source, "it begins another log")
        return false
      }
      log = name
    case .cut:
      fail(.cutOff, source, "the log ended before its head said so when this record was written")
      return false
    case .event where source.isFirst:
      fail(.removed, source, "the record that begins the file is missing")
      return false
    case .event, .torn: break
    }
    return true
  }

  private mutating func fail(outOfOrder line: AuditLine, _ source: AuditSourceLine) {
    if line.sequence < expected {
      fail(.inserted, source, "record \(line.sequence) stands here, behind record \(expected - 1)")
    } else if let fragment {
      // As many records as are missing here were once this line.
      fail(.edited, fragment, Self.notAsWritten)
    } else {
      let missing = line.sequence - expected
      fail(.removed, source, missing == 1 ? "one record is missing" : "\(missing) records are missing")
    }
  }

  private mutating func finish() {
    if problem != nil { return }
    if let fragment {
      let isEnd = !fragment.isWhole && fragment.place == endPlace
      return fail(
        isEnd ? .torn : .edited, fragment,
        isEnd ? "the last line does not end; the next event will say so" : Self.notAsWritten)
    }
    guard let headBytes else { return fail(atEnd: .head, "there is no head beside the log") }
    guard let head else {
      let isEmpty = (headBytes.isEmpty || headBytes == AuditHead.blank) && records == 0
      return isEmpty ? () : fail(atEnd: .head, "the head is not as it was written")
    }
    if let log, head.log != log { return fail(atEnd: .head, "the head is that of another log") }
    if head.sequence >= expected {
      return fail(atEnd: .cutOff, "the head says that the log ends with record \(head.sequence)")
    }
    // A process may have ended between the first lines of a log and its head.
    let isBegun = head.sequence == 0 && expected <= Self.mostWithoutHead + 1
    if !headIsMet, !isPart, !isBegun { fail(atEnd: .head, "the head names no record of the log") }
  }

  private mutating func fail(_ kind: AuditProblem.Kind, _ source: AuditSourceLine, _ detail: String) {
    problem = AuditProblem(
      kind: kind, place: source.place, line: source.number, sequence: expected, detail: detail)
  }

  private mutating func fail(atEnd kind: AuditProblem.Kind, _ detail: String) {
    problem = AuditProblem(kind: kind, place: endPlace, line: nil, sequence: expected, detail: detail)
  }
}
