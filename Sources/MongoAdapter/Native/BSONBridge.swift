internal import CLibMongoC

/// Documents on their way to libmongoc and back. Nothing is copied on the way there; what comes back is copied once, because it is libmongoc's.
extension BSONDocument {
  /// Lends the document's bytes for the time of a call.
  func lend<R>(_ body: (bosdb_bson) throws -> R) rethrows -> R {
    try withUnsafeBytes { bytes in
      try body(bosdb_bson(data: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), length: bytes.count))
    }
  }

  /// A copy of bytes that are libmongoc's; an empty document where there are none.
  init(copying bytes: bosdb_bson) {
    let bytes = UnsafeRawBufferPointer(start: bytes.data, count: bytes.length)
    self = bytes.isEmpty ? BSONDocument() : BSONDocument(unchecked: ArraySlice([UInt8](bytes)))
  }

  /// Takes over a reply: it is copied and destroyed.
  init(consuming reply: OpaquePointer?) {
    self.init(copying: bosdb_bson_bytes(reply))
    bson_destroy(reply)
  }
}
