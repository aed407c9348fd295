extension ConnectionString {
  /// The same connection with a password that was kept elsewhere.
  /// - Parameter descriptor: of the adapter that the string is for.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when the string holds a password already, the engine has none, or the string
  ///   names no user where a password needs one. The password is part of no error.
  package func adding(_ password: Secret, for descriptor: AdapterDescriptor) throws(DBError) -> ConnectionString {
    guard self.password == nil else {
      throw DBError(.invalidParameter, "the connection holds a password already; another one would be a second")
    }
    guard descriptor.defaultPort != nil else {
      throw DBError(.invalidParameter, "\(descriptor.displayName) takes no password")
    }
    let text = withUnredacted { $0 }
    let word = password.withExposed { $0 }
    guard text.contains("://") else {
      let quoted = word.unicodeScalars.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
      return try ConnectionString(text + " password='\(quoted)'")
    }
    let encoded = Self.encoded(word)
    guard descriptor.kind == .mongodb else {
      return try ConnectionString(text + (text.contains("?") ? "&" : "?") + "password=" + encoded)
    }
    // There a password stands behind the user's name alone.
    guard user != nil, let sign = text.firstIndex(of: "@") else {
      throw DBError(.invalidParameter, "a password needs the user in the connection: mongodb://user@host/database")
    }
    return try ConnectionString(text[..<sign] + ":" + encoded + text[sign...])
  }

  /// The same connection without its password and other secrets; itself where it has none.
  package func withoutSecrets() throws(DBError) -> ConnectionString {
    if password == nil, hiddenParameters.isEmpty { return self }
    let mask = ConnectionStringParser.mask
    guard description.contains("://") else {
      let words = description.split(separator: " ").filter { !$0.hasSuffix("=" + mask) }
      return try ConnectionString(words.joined(separator: " "))
    }
    let parts = description.split(separator: "?", maxSplits: 1).map(String.init)
    let location = parts[0].replacing(":\(mask)@", with: "@", maxReplacements: 1)
    let parameters = parts.dropFirst().flatMap { $0.split(separator: "&") }.filter { !$0.hasSuffix("=" + mask) }
    return try ConnectionString(location + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&")))
  }

  /// The same connection without its password, everything else as it was written; itself where it has none.
  package func withoutPassword() throws(DBError) -> ConnectionString {
    if password == nil { return self }
    let text = withUnredacted { $0 }
    guard let slashes = text.firstRange(of: "://") else {
      return try ConnectionString(Self.withoutPassword(keywords: text))
    }
    let query = text.firstIndex(of: "?") ?? text.endIndex
    var location = text[..<query]
    if let sign = location.lastIndex(of: "@"), let colon = location[slashes.upperBound..<sign].firstIndex(of: ":") {
      location.removeSubrange(colon..<sign)
    }
    let parameters = text[query...].dropFirst().split(separator: "&").filter { parameter in
      parameter.prefix { $0 != "=" }.lowercased() != "password"
    }
    return try ConnectionString(location + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&")))
  }

  /// libpq's `name = value`, where a value with spaces stands in quotes and a backslash takes the next character as it is.
  private static func withoutPassword(keywords text: String) -> String {
    var kept = ""
    var rest = text[...]
    while !rest.isEmpty {
      let name = rest.prefix { $0 != "=" }
      var end = name.endIndex
      func pass(_ isPassed: (Character) -> Bool) {
        while end < rest.endIndex, isPassed(rest[end]) { rest.formIndex(after: &end) }
      }
      if end < rest.endIndex { rest.formIndex(after: &end) }
      pass(\.isWhitespace)
      let isQuoted = end < rest.endIndex && rest[end] == "'"
      if isQuoted { rest.formIndex(after: &end) }
      while end < rest.endIndex, isQuoted ? rest[end] != "'" : !rest[end].isWhitespace {
        if rest[end] == "\\", rest.index(after: end) < rest.endIndex { rest.formIndex(after: &end) }
        rest.formIndex(after: &end)
      }
      if isQuoted, end < rest.endIndex { rest.formIndex(after: &end) }
      pass(\.isWhitespace)
      if name.filter({ !$0.isWhitespace }).lowercased() != "password" { kept += rest[..<end] }
      rest = rest[end...]
    }
    return kept
  }

  /// The same connection with a relative file's path made absolute, so that it means the same everywhere; itself where it names no file.
  package func absolute(in directory: String) throws(DBError) -> ConnectionString {
    guard ["sqlite", "file"].contains(scheme), let path = database, !path.hasPrefix("/"), !path.hasPrefix(":"),
      parameter("mode") != "memory"
    else { return self }
    let text = withUnredacted { $0 }
    guard let colon = text.firstIndex(of: ":") else { return self }
    let rest = text[text.index(after: colon)...]
    let escaped = directory.utf8.map { byte in
      let isPlain = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "?")
      return isPlain ? String(Unicode.Scalar(byte)) : "%" + DBBytes([byte]).hexadecimal
    }.joined()
    return try ConnectionString("\(scheme):\(escaped)/\(rest)")
  }

  private static func encoded(_ password: String) -> String {
    password.utf8.map { byte in
      let isPlain = Character(Unicode.Scalar(byte)).isLetter && byte < 0x80 || (0x30...0x39).contains(byte)
      return isPlain ? String(Unicode.Scalar(byte)) : "%" + DBBytes([byte]).hexadecimal
    }.joined()
  }
}
