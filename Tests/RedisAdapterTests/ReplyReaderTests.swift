import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite("Reply reader")
struct ReplyReaderTests {
  private func read(_ text: String, limit: Int = 1 << 20, chunk: Int = .max) throws -> [DBValue?] {
    let reader = ReplyReader(limit: limit)
    var values: [DBValue?] = []
    let bytes = Array(text.utf8)
    var position = 0
    while position < bytes.count {
      let end = min(bytes.count, position + min(chunk, bytes.count))
      try bytes[position..<end].withUnsafeBytes { part in
        try reader.read(part) { item in
          switch item {
          case .reply(let reply): values.append(reply.value)
          case .tooLarge: values.append(nil)
          }
        }
      }
      position = end
    }
    return values
  }

  @Test("reads every kind of reply, however the bytes are cut", arguments: [1, 2, 3, 7, 1_000])
  func kinds(chunk: Int) throws {
    let text =
      "+OK\r\n-WRONGTYPE no\r\n:42\r\n$5\r\nhello\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n$1\r\na\r\n*0\r\n$0\r\n\r\n+END\r\n"
    let expected: [DBValue] = [
      "OK", .native(DBNative(typeName: "error", text: "WRONGTYPE no")), 42, "hello", .null, .null, .array(DBArray([])),
      .array(DBArray([1, .array(DBArray(["a", .array(DBArray([]))])), ""])), "END",
    ]
    #expect(try read(text, chunk: chunk) == expected)
  }

  @Test("a string over the limit is read past, and what follows is not lost", arguments: [1, 2, 5, 64, 1_000, 100_000])
  func largeString(chunk: Int) throws {
    let text = "+A\r\n$50000\r\n" + String(repeating: "x", count: 50_000) + "\r\n:7\r\n"
    #expect(try read(text, limit: 1_000, chunk: chunk) == ["A", nil, 7])
  }

  @Test("an array over the limit is read past, large strings in it included", arguments: [1, 3, 64, 1_000])
  func largeArray(chunk: Int) throws {
    let element = "$3000\r\n" + String(repeating: "y", count: 3_000) + "\r\n"
    let text = "*40\r\n" + String(repeating: element, count: 40) + "*2\r\n:1\r\n:2\r\n"
    #expect(try read(text, limit: 2_000, chunk: chunk) == [nil, .array(DBArray([1, 2]))])
  }

  @Test("a large string keeps no more than the limit in memory")
  func memory() throws {
    let reader = ReplyReader(limit: 1_000)
    var results = 0
    func feed(_ text: String) throws {
      var text = text
      try text.withUTF8 { bytes in try reader.read(UnsafeRawBufferPointer(bytes)) { _ in results += 1 } }
    }
    try feed("$1000000\r\nxx")
    for _ in 0..<999 { try feed(String(repeating: "x", count: 1_000)) }
    #expect(reader.pendingBytes < 2_000)
    try feed(String(repeating: "x", count: 998) + "\r\n+OK\r\n")
    #expect(results == 2)
  }

  @Test("bytes that are no reply are a protocol violation")
  func violation() {
    #expect { try read("hello\r\n") } throws: { ($0 as? DBError)?.code == .protocolViolation }
  }
}
