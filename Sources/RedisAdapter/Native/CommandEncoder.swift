internal import CHiredis

extension RedisCommand {
  /// Appends the command as the wire has it (RESP2: an array of strings), formatted by hiredis.
  /// - Returns: `false` when it is larger than hiredis can count, or there is no memory for it.
  func encode(into buffer: inout [UInt8]) -> Bool {
    // hiredis adds up the length in an int. An argument has at most 15 bytes around it.
    guard bytes.count < Int(Int32.max) - 16 * (count + 1) else { return false }
    return withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { arguments in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { lengths in
        bytes.withUnsafeBytes { bytes in
          // An empty argument has a place as well: hiredis measures those without one.
          let base = bytes.bindMemory(to: CChar.self).baseAddress
          var start = 0
          for index in 0..<count {
            arguments.initializeElement(at: index, to: base.map { $0 + start } ?? Self.nothing)
            lengths.initializeElement(at: index, to: ends[index] - start)
            start = ends[index]
          }
          var text: UnsafeMutablePointer<CChar>?
          let length = Int(
            redisFormatCommandArgv(&text, Int32(count), arguments.baseAddress, lengths.baseAddress))
          guard length >= 0, let text else { return false }
          buffer.append(contentsOf: UnsafeRawBufferPointer(start: text, count: length))
          bosdb_hiredis_free_command(text)
          return true
        }
      }
    }
  }

  // One byte that is never read nor written.
  nonisolated(unsafe) private static let nothing: UnsafePointer<CChar> = {
    let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    byte.initialize(to: 0)
    return UnsafePointer(byte)
  }()
}
