import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Expected output kept in `Golden/`. `BOSDB_UPDATE_GOLDEN=1` writes what came out instead of comparing.
func expectGolden(_ text: String, _ name: String, at location: Testing.SourceLocation = #_sourceLocation) {
  let path = #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Golden/" + name
  if getenv("BOSDB_UPDATE_GOLDEN") != nil {
    guard let file = fopen(path, "w") else {
      Issue.record("cannot write \(path)", sourceLocation: location)
      return
    }
    fputs(text, file)
    fclose(file)
    return
  }
  guard let file = fopen(path, "r") else {
    Issue.record("there is no \(path)", sourceLocation: location)
    return
  }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
  #expect(text == String(decoding: bytes, as: UTF8.self), sourceLocation: location)
}
