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
}
