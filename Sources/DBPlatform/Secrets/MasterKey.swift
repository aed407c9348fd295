internal import Crypto
internal import DBAdapterCore

/// A key of 256 bits that secrets are sealed with.
public struct MasterKey: Sendable {
  let key: SymmetricKey
}
