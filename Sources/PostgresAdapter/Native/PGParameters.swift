/// Parameter values as libpq takes them: pointer, length and format each, over one buffer.
struct PGParameters: Sendable {
  private var bytes: [UInt8] = []
  /// Where each value starts; -1 for a null.
  private var offsets: [Int] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []

  /// Whether every value is of a length libpq can be told; the server takes no more than 1 GiB in all.
  private(set) var isWithinLimits = true

  var count: Int { offsets.count }

  mutating func appendNull() { append(offset: -1, length: 0, format: 1) }

  /// Text format needs a NUL behind the text; libpq reads it as a C string.
  mutating func append(text: String) {
    var text = text
    let start = bytes.count
    text.withUTF8 { bytes.append(contentsOf: $0) }
    append(offset: start, length: bytes.count - start, format: 0)
    bytes.append(0)
  }

  mutating func append(binary write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    write(&bytes)
    append(offset: start, length: bytes.count - start, format: 1)
  }

  private mutating func append(offset: Int, length: Int, format: Int32) {
    offsets.append(offset)
    if length > Int(Int32.max) { isWithinLimits = false }
    lengths.append(Int32(clamping: length))
    formats.append(format)
  }

  /// Lends the arrays for the time of one call.
  func withPointers<R>(
    _ body: (
      UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?, Int32
    ) -> R
  ) -> R {
    if offsets.isEmpty { return body(nil, nil, nil, 0) }
    // An empty value is not a null: it needs an address of its own.
    let backing = bytes.isEmpty ? [0] : bytes
    return withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: offsets.count) { values in
      backing.withUnsafeBytes { buffer in
        for (index, offset) in offsets.enumerated() {
          values.initializeElement(
            at: index,
            to: offset < 0 ? nil : (buffer.baseAddress! + offset).assumingMemoryBound(to: CChar.self))
        }
        return lengths.withUnsafeBufferPointer { lengths in
          formats.withUnsafeBufferPointer { formats in
            body(UnsafePointer(values.baseAddress), lengths.baseAddress, formats.baseAddress, Int32(offsets.count))
          }
        }
      }
    }
  }
}
