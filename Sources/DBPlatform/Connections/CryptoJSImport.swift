public import DBAdapterCore

/// Connections as the older platform kept them: names, and connection strings that CryptoJS encrypted.
public enum CryptoJSImport {
  /// Reads lines of a name, white space and `U2FsdGVkX1…`; empty lines and lines that start with `#` are left out.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` naming the line that is neither, and
  ///   ``DBError/Code-swift.struct/secretUnreadable`` naming the connection that the passphrase does not open.
  public static func drafts(_ text: String, passphrase: Secret) throws(DBError) -> [ConnectionDraft] {
    var drafts: [ConnectionDraft] = []
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.isEmpty || words[0].hasPrefix("#") { continue }
      guard words.count == 2, CryptoJSCipher.looksLike(words[1]) else {
        throw DBError(.invalidParameter, "line \(number + 1) is not a name and a secret of CryptoJS (U2FsdGVkX1…)")
      }
      let name = String(words[0])
      let plain: Secret
      do throws(DBError) {
        plain = try CryptoJSCipher.decrypt(words[1], passphrase: passphrase)
      } catch {
        throw error.completed(message: "line \(number + 1): \(error.message)")
      }
      drafts.append(ConnectionDraft(name: name, string: try ConnectionString(plain.withExposed { $0 })))
    }
    return drafts
  }
}
