internal import Crypto
public import DBAdapterCore

/// What an audit log is sealed with, so that somebody who may write the log but has no key cannot make it look whole again.
public struct AuditKey: Sendable {
  /// Names the key in the log: the first 8 bytes of its digest, in hexadecimal digits. It tells nothing of the key.
  public let identifier: String
  let key: SymmetricKey

  private static let leastBytes = 16

  /// - Parameter bytes: at least 16 that nobody can guess; 32 random ones are best.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when they are fewer.
  public init(_ bytes: [UInt8]) throws(DBError) {
    guard bytes.count >= Self.leastBytes else {
      throw DBError(
        .invalidParameter, "an audit key has at least \(Self.leastBytes) bytes, and this one has \(bytes.count)")
    }
    key = SymmetricKey(data: bytes)
    var digest = SHA256()
    digest.update(data: Array("bosdb audit key".utf8))
    digest.update(data: bytes)
    identifier = DBBytes(Array(digest.finalize().prefix(8))).hexadecimal
  }
}
