import DBAdapterCore
import DBPlatform
import Foundation
import Testing

/// A directory for one test's log, removed with the value.
final class AuditWorkspace: Sendable {
  /// Of a log that has no line yet.
  static let blankHead = [UInt8](repeating: 0x20, count: 256)

  let directory: URL
  var path: String { directory.appendingPathComponent("audit.jsonl").path }
  var head: String { path + ".head" }

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("bosdb-audit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  var bytes: [UInt8] {
    get throws { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
  }

  var headBytes: [UInt8] {
    get throws { [UInt8](try Data(contentsOf: URL(fileURLWithPath: head))) }
  }

  /// The lines of the file with their ends.
  var lines: [[UInt8]] {
    get throws { try bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map { $0 + [0x0A] } }
  }

  var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() }
  }

  /// Replaces the file's bytes, without making another file of it.
  func write(_ bytes: [UInt8], to path: String? = nil) throws {
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path ?? self.path))
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: bytes)
    try handle.close()
  }

  func verify(_ key: AuditKey? = nil, isPart: Bool = false) async throws -> AuditVerification {
    try await AuditVerification.verify(path: path, key: key, isPart: isPart)
  }

  /// What the verification finds first.
  func problem(_ key: AuditKey? = nil) async throws -> AuditProblem? { try await verify(key).problem }

  /// Makes a log of some events.
  func record(_ count: Int, key: AuditKey? = nil, rotationSize: Int? = nil) async throws {
    let sink = try JSONLinesAuditSink(path: path, key: key, rotationSize: rotationSize)
    for number in 0..<count { try await sink.record(.sample(number)) }
  }
}

extension AuditEvent {
  /// An event like any other, the number in its statement.
  static func sample(_ number: Int = 0, _ outcome: Outcome = .succeeded(rows: 1, bytes: 8)) -> AuditEvent {
    var context = AuditContext(user: "ada", host: "engine")
    context.connection = "shop"
    return AuditEvent(
      requestID: .random(), timestamp: .now(), context: context, adapter: .sqlite, endpoint: "/shop.db",
      access: .readWrite, effect: .read, statement: "SELECT \(number) \"é\"", fingerprint: "00ff", text: nil,
      parameterTypes: ["int", "text"], label: "report", outcome: outcome, elapsed: .microseconds(1_234))
  }
}

extension AuditKey {
  static var sample: AuditKey {
    get throws { try AuditKey(Array(repeating: 7, count: 32)) }
  }
}
