import DBAdapterCore
import DBPlatform
import Testing

/// The vectors are by `openssl enc -aes-256-cbc -md md5 -salt -pass pass:… -base64`, which writes what CryptoJS does.
@Suite struct CryptoJSTests {
  @Test(arguments: [
    (
      "postgres://app:s3cret@db.internal:5432/shop", "correct horse",
      "U2FsdGVkX18GXW+3XjOMoFAbFIFvlav2PqkvC9M0i2dZZomkiLLxoU8wiXqhJx2dTIzNWvp+PtmINyQjzIvhsw=="
    ),
    ("mongodb://u:pä$$wörd@h/db", "k", "U2FsdGVkX1//hjJVq3EaDD32avw4b+1DJnmXyKEk1zRboL1ELj7BzVNX+hxK2IbF"),
    (
      "xxxxxxxxxxxxxxxx", "0123456789abcdef0123456789abcdef",
      "U2FsdGVkX18x6r67cRVXe7D0xlv5DbZYeccP7CRS0JwhURGz9lb4PKDWp3w6Rh77"
    ),
  ])
  func decrypts(_ plain: String, _ key: String, _ sealed: String) throws {
    #expect(try CryptoJSCipher.decrypt(sealed, passphrase: Secret(key)).withExposed { $0 } == plain)
    let wrong = try? CryptoJSCipher.decrypt(sealed, passphrase: Secret(key + "x"))
    #expect(wrong?.withExposed { $0 } != plain)
  }

  @Test(arguments: ["", "U2FsdGVkX18=", "hello", "U2FsdGVkX18GXW+3XjOMoFAbFIFvlav2PqkvC9M0i2dZ"])
  func refusesWhatIsNone(_ text: String) {
    let error = #expect(throws: DBError.self) { try CryptoJSCipher.decrypt(text, passphrase: Secret("k")) }
    #expect(error?.code == .secretUnreadable)
  }

  @Test func importsLines() throws {
    let text = """
      # from the old platform

      shop U2FsdGVkX18GXW+3XjOMoFAbFIFvlav2PqkvC9M0i2dZZomkiLLxoU8wiXqhJx2dTIzNWvp+PtmINyQjzIvhsw==
      """
    let drafts = try CryptoJSImport.drafts(text, passphrase: Secret("correct horse"))
    #expect(drafts.map(\.name) == ["shop"])
    #expect(drafts[0].string == (try ConnectionString("postgres://app:s3cret@db.internal:5432/shop")))
    let error = #expect(throws: DBError.self) { try CryptoJSImport.drafts("a\nb c", passphrase: Secret("k")) }
    #expect(error?.message.contains("line 1") == true)
  }
}
