import DBAdapterCore
import Foundation
import Testing

@testable import DBPlatform

@Suite struct AuditTamperingTests {
  let log: AuditWorkspace

  init() throws { log = try AuditWorkspace() }

  @Test(arguments: [false, true])
  func everyFlippedByteIsFoundAndPlaced(_ isKeyed: Bool) async throws {
    let key = isKeyed ? try AuditKey.sample : nil
    try await log.record(2, key: key)
    let bytes = try log.bytes
    var line = 1
    for index in bytes.indices {
      // One bit is enough; which one takes turns.
      var changed = bytes
      changed[index] ^= 1 << UInt8(index % 8)
      try log.write(changed)
      let problem = try #require(try await log.problem(key), "byte \(index)")
      if let found = problem.line {
        #expect(found == line || (bytes[index] == 0x0A && found == line + 1), "byte \(index): \(problem)")
      }
      #expect(problem.kind == .edited || problem.kind == .torn || problem.kind == .seal, "byte \(index): \(problem)")
      if bytes[index] == 0x0A { line += 1 }
    }
    try log.write(bytes)
    #expect(try await log.verify(key).isWhole)
  }

  @Test func everyFlippedByteOfTheHeadIsFound() async throws {
    try await log.record(2)
    let bytes = try log.headBytes
    #expect(bytes.count == 256)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1 << UInt8(index % 8)
      try log.write(changed, to: log.head)
      #expect(try await log.problem()?.kind == .head, "byte \(index)")
    }
    for changed in [[], Array(bytes.dropLast()), bytes + [0x0A], AuditWorkspace.blankHead] {
      try log.write(changed, to: log.head)
      #expect(try await log.problem()?.kind == .head)
    }
    try FileManager.default.removeItem(atPath: log.head)
    #expect(try await log.problem()?.kind == .head)
  }

  @Test func everyCutIsFound() async throws {
    try await log.record(1, key: .sample)
    let bytes = try log.bytes
    for count in bytes.indices {
      try log.write(Array(bytes.prefix(count)))
      let problem = try #require(try await log.problem(.sample), "\(count) bytes")
      #expect(problem.kind == .cutOff || problem.kind == .torn, "\(count) bytes: \(problem)")
    }
  }

  @Test func everyRemovedLineIsFound() async throws {
    try await log.record(6)
    let lines = try log.lines
    for index in lines.indices {
      var changed = lines
      changed.remove(at: index)
      try log.write(Array(changed.joined()))
      let problem = try #require(try await log.problem())
      let isLast = index == lines.count - 1
      #expect(problem.kind == (isLast ? .cutOff : .removed) && problem.sequence == Int64(index + 1), "\(problem)")
      #expect(problem.line == (isLast ? nil : index + 1))
    }
  }

  @Test func everySwappedPairIsFound() async throws {
    try await log.record(5)
    let lines = try log.lines
    for first in lines.indices {
      for second in (first + 1)..<lines.count {
        var changed = lines
        changed.swapAt(first, second)
        try log.write(Array(changed.joined()))
        let problem = try #require(try await log.problem())
        #expect(problem.kind == .reordered && problem.line == first + 1, "\(first), \(second): \(problem)")
      }
    }
  }

  @Test func everyDoubledLineIsFound() async throws {
    try await log.record(5)
    let lines = try log.lines
    for from in lines.indices {
      for to in 0...lines.count {
        var changed = lines
        changed.insert(lines[from], at: to)
        try log.write(Array(changed.joined()))
        let problem = try #require(try await log.problem())
        // A copy in front of its original makes the lines between look late.
        #expect(problem.kind == .inserted || problem.kind == .reordered, "\(from), \(to): \(problem)")
      }
    }
  }

  @Test func linesOfAnotherLogAreFound() async throws {
    let other = try AuditWorkspace()
    try await log.record(5)
    try await other.record(5)
    let (own, strange) = (try log.lines, try other.lines)
    for index in own.indices {
      var changed = own
      changed[index] = strange[index]
      try log.write(Array(changed.joined()))
      #expect(try await log.problem() != nil, "line \(index + 1)")
    }
    try log.write(try other.bytes)
    #expect(try await log.problem() != nil, "a whole log of somebody else's")
    try log.write(try log.headBytes, to: log.head)
    try log.write(Array(own.joined()))
    #expect(try await log.verify().isWhole)
  }

  @Test func aLogWithoutAKeyThatIsMadeAnewDoesNotMeetItsHead() async throws {
    try await log.record(4)
    let head = try log.headBytes
    for name in try log.files { try FileManager.default.removeItem(at: log.directory.appendingPathComponent(name)) }
    try await log.record(4)
    try log.write(head, to: log.head)
    #expect(try await log.problem() != nil)
  }

  @Test(arguments: [1, 2, 4])
  func aCutIsNotMendedByTheNextEvent(_ kept: Int) async throws {
    try await log.record(4)
    let kept = Array(try log.lines.prefix(kept).joined())
    for rest in [[], Array("{".utf8)] {
      try log.write(kept + rest)
      try await log.record(2)
      #expect(try await log.problem()?.kind == .cutOff)
      let head = try log.headBytes
      try await log.record(1)
      #expect(try await log.problem()?.kind == .cutOff && log.headBytes != head)
    }
  }

  /// What a killed process leaves is the head as it was and half a line.
  @Test(arguments: [1, 200, 400])
  func aTornLineIsMarkedAndAccepted(_ length: Int) async throws {
    try await log.record(2)
    let (bytes, head) = (try log.bytes, try log.headBytes)
    try await log.record(1)
    let torn = Array(try log.bytes.dropFirst(bytes.count).prefix(length))
    try log.write(bytes + torn)
    try log.write(head, to: log.head)
    #expect(try await log.problem()?.kind == .torn)
    try await log.record(2)
    let result = try await log.verify()
    #expect(result.problem == nil && result.tornLines == 1 && result.events == 4)

    // Nothing else is accepted: the torn line and the word of it can neither be changed nor left out.
    let whole = try log.bytes
    for index in bytes.count..<(bytes.count + torn.count) {
      var changed = whole
      changed[index] ^= 1
      try log.write(changed)
      #expect(try await log.problem() != nil, "byte \(index)")
    }
    let lines = whole.split(separator: 0x0A).map { Array($0) + [0x0A] }
    for index in lines.indices {
      var changed = lines
      changed.remove(at: index)
      try log.write(Array(changed.joined()))
      #expect(try await log.problem() != nil, "line \(index + 1)")
    }
  }

  @Test func aLineWithoutItsEndIsCompleted() async throws {
    try await log.record(2)
    let head = try log.headBytes
    try await log.record(1)
    try log.write(Array(try log.bytes.dropLast()))
    try log.write(head, to: log.head)
    try await log.record(1)
    let result = try await log.verify()
    #expect(result.problem == nil && result.events == 4 && result.tornLines == 0)
  }

  @Test func aTornFirstLineIsMarked() async throws {
    try await log.record(1)
    let first = Array(try log.lines[0].dropLast())
    guard case .text(let name)? = AuditLine(first)?.document["log"] else { throw CancellationError() }
    let head = AuditHead(log: name, sequence: 0, hash: AuditLine.noHash).bytes(AuditSeal(key: nil))
    for count in stride(from: 1, to: first.count, by: 5) {
      try log.write(Array(first.prefix(count)))
      try log.write(head, to: log.head)
      try await log.record(2)
      #expect(try await log.verify().problem == nil, "\(count) bytes")
      try await log.record(1)
      let result = try await log.verify()
      #expect(result.events == 3 && result.tornLines == 1 && result.isWhole, "\(count) bytes")
    }
  }

  @Test func theVerifierSurvivesAnything() async throws {
    try await log.record(4)
    let bytes = try log.bytes
    var generator = SeededBytes(seed: 7)
    for _ in 0..<150 {
      var changed = bytes
      for _ in 0...Int.random(in: 0..<6, using: &generator) {
        let position = Int.random(in: 0..<changed.count, using: &generator)
        let length = Int.random(in: 0...min(200, changed.count - position - 1), using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: changed[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: changed.removeSubrange(position..<(position + length))
        case 2: changed.insert(contentsOf: changed[position..<(position + length)], at: 0)
        case 3: changed.insert(0x0A, at: position)
        default: changed.append(contentsOf: (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        if changed.isEmpty { changed = [0] }
      }
      try log.write(changed)
      let isWhole = try await log.verify().isWhole
      #expect(isWhole == (changed == bytes))
    }
    try log.write(Array(repeating: 0x41, count: 20_000_000))
    #expect(try await log.problem()?.kind == .edited)
  }

  private struct SeededBytes: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
  }
}
