/// Parameter values as libpq takes them: pointer, length and format each, over one buffer.
struct PGParameters: Sendable {
  private var bytes: [UInt8] = []
  /// Offset and length; a negative length is a null.
  private var slices: [(offset: Int, length: Int32)] = []
  private var formats: [Int32] = []

  var count: Int { slices.count }

  mutating func appendNull() {
    slices.append((0, -1))
    formats.append(1)
  }

  /// Text format needs a NUL behind the text; libpq reads it as a C string.
  mutating func append(text: String) {
    var text = text
    let start = bytes.count
    text.withUTF8 { bytes.append(contentsOf: $0) }
    slices.append((start, Int32(bytes.count - start)))
    bytes.append(0)
    formats.append(0)
  }

  mutating func append(binary write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    write(&bytes)
    slices.append((start, Int32(bytes.count - start)))
    formats.append(1)
  }

  /// Lends the arrays for the time of one call.
  func withPointers<R>(
    _ body: (
      UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?, Int32
    ) -> R
  ) -> R {
    if slices.isEmpty { return body(nil, nil, nil, 0) }
    // An empty value is not a null: it needs an address of its own.
    let backing = bytes.isEmpty ? [0] : bytes
    return backing.withUnsafeBytes { buffer in
      let values = slices.map { slice -> UnsafePointer<CChar>? in
        slice.length < 0 ? nil : (buffer.baseAddress! + slice.offset).assumingMemoryBound(to: CChar.self)
      }
      let lengths = slices.map { max(0, $0.length) }
      return values.withUnsafeBufferPointer { values in
        lengths.withUnsafeBufferPointer { lengths in
          formats.withUnsafeBufferPointer { formats in
            body(values.baseAddress, lengths.baseAddress, formats.baseAddress, Int32(slices.count))
          }
        }
      }
    }
  }
}
