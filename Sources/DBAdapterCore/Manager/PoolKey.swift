/// The identity of a pool: what a connection string means, with whose rights, for which server. A keyed digest; the password is part of
/// what is digested and cannot be read from it.
struct PoolKey: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  init(_ configuration: ConnectionConfiguration, _ descriptor: AdapterDescriptor) {
    var hasher = Hasher()
    hasher.combine(configuration)
    high = UInt64(bitPattern: Int64(hasher.finalize()))
    low = 0
  }
}

extension PoolKey: CustomStringConvertible {
  var description: String {
    let digits = String(high, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
