import DBAdapterCore
import DBPlatform
import Foundation
import Testing

@Suite struct AuditSinkTests {
  let log: AuditWorkspace

  init() throws { log = try AuditWorkspace() }

  @Test(arguments: [false, true])
  func whatIsWrittenVerifies(_ isKeyed: Bool) async throws {
    let key = isKeyed ? try AuditKey.sample : nil
    try await log.record(5, key: key)
    let result = try await log.verify(key)
    #expect(result.problem == nil && result.records == 6 && result.events == 5 && result.files == 1)
    #expect(result.algorithm == (isKeyed ? "hmac-sha-256" : "sha-256"))
  }

  @Test func aLineIsWhatTheEventSays() async throws {
    let sink = try JSONLinesAuditSink(path: log.path)
    var event = AuditEvent.sample(1, .failed(.deadlock, outcome: "rejected"))
    event.timestamp = try #require(DBTimestamp("2026-01-02T03:04:05.000006Z"))
    event.requestID = DBUUID(high: 1, low: 2)
    try await sink.record(event)
    event.outcome = .refused(.classification)
    event.effect = nil
    event.fingerprint = nil
    event.parameterTypes = []
    event.label = nil
    event.context.connection = nil
    try await sink.record(event)
    let lines = try log.lines.map { String(decoding: $0, as: UTF8.self) }
    #expect(lines[0].hasPrefix(#"{"seq":1,"kind":"log","schemaVersion":1,"time":""#))
    #expect(
      lines[1].hasPrefix(
        #"{"seq":2,"kind":"event","time":"2026-01-02T03:04:05.000006Z","requestId":"00000000-0000-0001-0000-000000000002","user":"ada","host":"engine","connection":"shop","engine":"sqlite","endpoint":"/shop.db","access":"readWrite","class":"read","statement":"SELECT 1 \"é\"","fingerprint":"00ff","parameterTypes":["int","text"],"label":"report","latencyMs":1.234,"outcome":"failed","errorCode":"deadlock","serverOutcome":"rejected","prevHash":""#
      ), "\(lines[1])")
    #expect(
      lines[2].contains(
        #""statement":"SELECT 1 \"é\"","latencyMs":1.234,"outcome":"refused","refusedBy":"classification","prevHash""#))
    var records: [AuditRecord] = []
    try await AuditLog(path: log.path).read { records.append($0) }
    #expect(
      records.map(\.sequence) == [2, 3] && records[0].errorCode == "deadlock" && records[0].time == event.timestamp)
    #expect(
      records[0].latencyMs == 1.234 && records[0].parameterTypes == ["int", "text"] && records[1].connection == nil)
  }

  @Test func theFilesAreTheUsersAlone() async throws {
    try await log.record(1)
    for path in [log.path, log.head] {
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: log.path)
    let error = #expect(throws: DBError.self) { try JSONLinesAuditSink(path: log.path) }
    #expect(error?.code == .auditFailed && error?.message.contains("chmod 600") == true)
  }

  @Test func whatCannotBeOpenedSaysSo() throws {
    for path in ["/nowhere/audit.jsonl", log.directory.path, "/dev/null"] {
      #expect(#expect(throws: DBError.self) { try JSONLinesAuditSink(path: path) }?.code == .auditFailed, "\(path)")
    }
    try Data("no log\n".utf8).write(to: URL(fileURLWithPath: log.path))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: log.path)
    #expect(#expect(throws: DBError.self) { try JSONLinesAuditSink(path: log.path) }?.code == .auditFailed)
  }

  @Test func aLogWithoutAnEventIsWhole() async throws {
    try await log.record(0)
    let result = try await log.verify()
    #expect(result.problem == nil && result.records == 0)
  }

  @Test func aLogIsContinuedWithItsOwnSealOnly() async throws {
    try await log.record(1, key: .sample)
    let other = try AuditKey(Array(repeating: 8, count: 32))
    let identifier = try AuditKey.sample.identifier
    for key in [nil, other] {
      let error = #expect(throws: DBError.self) { try JSONLinesAuditSink(path: log.path, key: key) }
      #expect(error?.code == .auditFailed && error?.message.contains(identifier) == true)
    }
    #expect(try await log.problem(nil)?.kind == .seal)
    #expect(try await log.problem(other)?.kind == .seal)
    try await log.record(1, key: .sample)
    #expect(try await log.verify(.sample).events == 2)
    #expect(throws: DBError.self) { try AuditKey(Array(repeating: 1, count: 15)) }
  }

  @Test func anUnkeyedLogIsNoKeyedOne() async throws {
    try await log.record(2)
    #expect(try await log.problem(.sample)?.kind == .seal)
  }

  @Test func manySinksShareALog() async throws {
    let path = log.path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for sinkNumber in 0..<4 {
        let sink = try JSONLinesAuditSink(path: path, rotationSize: 20_000)
        for task in 0..<8 {
          group.addTask {
            for number in 0..<10 {
              var event = AuditEvent.sample(sinkNumber * 1_000 + task * 100 + number)
              event.effect = number.isMultiple(of: 5) ? .write : .read
              try await sink.record(event)
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let result = try await log.verify()
    #expect(result.problem == nil && result.events == 320 && result.files > 3)
    var statements: Set<String> = []
    try await AuditLog(path: path).read { statements.insert($0.statement) }
    #expect(statements.count == 320)
  }

  @Test func aFullFileIsContinuedInAnother() async throws {
    try await log.record(20, rotationSize: 3_000)
    let result = try await log.verify()
    #expect(result.problem == nil && result.events == 20 && result.files > 2)
    #expect(try log.files.contains("audit.jsonl.1") && log.files.contains("audit.jsonl.2"))
    let first = try #require(try log.lines.first)
    #expect(String(decoding: first, as: UTF8.self).contains(#""kind":"log""#))
    // Without its oldest file the log is whole only to somebody who knows that.
    try FileManager.default.removeItem(atPath: log.path + ".1")
    #expect(try await log.problem()?.kind == .removed)
    #expect(try await log.verify(isPart: true).isWhole)
    try FileManager.default.removeItem(atPath: log.path + ".2")
    #expect(try await log.verify(isPart: true).isWhole)
    try FileManager.default.removeItem(atPath: log.path)
    await #expect(throws: DBError.self) { try await log.verify() }
  }

  @Test func aMissingFileInBetweenIsFound() async throws {
    try await log.record(20, rotationSize: 2_000)
    try FileManager.default.removeItem(atPath: log.path + ".2")
    for isPart in [false, true] { #expect(try await log.verify(isPart: isPart).problem?.kind == .removed) }
  }

  @Test func aProcessThatEndsWhileItRotatesLosesNothing() async throws {
    try await log.record(3)
    try FileManager.default.moveItem(atPath: log.path, toPath: log.path + ".1")
    try await log.record(2)
    let result = try await log.verify()
    #expect(result.problem == nil && result.events == 5 && result.files == 2)
  }

  @Test func aCancelledTasksEventIsKept() async throws {
    let sink = try JSONLinesAuditSink(path: log.path)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      try await sink.record(.sample())
    }
    task.cancel()
    try await task.value
    #expect(try await log.verify().events == 1)
  }

  @Test func aLineHasABound() async throws {
    let sink = try JSONLinesAuditSink(path: log.path)
    var event = AuditEvent.sample()
    let long = String(repeating: "\u{1}é", count: 3_000_000)
    event.statement = long
    event.text = long
    event.label = long
    event.endpoint = long
    event.context = AuditContext(user: long, host: long, connection: long)
    event.parameterTypes = Array(repeating: "int", count: 65_535)
    try await sink.record(event)
    try await sink.record(.sample())
    #expect(try await log.verify().isWhole)
    #expect(try log.bytes.count < 8 * 1_024 * 1_024)
    #expect(try await AuditLog(path: log.path).last(9).count == 2)
  }

  @Test func queriesFindWhatIsWanted() async throws {
    let sink = try JSONLinesAuditSink(path: log.path)
    var began = AuditEvent.sample(1, .began)
    began.effect = .write
    try await sink.record(began)
    var ended = began
    ended.outcome = .succeeded(rows: 3, bytes: 0)
    try await sink.record(ended)
    var lost = AuditEvent.sample(2, .began)
    lost.context.user = "bob"
    lost.adapter = .redis
    try await sink.record(lost)
    let reader = AuditLog(path: log.path)
    func find(_ change: (inout AuditQuery) -> Void) async throws -> [String] {
      var query = AuditQuery()
      change(&query)
      var found: [String] = []
      try await reader.read(query) { found.append("\($0.sequence) \($0.outcome)") }
      return found
    }
    #expect(try await find { _ in } == ["2 began", "3 succeeded", "4 began"])
    #expect(try await find { $0.user = "bob" } == ["4 began"])
    #expect(try await find { $0.engine = "redis" } == ["4 began"])
    #expect(try await find { $0.connection = "none" } == [])
    #expect(try await find { $0.effect = "write" } == ["2 began", "3 succeeded"])
    #expect(try await find { $0.outcome = .succeeded } == ["3 succeeded"])
    #expect(try await find { $0.fingerprint = "00ff" }.count == 3)
    #expect(try await find { $0.text = "select 2" } == ["4 began"])
    #expect(try await find { $0.isUnfinished = true } == ["4 began"])
    #expect(try await find { $0.since = .now() } == [])
    #expect(try await find { $0.until = .now() }.count == 3)
    #expect(try await reader.last(2).map(\.sequence) == [3, 4])
    #expect(try await reader.last(0).isEmpty)
  }
}
