import DBAdapterCore
import Logging

/// Keeps every line of a log, with all of its metadata.
struct RecordingLogHandler: LogHandler {
  struct Line: Sendable {
    let level: Logger.Level
    let message: String
    let metadata: [String: String]

    /// Everything the line would show.
    var text: String { ([message] + metadata.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }).joined(separator: " ") }
  }

  final class Lines: Sendable {
    private let recorded = Locked<[Line]>([])
    var all: [Line] { recorded.withLock { $0 } }
    func append(_ line: Line) { recorded.withLock { $0.append(line) } }
  }

  let lines: Lines
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    lines.append(
      Line(level: event.level, message: "\(event.message)", metadata: all.mapValues { "\($0)" }))
  }

  /// A logger, and what it will have written.
  static func logger() -> (Logger, Lines) {
    let lines = Lines()
    return (Logger(label: "test") { _ in RecordingLogHandler(lines: lines) }, lines)
  }
}
