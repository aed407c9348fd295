internal import COpenSSL
internal import DBAdapterCore

/// The name a server gives a script: the SHA-1 of its text in hexadecimal (https://redis.io/docs/latest/commands/evalsha/).
enum ScriptDigest {
  static func of(_ script: ArraySlice<UInt8>) -> String {
    var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
    script.withUnsafeBytes { bytes in
      _ = SHA1(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &digest)
    }
    return DBBytes(digest).hexadecimal
  }
}
