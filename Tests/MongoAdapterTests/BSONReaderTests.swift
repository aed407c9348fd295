import Testing

@testable import MongoAdapter

@Suite struct BSONReaderTests {
  @Test func elementsAreFoundInOrder() {
    // {"a": 1, "b": "x"}
    let bytes: [UInt8] = [
      0x15, 0, 0, 0, 0x10, 0x61, 0, 1, 0, 0, 0, 0x02, 0x62, 0, 2, 0, 0, 0, 0x78, 0, 0,
    ]
    bytes.withUnsafeBytes { document in
      var reader = BSONReader(document)
      let first = reader.next()
      #expect(first?.kind == .int32 && first?.name.elementsEqual([0x61]) == true)
      #expect(reader.next()?.value.elementsEqual([2, 0, 0, 0, 0x78, 0]) == true)
      #expect(reader.next() == nil && !reader.isMalformed)
    }
    for length in bytes.indices {
      bytes.prefix(length).withUnsafeBytes { document in
        var reader = BSONReader(document)
        while reader.next() != nil {}
        #expect(reader.isMalformed)
      }
    }
  }
}
