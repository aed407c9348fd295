internal import Crypto
internal import CryptoExtras
public import DBAdapterCore

/// Reads what CryptoJS's `AES.encrypt(text, passphrase)` wrote: base64 of `Salted__`, 8 bytes of salt, and AES-256-CBC with PKCS #7.
///
/// Key and IV come of the passphrase by OpenSSL's `EVP_BytesToKey` with one round of MD5. The format has no authentication and guards a weak
/// passphrase badly, so that it is only read, to be sealed anew.
public enum CryptoJSCipher {
  /// Whether a text looks like one of that format.
  public static func looksLike(_ text: some StringProtocol) -> Bool { text.hasPrefix("U2FsdGVkX1") }

  /// - Throws: ``DBError/Code-swift.struct/secretUnreadable`` when the text is not of that format, or the passphrase is another one.
  public static func decrypt(_ text: some StringProtocol, passphrase: Secret) throws(DBError) -> Secret {
    guard let bytes = Base64.decode(text), bytes.count >= 32, bytes.count.isMultiple(of: 16),
      bytes.starts(with: Array("Salted__".utf8))
    else {
      throw DBError(
        .secretUnreadable, "this is not a secret of CryptoJS: those are base64 and begin with U2FsdGVkX1")
    }
    let (key, vector) = derived(passphrase, salt: Array(bytes[8..<16]))
    let plain = try? AES._CBC.decrypt(bytes[16...], using: key, iv: AES._CBC.IV(ivBytes: vector))
    guard let plain, !plain.isEmpty, let result = String(validating: plain, as: UTF8.self) else {
      throw DBError(
        .secretUnreadable,
        "the secret of CryptoJS cannot be decrypted: PG_META_CRYPTO_KEY is another key, or it was changed")
    }
    return Secret(result)
  }

  private static func derived(_ passphrase: Secret, salt: [UInt8]) -> (key: SymmetricKey, vector: [UInt8]) {
    let secret = passphrase.withExposed { Array($0.utf8) }
    var material: [UInt8] = []
    var block: [UInt8] = []
    while material.count < 48 {
      block = Array(Insecure.MD5.hash(data: block + secret + salt))
      material += block
    }
    return (SymmetricKey(data: material[..<32]), Array(material[32..<48]))
  }
}
