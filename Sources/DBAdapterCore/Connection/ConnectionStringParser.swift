/// Takes a connection string apart. Its errors name a place and a rule, and quote nothing that could be a password.
struct ConnectionStringParser {
  var scheme = ""
  var user: String?
  var password: String?
  var endpoints: [Endpoint] = []
  var replicas: [Endpoint] = []
  var database: String?
  var parameters: [ConnectionString.Parameter] = []
  var hiddenParameters: [ConnectionString.Parameter] = []
  var redacted = ""

  private let text: String
  private static let pathSchemes: Set<String> = ["sqlite", "file"]
  private static let replicaParameter = "replica"
  static let mask = "***"

  init(_ text: String) { self.text = text }

  func parse() throws(DBError) -> ConnectionStringParser {
    var parser = self
    try parser.read()
    return parser
  }

  private mutating func read() throws(DBError) {
    let trimmed = text.drop { $0 == " " }
    guard !trimmed.isEmpty else { throw invalid("it is empty") }
    if trimmed.utf8.contains(0) { throw invalid("it contains a NUL character") }
    if let place = trimmed.firstIndex(where: Self.hidesADelimiter) {
      throw invalid("a combining character follows a punctuation mark; write it with % signs", at: place)
    }
    if let colon = trimmed.firstIndex(of: ":"), Self.isScheme(trimmed[..<colon]) {
      scheme = trimmed[..<colon].lowercased()
      let rest = trimmed[trimmed.index(after: colon)...]
      if rest.hasPrefix("//"), !Self.pathSchemes.contains(scheme) {
        try readURL(rest.dropFirst(2))
      } else {
        try readPath(rest)
      }
    } else if let equals = trimmed.firstIndex(of: "="), Self.isKeyword(trimmed[..<equals]) {
      scheme = "postgres"
      try readKeywords(trimmed)
    } else {
      throw invalid("it starts with no scheme; write for example postgres://host/database or sqlite:path")
    }
  }

  // MARK: scheme://user:password@host:port/database?name=value

  private mutating func readURL(_ rest: Substring) throws(DBError) {
    let query = rest.firstIndex(of: "?")
    let beforeQuery = rest[..<(query ?? rest.endIndex)]
    var location = beforeQuery
    var shownUser = ""
    if let query, let at = rest[query...].firstIndex(of: "@") {
      // libpq takes `user:pass?word@host` for a password with a question mark.
      throw invalid("a '?' in a password has to be written %3F, and an '@' in a parameter %40", at: at)
    }
    if let at = beforeQuery.lastIndex(of: "@") {
      let credentials = beforeQuery[..<at]
      location = beforeQuery[beforeQuery.index(after: at)...]
      if let slash = credentials.firstIndex(of: "/") {
        throw invalid("a '/' in the user name or password has to be written %2F", at: slash)
      }
      // C libraries differ on which '@' ends the password; what follows the first would be taken for a host and be shown.
      if let at = credentials.firstIndex(of: "@") {
        throw invalid("an '@' in the user name or password has to be written %40", at: at)
      }
      shownUser = try readCredentials(credentials) + "@"
    }
    let slash = location.firstIndex(of: "/")
    try readHosts(location[..<(slash ?? location.endIndex)])
    if let slash, location.index(after: slash) < location.endIndex {
      database = try decoded(location[location.index(after: slash)...], "the database name")
    }
    redacted = "\(scheme)://\(shownUser)\(location)"
    if let query { try readQuery(rest[rest.index(after: query)...]) }
  }

  private mutating func readCredentials(_ credentials: Substring) throws(DBError) -> String {
    let colon = credentials.firstIndex(of: ":")
    let name = credentials[..<(colon ?? credentials.endIndex)]
    if !name.isEmpty { user = try decoded(name, "the user name") }
    guard let colon else { return String(name) }
    password = try decoded(credentials[credentials.index(after: colon)...], "the password")
    return "\(name):\(Self.mask)"
  }

  private mutating func readHosts(_ hosts: Substring) throws(DBError) {
    guard !hosts.isEmpty else { return }
    for host in hosts.split(separator: ",", omittingEmptySubsequences: false) {
      let (name, portText): (Substring, Substring?)
      let number: UInt16?
      do throws(BadHost) {
        (name, portText) = try Self.nameAndPort(host)
        number = try Self.port(portText)
      } catch {
        throw invalid(error.reason, at: error.place)
      }
      endpoints.append(Endpoint(host: try decoded(name, "a host name"), port: number))
    }
  }

