internal import DBAdapterCore

/// Secrets in files of mode `0600`.
enum SecretFile {
  /// The first line of a file.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when there is no file or it is empty,
  ///   ``DBError/Code-swift.struct/permissionDenied`` when others can read it.
  static func firstLine(_ path: String, as what: String) throws(DBError) -> Secret {
    let text = try text(path, as: what)
    let line = text.withExposed { text in String(text.prefix { !$0.isNewline }) }
    guard !line.isEmpty else { throw DBError(.invalidParameter, "\(what) \(path) is empty") }
    return Secret(line)
  }

  /// The whole of a file.
  static func text(_ path: String, as what: String) throws(DBError) -> Secret {
    guard let bytes = try PrivateFile.contents(path, as: what) else {
      throw DBError(.invalidParameter, "\(what) \(path) does not exist")
    }
    guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
      throw DBError(.invalidParameter, "\(what) \(path) holds no text")
    }
    return Secret(text)
  }
}
