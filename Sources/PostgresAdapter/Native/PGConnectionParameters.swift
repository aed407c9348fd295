internal import CLibPQ
internal import DBAdapterCore
internal import Glibc

/// A connection string as libpq's own parser reads it: keywords and values, the whole of its URI and keyword space.
struct PGConnectionParameters: Sendable {
  /// Ours, taken out before libpq sees the string.
  static let poolModeKeyword = "pool_mode"
  static let statementCacheKeyword = "statement_cache"
  static let resetKeyword = "reset"
  private static let ownKeywords = [poolModeKeyword, statementCacheKeyword, resetKeyword, "replica"]

  private(set) var pairs: [(keyword: String, value: String)] = []
  private(set) var poolMode: String?
  private(set) var statementCacheSize: Int?
  private(set) var resetPolicy = ResetPolicy.auto
  private let password: String?

  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` with libpq's sentence, the password masked in it.
  init(_ configuration: ConnectionConfiguration) throws(DBError) {
    let string = configuration.string
    password = string.password?.withExposed { $0 }
    poolMode = string.parameter(Self.poolModeKeyword)
    if let mode = poolMode, !["session", "transaction"].contains(mode) {
      throw DBError(.invalidConnectionString, "\(Self.poolModeKeyword) has to be session or transaction")
    }
    if let size = string.parameter(Self.statementCacheKeyword) {
      guard let number = Int(size), (0...10_000).contains(number) else {
        throw DBError(
          .invalidConnectionString, "\(Self.statementCacheKeyword) has to be a number of statements, 0 to 10000")
      }
      statementCacheSize = number
    }
    if let word = string.parameter(Self.resetKeyword) {
      guard let policy = ResetPolicy(rawValue: word) else {
        throw DBError(.invalidConnectionString, "\(Self.resetKeyword) has to be auto, always or never")
      }
      resetPolicy = policy
    }
    pairs = try Self.parse(string, password)
    if configuration.preference == .replica, !string.replicas.isEmpty { try preferReplicas(string.replicas) }
    if value("fallback_application_name") == nil {
      pairs.append(("fallback_application_name", configuration.applicationName))
    }
    set("client_encoding", "UTF8")
  }

  func value(_ keyword: String) -> String? { pairs.last { $0.keyword == keyword }?.value }

  /// Whether libpq may have to resolve a name: unless every host is an address, or a socket's path.
  var needsResolving: Bool {
    if list("hostaddr")?.allSatisfy({ !$0.isEmpty }) == true { return false }
    // Without a host a service file or a variable may name one.
    guard let hosts = list("host") else { return true }
    let addresses = list("hostaddr") ?? []
    return !hosts.enumerated().allSatisfy { index, host in
      (index < addresses.count && !addresses[index].isEmpty) || host.hasPrefix("/") || host.hasPrefix("@")
        || Self.isAddress(host)
    }
  }

  private static func isAddress(_ host: String) -> Bool {
    var buffer = in6_addr()
    return inet_pton(AF_INET, host, &buffer) == 1 || inet_pton(AF_INET6, host, &buffer) == 1
  }

  var hostCount: Int { (value("host") ?? value("hostaddr"))?.split(separator: ",").count ?? 1 }

  /// Puts the replicas before the string's own hosts; a primary answers only when none of them does.
  private mutating func preferReplicas(_ replicas: [Endpoint]) throws(DBError) {
    let addresses = list("hostaddr")
    if addresses == nil, value("host") == nil, value("service") != nil {
      throw DBError(
        .invalidConnectionString, "replica= needs the primary's host beside it, which a service does not tell")
    }
    // What the process's variables say counts only as long as nothing is written.
    let defaults = PGLibrary.connectionDefaults
    let names = list("host") ?? addresses?.map { _ in "" } ?? Self.list(defaults["host"] ?? "")
    let ports = list("port") ?? Self.list(defaults["port"] ?? "")
    let ownPorts = names.indices.map { ports.count == 1 ? ports[0] : $0 < ports.count ? ports[$0] : "" }
    set("host", (replicas.map(\.host) + names).joined(separator: ","))
    if let addresses {
      set("hostaddr", (replicas.map { _ in "" } + addresses).joined(separator: ","))
    }
    set("port", (replicas.map { $0.port.map(String.init) ?? "" } + ownPorts).joined(separator: ","))
    if value("target_session_attrs") == nil { set("target_session_attrs", "prefer-standby") }
  }

  /// The same without one of its hosts, as libpq names the one it is at.
  func without(host: String, port: String) -> PGConnectionParameters {
    var copy = self
    guard let hosts = list("host") ?? list("hostaddr") else { return copy }
    let ports = list("port") ?? []
    let index = hosts.indices.first { index in
      let own = ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : ""
      return hosts[index] == host && (own == port || own.isEmpty)
    }
    guard let index = index ?? hosts.firstIndex(of: host) else { return copy }
    for keyword in ["host", "hostaddr", "port"] {
      guard var values = list(keyword), values.count == hosts.count else { continue }
      values.remove(at: index)
      copy.set(keyword, values.joined(separator: ","))
    }
    return copy
  }

  /// Takes the password out of a text that is about to be shown.
  func masked(_ text: String) -> String {
    guard let password, !password.isEmpty else { return text }
    let parts = Array(text.utf8).split(separator: Array(password.utf8), omittingEmptySubsequences: false)
    return String(decoding: Array(parts.joined(separator: "***".utf8)), as: UTF8.self)
  }

  /// Lends NULL-terminated arrays of C strings for the time of one call.
  func withPointers<R>(
    _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> R
  ) -> R {
    var storage: [CChar] = []
    var offsets: [(Int, Int)] = []
    for (keyword, value) in pairs {
      let start = storage.count
      storage += keyword.utf8CString
      offsets.append((start, storage.count))
      storage += value.utf8CString
    }
    return storage.withUnsafeBufferPointer { buffer in
      let base = buffer.baseAddress
      let keywords = offsets.map { offset in base.map { $0 + offset.0 } } + [nil]
      let values = offsets.map { offset in base.map { $0 + offset.1 } } + [nil]
      return keywords.withUnsafeBufferPointer { keywords in
        values.withUnsafeBufferPointer { values in body(keywords.baseAddress!, values.baseAddress!) }
      }
    }
  }

  private func list(_ keyword: String) -> [String]? { value(keyword).map(Self.list) }

  private static func list(_ value: String) -> [String] {
    value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  private mutating func set(_ keyword: String, _ value: String) {
    pairs.removeAll { $0.keyword == keyword }
    pairs.append((keyword, value))
  }

  private static func parse(
    _ string: ConnectionString, _ password: String?
  ) throws(DBError) -> [(keyword: String, value: String)] {
    let text = string.withUnredacted { withoutOwnParameters($0) }
    var message: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(text, &message) else {
      defer { PQfreemem(message) }
      let sentence = message.map { String(cString: $0).trimmed } ?? "out of memory"
      // libpq quotes the part it stumbled over, which may be the password in its encoded form.
      let isTelling = sentence.contains("parameter") || sentence.contains("option")
      throw DBError(
        .invalidConnectionString,
        "libpq cannot read the connection string" + (isTelling ? ": \(sentence)" : ""))
    }
    defer { PQconninfoFree(options) }
    var pairs: [(String, String)] = []
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { pairs.append((String(cString: keyword), String(cString: value))) }
      option += 1
    }
    return pairs
  }

  /// The text without the parameters that are ours; libpq refuses what it does not know.
  private static func withoutOwnParameters(_ text: String) -> String {
    if let mark = text.firstIndex(of: "?"), text.contains("://") {
      let kept = text[text.index(after: mark)...].split(separator: "&").filter { pair in
        !ownKeywords.contains(String(pair.prefix { $0 != "=" }))
      }
      return text[..<mark] + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
    }
    return text.contains("://") ? text : withoutOwnKeywords(text)
  }

  /// Takes our words out of `host=… dbname=…`; quoted values keep what stands in them.
  private static func withoutOwnKeywords(_ text: String) -> String {
    var kept = String.UnicodeScalarView()
    var rest = text.unicodeScalars[...]
    func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
    while !rest.isEmpty {
      let start = rest
      rest = rest.drop(while: isSpace)
      let name = rest.prefix { $0 != "=" && !isSpace($0) }
      rest = rest[name.endIndex...].drop(while: isSpace)
      if rest.first == "=" { rest = rest.dropFirst().drop(while: isSpace) }
      skipValue(&rest)
      if !ownKeywords.contains(String(name)) { kept.append(contentsOf: start[..<rest.startIndex]) }
    }
    return String(kept)
  }

  private static func skipValue(_ rest: inout Substring.UnicodeScalarView) {
    let isQuoted = rest.first == "'"
    if isQuoted { rest = rest.dropFirst() }
    while let scalar = rest.first {
      if !isQuoted, scalar.properties.isWhitespace { return }
      rest = rest.dropFirst()
      if isQuoted, scalar == "'" { return }
      if scalar == "\\" { rest = rest.dropFirst() }
    }
  }
}

extension PGConnectionParameters: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The keywords alone: values may be secret.
  var description: String { pairs.map(\.keyword).joined(separator: " ") }
  var debugDescription: String { description }
  var customMirror: Mirror { Mirror(self, children: ["keywords": description]) }
}
