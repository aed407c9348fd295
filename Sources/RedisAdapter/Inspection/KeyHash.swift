/// A 64-bit hash of a key that is the same in every process (FNV-1a with SplitMix64's last step).
struct KeyHash: Sendable, Hashable, Comparable {
  let value: UInt64

  init(_ key: [UInt8]) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in key { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    value = hash ^ (hash >> 31)
  }

  static func < (left: KeyHash, right: KeyHash) -> Bool { left.value < right.value }
}

/// Remembers which keys a scan gave already, in at most 8 MiB.
///
/// A scan may give a key more than once while a hash table grows or shrinks, usually soon after the first time. Up to
/// half a million keys are remembered for certain; beyond that a key may be forgotten, and would count twice.
struct SeenKeys: Sendable {
  private static let maximumSlots = 1 << 20
  private var slots = [UInt64](repeating: 0, count: 1 << 12)
  private var count = 0

  /// Whether a key was not seen before.
  mutating func insert(_ hash: KeyHash) -> Bool {
    let value = hash.value == 0 ? 1 : hash.value
    if count * 2 >= slots.count, slots.count < Self.maximumSlots { grow() }
    return put(value)
  }

  private mutating func put(_ value: UInt64) -> Bool {
    var slot = Int(truncatingIfNeeded: value) & (slots.count - 1)
    // When the table is full, the last slot that was looked at gives way.
    for step in 0..<32 {
      if slots[slot] == value { return false }
      if slots[slot] == 0 || step == 31 { break }
      slot = (slot + 1) & (slots.count - 1)
    }
    if slots[slot] == 0 { count += 1 }
    slots[slot] = value
    return true
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt64](repeating: 0, count: old.count * 4)
    count = 0
    for value in old where value != 0 { _ = put(value) }
  }
}

/// A sample of some keys: those with the smallest hashes, so that it is the same in whatever order they come, and that
/// the sample of two sets is the sample of both samples.
struct KeySample: Sendable {
  struct Key: Sendable {
    let name: [UInt8]
    let hash: KeyHash
    /// Which of the nodes has it.
    let node: Int
    /// What `HLEN` and the like said.
    let elements: Int64?
    let bytes: Int64?
  }

  /// The smallest hash first.
  private(set) var keys: [Key] = []
  private let capacity: Int
  /// A key that is longer is not kept.
  private static let maximumLength = 1_024

  init(capacity: Int) { self.capacity = capacity }

  mutating func add(_ key: Key) {
    if key.name.count > Self.maximumLength || capacity == 0 { return }
    if keys.count == capacity, let last = keys.last, last.hash <= key.hash { return }
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle].hash < key.hash { low = middle + 1 } else { high = middle }
    }
    keys.insert(key, at: low)
    if keys.count > capacity { keys.removeLast() }
  }

  mutating func merge(_ other: KeySample) { for key in other.keys { add(key) } }
}
