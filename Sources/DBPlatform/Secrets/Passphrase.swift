internal import Crypto
internal import CryptoExtras
public import DBAdapterCore

/// How a passphrase becomes a key: scrypt (RFC 7914) with a salt of its own.
public struct Passphrase: Sendable, Hashable {
  /// What a guess costs.
  public struct Cost: Sendable, Hashable {
    /// A power of two. Memory is 128 bytes times this times ``blockSize``.
    public let rounds: Int
    public let blockSize: Int
    public let parallelism: Int

    /// 128 MiB and about half a second, as OWASP recommends: N = 2^17, r = 8, p = 1.
    public static let standard = Cost(rounds: 1 << 17, blockSize: 8, parallelism: 1)

    public init(rounds: Int, blockSize: Int, parallelism: Int) {
      self.rounds = rounds
      self.blockSize = blockSize
      self.parallelism = parallelism
    }

    /// Within what a store may ask of a client: at most 1 GiB.
    var isPossible: Bool {
      (1 << 4...1 << 20).contains(rounds) && rounds.nonzeroBitCount == 1 && (1...8).contains(blockSize)
        && (1...16).contains(parallelism)
    }
  }

  public let cost: Cost
  /// 16 random bytes.
  let salt: [UInt8]

  /// With a new salt.
  public init(_ cost: Cost = .standard) {
    self.cost = cost
    salt = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
  }

  /// Reads ``text``.
  /// - Throws: ``DBError/Code-swift.struct/protocolViolation`` when it is none, or asks for more than a gigabyte of memory.
  public init(_ text: String) throws(DBError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.dropFirst().prefix(3).compactMap { Int($0) }
    guard parts.count == 5, parts[0] == "scrypt", numbers.count == 3, let salt = Base64.decode(parts[4]),
      salt.count == 16
    else { throw DBError(.protocolViolation, "the settings of the passphrase cannot be read; they were changed") }
    cost = Cost(rounds: numbers[0], blockSize: numbers[1], parallelism: numbers[2])
    self.salt = salt
    guard cost.isPossible else {
      throw DBError(
        .protocolViolation, "the settings of the passphrase ask for more than is sensible; they were changed")
    }
  }

  /// Cost and salt, which are no secrets: `scrypt:131072:8:1:…`.
  public var text: String {
    "scrypt:\(cost.rounds):\(cost.blockSize):\(cost.parallelism):\(Base64.encodeURL(salt))"
  }

  /// The key of a passphrase; takes as long as ``cost`` says, on a helper thread.
  /// - Throws: ``DBError/Code-swift.struct/resourceLimit`` when there is not enough memory.
  public func key(_ passphrase: Secret) async throws(DBError) -> MasterKey {
    let (cost, salt) = (cost, salt)
    let key = await BlockingThreads.resolving.run {
      try? passphrase.withExposed { text in
        try KDF.Scrypt.deriveKey(
          from: Array(text.utf8), salt: salt, outputByteCount: 32, rounds: cost.rounds, blockSize: cost.blockSize,
          parallelism: cost.parallelism)
      }
    }
    guard let key else {
      let mebibytes = cost.rounds * cost.blockSize * 128 >> 20
      throw DBError(.resourceLimit, "the passphrase cannot be made a key of: that takes \(mebibytes) MiB of memory")
    }
    return MasterKey(key)
  }
}