  /// `replica=host:port,host`; the parameter may be repeated.
  private mutating func readReplicas(_ value: String) throws(DBError) {
    for host in value.split(separator: ",", omittingEmptySubsequences: false) {
      do throws(BadHost) {
        let (name, portText) = try Self.nameAndPort(host)
        let port = try Self.port(portText)
        if name.isEmpty { throw BadHost(reason: "a host is missing", place: host.startIndex) }
        replicas.append(Endpoint(host: String(name), port: port))
      } catch {
        throw invalid("\(Self.replicaParameter)= takes host:port, or several with commas between them; \(error.reason)")
      }
    }
  }

  private struct BadHost: Error {
    let reason: String
    let place: String.Index
  }

  /// Cuts `host:port`, with an IPv6 address in brackets.
  private static func nameAndPort(_ host: Substring) throws(BadHost) -> (name: Substring, port: Substring?) {
    if host.hasPrefix("[") {
      guard let close = host.firstIndex(of: "]") else {
        throw BadHost(reason: "an IPv6 address lacks its ']'", place: host.startIndex)
      }
      let after = host[host.index(after: close)...]
      guard after.isEmpty || after.hasPrefix(":") else {
        throw BadHost(
          reason: "after the ']' of an IPv6 address only ':' and a port may follow", place: after.startIndex)
      }
      return (host[host.index(after: host.startIndex)..<close], after.isEmpty ? nil : after.dropFirst())
    }
    guard let colon = host.lastIndex(of: ":") else { return (host, nil) }
    guard host.firstIndex(of: ":") == colon else {
      throw BadHost(
        reason: "a host has more than one ':'; write an IPv6 address in brackets", place: host.startIndex)
    }
    return (host[..<colon], host[host.index(after: colon)...])
  }

  private static func port(_ text: Substring?) throws(BadHost) -> UInt16? {
    guard let text, !text.isEmpty else { return nil }
    guard let port = UInt16(text), port > 0 else {
      throw BadHost(reason: "a port has to be a number from 1 to 65535", place: text.startIndex)
    }
    return port
  }

