internal import Crypto
internal import DBAdapterCore

/// How the records of a log are chained: SHA-256 (FIPS 180-4), or HMAC-SHA-256 (RFC 2104) where there is a key.
struct AuditSeal: Sendable {
  let key: AuditKey?

  /// As the log's first record names it.
  var algorithm: String { key == nil ? "sha-256" : "hmac-sha-256" }

  /// 64 hexadecimal digits.
  func hash(of bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    guard let key else { return Self.digest(of: bytes) }
    return DBBytes(Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key.key))).hexadecimal
  }

  /// The same without a key.
  static func digest(of bytes: [UInt8]) -> String { DBBytes(Array(SHA256.hash(data: bytes))).hexadecimal }

  /// Writes the members of a log's first line.
  func describe(_ log: String, to fields: inout JSONWriter) {
    fields.member("schemaVersion", 1)
    fields.member("time", DBTimestamp.now().description)
    fields.member("log", log)
    fields.member("algorithm", algorithm)
    if let key { fields.member("keyId", key.identifier) }
  }

  /// In a sentence, how a log whose first line this is was sealed; `nil` when it was in this way, or does not say.
  func difference(from line: AuditLine) -> String? {
    let fields = line.document
    guard line.kind == .log, case .text(let algorithm)? = fields["algorithm"] else { return nil }
    let key: String? = if case .text(let key)? = fields["keyId"] { key } else { nil }
    if algorithm == self.algorithm, key == self.key?.identifier { return nil }
    if let key { return "the log says that it is sealed with the key \(key), and that was not given" }
    return "the log says that it is sealed without a key, and one was given"
  }
}
