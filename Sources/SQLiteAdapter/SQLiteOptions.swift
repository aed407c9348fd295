internal import DBAdapterCore

/// What a connection string asks for, checked before anything is opened.
struct SQLiteOptions: Sendable {
  enum JournalMode: String, Sendable, CaseIterable { case delete, truncate, persist, memory, wal, off }
  enum Synchronous: String, Sendable, CaseIterable { case off, normal, full, extra }

  /// The file as written, or `:memory:`.
  var path: String
  var isMemory = false
  /// Whether the session cannot write: because of its access level or of `mode=ro`.
  var isReadOnly: Bool
  /// `mode=rwc`: a missing file is made.
  var creates = false
  var busyTimeout: Duration = .milliseconds(5_000)
  /// `nil` when the string does not say.
  var journalMode: JournalMode?
  var synchronous: Synchronous?
  var foreignKeys = true
  /// Parameters that SQLite itself reads from a URI, in the order written.
  var passed: [(String, String)] = []

  /// Every parameter there is.
  static let known = [
    "busy_timeout", "cache", "foreign_keys", "immutable", "journal_mode", "mode", "nolock", "synchronous", "vfs",
  ]

  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` when no file is named, a parameter is not known or its value is not.
  init(_ configuration: ConnectionConfiguration) throws(DBError) {
    guard let path = configuration.string.database, !path.isEmpty else {
      throw Self.invalid("it names no file; write sqlite:path, or sqlite::memory: for a database in memory")
    }
    self.path = path
    isMemory = path == ":memory:"
    isReadOnly = configuration.access == .readOnly
    guard configuration.string.replicas.isEmpty else {
      throw Self.invalid("SQLite has no replicas, so that replica= names nothing")
    }
    for parameter in configuration.string.parameters { try read(parameter.name, parameter.value) }
  }

  private mutating func read(_ name: String, _ value: String) throws(DBError) {
    switch name {
    case "mode":
      switch value {
      case "ro": isReadOnly = true
      case "rw": break
      case "rwc": creates = true
      case "memory": isMemory = true
      default: throw Self.invalid("mode is ro, rw, rwc or memory, not \"\(value)\"")
      }
    case "busy_timeout":
      guard let milliseconds = Int32(value), milliseconds >= 0 else {
        throw Self.invalid("busy_timeout is a number of milliseconds, not \"\(value)\"")
      }
      busyTimeout = .milliseconds(milliseconds)
    case "journal_mode": journalMode = try Self.choice(name, value)
    case "synchronous": synchronous = try Self.choice(name, value)
    case "foreign_keys": foreignKeys = try Self.flag(name, value)
    case "cache":
      guard ["shared", "private"].contains(value) else {
        throw Self.invalid("cache is shared or private, not \"\(value)\"")
      }
      passed.append((name, value))
    case "immutable", "nolock": passed.append((name, try Self.flag(name, value) ? "1" : "0"))
    case "vfs": passed.append((name, value))
    default:
      throw Self.invalid(
        "SQLite has no parameter \"\(name)\"; there are " + Self.known.joined(separator: ", "))
    }
  }

  private static func choice<T: RawRepresentable & CaseIterable>(
    _ name: String, _ value: String
  ) throws(DBError) -> T where T.RawValue == String {
    if let choice = T(rawValue: value.lowercased()) { return choice }
    throw invalid("\(name) is one of \(T.allCases.map(\.rawValue).joined(separator: ", ")), not \"\(value)\"")
  }

  private static func flag(_ name: String, _ value: String) throws(DBError) -> Bool {
    switch value.lowercased() {
    case "1", "on", "true", "yes": return true
    case "0", "off", "false", "no": return false
    default: throw invalid("\(name) is on or off, not \"\(value)\"")
    }
  }

  private static func invalid(_ reason: String) -> DBError {
    DBError(.invalidConnectionString, "the connection string cannot be used: \(reason)", adapter: .sqlite)
  }

  /// The database as a `file:` URI (sqlite.org/uri.html).
  var uri: String {
    let location = Self.encoded(path)
    let parameters = passed + (isMemory && path != ":memory:" ? [("mode", "memory")] : [])
    let query = parameters.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&")
    // An absolute path needs the empty authority, or a path of two slashes would name a host.
    return (path.hasPrefix("/") ? "file://" : "file:") + location + (query.isEmpty ? "" : "?" + query)
  }

  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      let character = Character(Unicode.Scalar(byte))
      let isPlain = byte < 0x80 && (character.isLetter || character.isNumber || "/-._~:".contains(character))
      return isPlain ? String(character) : "%" + DBBytes([byte]).hexadecimal
    }.joined()
  }
}
