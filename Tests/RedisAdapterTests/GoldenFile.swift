import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Expected output kept in `Golden/`. `BOSDB_UPDATE_GOLDEN=1` writes what came out instead of comparing.
func expectGolden(_ text: String, _ name: String, at location: Testing.SourceLocation = #_sourceLocation) {
  if getenv("BOSDB_UPDATE_GOLDEN") != nil {
    guard let file = fopen(goldenPath(name), "w") else {
      Issue.record("cannot write \(name)", sourceLocation: location)
      return
    }
    fputs(text, file)
    fclose(file)
    return
  }
  #expect(text == readGolden(name, at: location), sourceLocation: location)
}

/// A file of `Golden/`.
func readGolden(_ name: String, at location: Testing.SourceLocation = #_sourceLocation) -> String {
  guard let file = fopen(goldenPath(name), "r") else {
    Issue.record("there is no \(name)", sourceLocation: location)
    return ""
  }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
  return String(decoding: bytes, as: UTF8.self)
}

private func goldenPath(_ name: String) -> String {
  #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Golden/" + name
}
