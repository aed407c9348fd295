public import DBAdapterCore

/// The master keys at hand: the first is for a store that has no key yet, and each for the secrets that were sealed with it.
public struct KeyRing: Sendable, Hashable, CustomStringConvertible {
  public let keys: [MasterKey]

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when there is no key.
  public init(_ keys: [MasterKey]) throws(DBError) {
    guard !keys.isEmpty else { throw DBError(.invalidParameter, "there is no master key") }
    self.keys = keys
  }

  /// Reads keys with white space or commas between them; lines that start with `#` are left out.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when there is none, or one is not 32 bytes; no text is quoted.
  public init(text: Secret) throws(DBError) {
    let words = text.withExposed { text in
      text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
        .flatMap { $0.split { $0.isWhitespace || $0 == "," } }.map { Secret(String($0)) }
    }
    var keys: [MasterKey] = []
    for word in words { keys.append(try MasterKey(text: word)) }
    try self.init(keys)
  }

  /// The first key.
  public var first: MasterKey { keys[0] }

  /// The key with an id; `nil` when it is not at hand.
  public func key(_ id: String) -> MasterKey? { keys.first { $0.id == id } }

  /// Both rings' keys, these first.
  func joined(_ other: KeyRing) throws(DBError) -> KeyRing {
    try KeyRing(keys + other.keys.filter { key($0.id) == nil })
  }

  public var description: String { "keys " + keys.map(\.id).joined(separator: ", ") }
}
