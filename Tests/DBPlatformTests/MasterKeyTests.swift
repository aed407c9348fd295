import DBAdapterCore
import DBPlatform
import Testing

@Suite struct MasterKeyTests {
  private static let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
  private static let hexadecimal = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

  @Test(arguments: [
    base64, hexadecimal, hexadecimal.uppercased(), String(base64.dropLast()),
  ])
  func readsKeys(_ text: String) throws {
    // The id by Python: hmac.new(bytes(range(32)), b"bosdb master key id", "sha256").
    #expect(try MasterKey(text: Secret(text)).id == "85a761bb17945c4a")
  }

  @Test(arguments: [
    "", "abc", String(hexadecimal.dropLast(2)), String(base64.dropLast(5)), "z" + hexadecimal.dropFirst(),
  ])
  func refusesWhatIsNoKeyWithoutQuotingIt(_ text: String) {
    let error = #expect(throws: DBError.self) { try MasterKey(text: Secret(text)) }
    #expect(error?.code == .invalidParameter)
    if !text.isEmpty { #expect(error.map { $0.debugDescription.contains(text) } == false) }
  }

  @Test func neverPrints() throws {
    let key = try MasterKey(text: Secret(Self.base64))
    var dumped = ""
    dump(key, to: &dumped)
    dump(try KeyRing([key]), to: &dumped)
    for text in [dumped, "\(key)", String(reflecting: key), "\(try KeyRing([key]))"] {
      #expect(text.contains(key.id))
      #expect(!text.contains("AAECAw"))
      #expect(!text.lowercased().contains("00010203"))
    }
  }

  @Test func ringsReadSeveralKeys() throws {
    let other = MasterKey.random()
    #expect(try KeyRing(text: Secret("# both\n\(Self.base64)\n\(Self.hexadecimal), \(Self.base64)")).keys.count == 3)
    let ring = try KeyRing([other, MasterKey(text: Secret(Self.base64))])
    #expect(ring.first == other)
    #expect(ring.key("85a761bb17945c4a") != nil)
    #expect(ring.key("0000000000000000") == nil)
    #expect(throws: DBError.self) { try KeyRing(text: Secret("# none\n")) }
  }

  @Test func passphrasesBecomeKeys() async throws {
    // By Python: hashlib.scrypt(b"correct horse battery", salt=bytes(range(16)), n=1024, r=8, p=1, dklen=32).
    let settings = try Passphrase("scrypt:1024:8:1:AAECAwQFBgcICQoLDA0ODw")
    #expect(try await settings.key(Secret("correct horse battery")).id == "5403f69fa4ce1331")
    #expect(try await settings.key(Secret("correct horse batterz")).id != "5403f69fa4ce1331")
    let made = Passphrase(Passphrase.Cost(rounds: 16, blockSize: 1, parallelism: 1))
    #expect(made.text != Passphrase(made.cost).text)
    #expect(try await Passphrase(made.text).key(Secret("x")) == made.key(Secret("x")))
  }

  @Test(arguments: [
    "", "scrypt:1024:8:1", "scrypt:1024:8:1:AA", "argon2:1024:8:1:AAECAwQFBgcICQoLDA0ODw",
    "scrypt:1000:8:1:AAECAwQFBgcICQoLDA0ODw",
    "scrypt:1073741824:8:1:AAECAwQFBgcICQoLDA0ODw", "scrypt:1024:1000:1:AAECAwQFBgcICQoLDA0ODw",
    "scrypt:-1024:8:1:AAECAwQFBgcICQoLDA0ODw",
  ])
  func refusesSettingsOfAStoreThatWouldTakeAllMemory(_ text: String) {
    #expect(throws: DBError.self) { try Passphrase(text) }
  }

  @Test func theStandardCostIsTheRecommendedOne() {
    #expect(Passphrase().text.hasPrefix("scrypt:131072:8:1:"))
  }
}