  private mutating func readQuery(_ query: Substring) throws(DBError) {
    var shown: [String] = []
    for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
      guard let equals = pair.firstIndex(of: "=") else {
        throw invalid("a parameter lacks its '='", at: pair.startIndex)
      }
      let name = try decoded(pair[..<equals], "a parameter name")
      let value = try decoded(pair[pair.index(after: equals)...], "the value of a parameter")
      shown.append(try record(name, value) ? String(pair) : "\(pair[..<equals])=\(Self.mask)")
    }
    redacted += "?" + shown.joined(separator: "&")
  }

  // MARK: scheme:path?name=value

  private mutating func readPath(_ rest: Substring) throws(DBError) {
    let query = rest.firstIndex(of: "?")
    var path = rest[..<(query ?? rest.endIndex)]
    redacted = "\(scheme):\(path)"
    // file: and sqlite: allow an empty authority or localhost before an absolute path (RFC 8089).
    if path.hasPrefix("//") {
      let afterSlashes = path.dropFirst(2)
      if afterSlashes.hasPrefix("localhost/") {
        path = afterSlashes.dropFirst("localhost".count)
      } else {
        path = afterSlashes
        let authority = path.prefix { $0 != "/" }
        if let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") {
          redacted = "\(scheme)://\(Self.mask)"
          throw invalid("a file has no user and no password", at: at)
        }
      }
    }
    if !path.isEmpty { database = try decoded(path, "the path") }
    if let query { try readQuery(rest[rest.index(after: query)...]) }
    // Only embedded engines have paths; anywhere else this may be a URL that lacks its slashes, password included.
    if !Self.pathSchemes.contains(scheme) { redacted = "\(scheme):\(Self.mask)" }
  }

  // MARK: host=… dbname=… (libpq, "Keyword/Value Connection Strings")

  private mutating func readKeywords(_ text: Substring) throws(DBError) {
    var shown: [String] = []
    var rest = text
    func skipSpace() { rest = rest.drop { $0.isWhitespace } }
    skipSpace()
    while !rest.isEmpty {
      let start = rest.startIndex
      let name = rest.prefix { $0 != "=" && !$0.isWhitespace }
      rest = rest[name.endIndex...]
      skipSpace()
      guard rest.first == "=" else { throw invalid("a keyword lacks its '='", at: start) }
      // libpq's keywords; anything else is more likely the rest of a password with a space in it.
      guard !name.isEmpty, name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || $0 == 0x5F }) else {
        throw invalid(
          "a keyword is not of lowercase letters; a value with spaces has to be in single quotes", at: start)
      }
      rest = rest.dropFirst()
      skipSpace()
      let valueStart = rest.startIndex
      let value = try keywordValue(&rest)
      let isShown = try record(String(name), value)
      shown.append("\(name)=" + (isShown ? String(text[valueStart..<rest.startIndex]) : Self.mask))
      skipSpace()
    }
    redacted = shown.joined(separator: " ")
    try adoptKeywords()
  }

  private func keywordValue(_ rest: inout Substring) throws(DBError) -> String {
    let start = rest.startIndex
    let isQuoted = rest.first == "'"
    if isQuoted { rest = rest.dropFirst() }
    var value = ""
    while let character = rest.first {
      if isQuoted ? character == "'" : character.isWhitespace { break }
      rest = rest.dropFirst()
      if character == "\\", let escaped = rest.first {
        value.append(escaped)
        rest = rest.dropFirst()
      } else {
        value.append(character)
      }
    }
    if isQuoted {
      guard rest.first == "'" else { throw invalid("a quoted value lacks its closing quote", at: start) }
      rest = rest.dropFirst()
    }
    return value
  }

  private mutating func adoptKeywords() throws(DBError) {
    func value(_ name: String) -> String? { parameters.last { $0.name == name }?.value }
    user = value("user")
    database = value("dbname")
    let hosts = (value("host") ?? value("hostaddr"))?.split(separator: ",", omittingEmptySubsequences: false) ?? []
    let ports = value("port")?.split(separator: ",", omittingEmptySubsequences: false) ?? []
    for (index, host) in hosts.enumerated() {
      let text = ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : nil
      do throws(BadHost) {
        endpoints.append(Endpoint(host: String(host), port: try Self.port(text)))
      } catch {
        throw invalid(error.reason)
      }
    }
  }

  // MARK: Parts

  /// Keeps a parameter, or the password it holds.
  /// - Returns: whether it may be shown.
  private mutating func record(_ name: String, _ value: String) throws(DBError) -> Bool {
    if name == Self.replicaParameter {
      try readReplicas(value)
      return true
    }
    guard Self.isSecret(name.lowercased()) else {
      parameters.append(ConnectionString.Parameter(name: name, value: value))
      return true
    }
    if name.lowercased() == "password" {
      password = value
    } else {
      hiddenParameters.append(ConnectionString.Parameter(name: name, value: value))
    }
    return false
  }

  /// Whether a parameter's value must not be shown, by its name: any engine may have another one, so that in doubt it is.
  private static func isSecret(_ name: String) -> Bool {
    // Where a password is, is none.
    if name == "passfile" { return false }
    return ["pass", "secret", "token", "scram_client_key", "scram_server_key", "authmechanismproperties"].contains {
      name.contains($0)
    }
  }

  private func decoded(_ part: Substring, _ what: String) throws(DBError) -> String {
    guard part.utf8.contains(UInt8(ascii: "%")) else { return String(part) }
    var bytes: [UInt8] = []
    var rest = part.utf8[...]
    while let byte = rest.first {
      rest = rest.dropFirst()
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2).compactMap { hexadecimalValue($0) }
      guard digits.count == 2 else {
        throw invalid("\(what) has a '%' without two hexadecimal digits; write a plain '%' as %25", at: rest.startIndex)
      }
      bytes.append(digits[0] << 4 | digits[1])
      rest = rest.dropFirst(2)
    }
    guard let result = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw invalid("\(what) is not valid UTF-8 after decoding its '%' signs", at: part.startIndex)
    }
    return result
  }

  private func invalid(_ reason: String, at index: String.Index? = nil) -> DBError {
    let place = index.map { " (character \(text.distance(from: text.startIndex, to: $0) + 1))" } ?? ""
    return DBError(.invalidConnectionString, "the connection string cannot be read: \(reason)\(place)")
  }

  private static func isScheme(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, isLetter(first) else { return false }
    return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || [0x2B, 0x2D, 0x2E].contains($0) }
  }

  /// Whether a character is more than the ASCII punctuation mark it begins with: `:` and a combining accent are one character
  /// to Swift, while the C library sees the `:`.
  private static func hidesADelimiter(_ character: Character) -> Bool {
    guard let first = character.utf8.first, first < 0x80, !isLetter(first), !isDigit(first) else { return false }
    return character.utf8.count > 1 && character != "\r\n"
  }

  private static func isKeyword(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { isLetter($0) || $0 == UInt8(ascii: "_") || $0 == 0x20 }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
