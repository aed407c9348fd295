import DBAdapterCore
import DBPlatform
import Testing

@Suite struct SealedSecretTests {
  private let key = MasterKey.random()
  private let place = SealedSecret.Place(record: "5e2b", field: "connection_string")
  private let secret = Secret("postgres://app:hunter2@db/shop?x=日本")

  private func ring(_ keys: MasterKey...) throws(DBError) -> KeyRing { try KeyRing(keys) }

  private func exposed(_ secret: Secret) -> String { secret.withExposed { $0 } }

  @Test func opensWhatWasSealed() throws {
    for text in ["", "a", exposed(secret), String(repeating: "x", count: 10_000)] {
      let sealed = try SealedSecret(sealing: Secret(text), at: place, with: key)
      #expect(sealed.keyID == key.id)
      let read = try SealedSecret(sealed.text)
      #expect(exposed(try read.open(at: place, with: ring(.random(), key))) == text)
    }
  }

  @Test func everySealingHasItsOwnNonce() throws {
    let texts = try (0..<200).map { _ in try SealedSecret(sealing: secret, at: place, with: key).text }
    #expect(Set(texts.map { $0.dropFirst(7 + 12).prefix(16) }).count == 200)
  }

  @Test func everyChangedByteIsFound() throws {
    let sealed = Array(try SealedSecret(sealing: secret, at: place, with: key).text.utf8)
    let ring = try ring(key)
    for index in sealed.indices {
      for bit in 0..<8 {
        var changed = sealed
        changed[index] ^= 1 << bit
        guard let text = String(validating: changed, as: UTF8.self) else { continue }
        let error = #expect(throws: DBError.self, "byte \(index), bit \(bit)") {
          try SealedSecret(text).open(at: place, with: ring)
        }
        #expect(error?.code == .secretUnreadable)
        #expect(error.map { "\($0.debugDescription)".contains("hunter2") } == false)
      }
    }
  }

  @Test func everyCutIsFound() throws {
    let sealed = try SealedSecret(sealing: secret, at: place, with: key).text
    for length in 0..<sealed.utf8.count {
      #expect(throws: DBError.self) { try SealedSecret(String(sealed.prefix(length))).open(at: place, with: ring(key)) }
    }
    for more in ["A", "AAAA", "=", " ", "\n"] {
      #expect(throws: DBError.self) { try SealedSecret(sealed + more).open(at: place, with: ring(key)) }
    }
  }

  @Test(arguments: [
    SealedSecret.Place(record: "5e2c", field: "connection_string"),
    SealedSecret.Place(record: "5e2b", field: "password_reference"),
    SealedSecret.Place(record: "5e2bc", field: "onnection_string"),
    SealedSecret.Place(record: "", field: "5e2bconnection_string"),
  ])
  func isWorthNothingElsewhere(_ other: SealedSecret.Place) throws {
    let sealed = try SealedSecret(sealing: secret, at: place, with: key)
    let error = #expect(throws: DBError.self) { try sealed.open(at: other, with: ring(key)) }
    #expect(error?.message.contains("moved from another record") == true)
  }

  @Test func namesTheKeyThatIsMissing() throws {
    let sealed = try SealedSecret(sealing: secret, at: place, with: key)
    let other = MasterKey.random()
    let error = #expect(throws: DBError.self) { try sealed.open(at: place, with: ring(other)) }
    #expect(error?.message.contains("sealed with the master key \(key.id)") == true)
    #expect(error?.message.contains(other.id) == true)
  }

  @Test func namesTheVersionThatIsNotKnown() throws {
    // The first byte after the prefix is the version; "Ag" begins with 2.
    let sealed = try SealedSecret(sealing: secret, at: place, with: key).text
    let error = #expect(throws: DBError.self) { try SealedSecret("bosdb1:Ag" + sealed.dropFirst(9)) }
    #expect(error?.message.contains("format version is 2") == true)
  }
}
