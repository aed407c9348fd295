import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// `kill -9` at any moment loses no record and leaves no plaintext.
@Suite struct CrashTests {
  private static let marker = "hunter2-marker"
  private static let count = 300
  private let shop: CLIWorkspace

  init() throws {
    shop = try CLIWorkspace(nil)
    try #require(try shop.run("secrets", "init", "-q").status == 0)
  }

  private func url(_ index: Int) -> String { "postgres://app:\(Self.marker)@127.0.0.1:1/db\(index)" }

  private func fill() throws {
    let entries = (0..<Self.count).map { "{\"name\":\"c\($0)\",\"url\":\"\(url($0))\"}" }.joined(separator: ",")
    let bundle = "{\"schemaVersion\":1,\"kind\":\"connectionExport\",\"connections\":[\(entries)]}"
    let run = try shop.run("conn", "import", "-", "--json", input: bundle)
    try #require(run.status == 0, "\(run.errors)")
  }

  /// Opens every record there is, with the keys at hand.
  private func readable() throws -> Int {
    let run = try shop.run("conn", "export", "-q")
    #expect(run.status == 0, "\(run.errors)")
    return run.text.ranges(of: "\"hasPassword\": true").count
  }

  private func expectNoPlaintext() throws {
    let data = shop.directory.appendingPathComponent("data").path
    for name in try FileManager.default.subpathsOfDirectory(atPath: data) {
      let contents = FileManager.default.contents(atPath: data + "/" + name) ?? Data()
      #expect(contents.range(of: Data(Self.marker.utf8)) == nil, "\(name)")
    }
  }

  /// Runs a command and kills it somewhere between its start and its usual end.
  private func isKilled(_ arguments: [String], within duration: Duration) throws -> Bool {
    let running = try CLIProcess(arguments, in: shop.directory)
    let microseconds = duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
    usleep(UInt32.random(in: 0...UInt32(clamping: microseconds)))
    kill(running.process.processIdentifier, SIGKILL)
    return try running.finish().status == 128 + SIGKILL
  }

  @Test func rotationsThatAreKilledLoseNothing() throws {
    try fill()
    let start = ContinuousClock.now
    try #require(try shop.run("secrets", "rotate").status == 0)
    let usual = start.duration(to: .now)
    var killed = 0
    for _ in 0..<15 {
      if try isKilled(["secrets", "rotate"], within: usual) { killed += 1 }
      try expectNoPlaintext()
      #expect(try readable() == Self.count)
    }
    #expect(killed >= 3)
    #expect(try shop.run("secrets", "rotate").status == 0)
    #expect(try readable() == Self.count)
    let keys = try shop.read("data/bosdb/bosdb.key").split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(keys.count == 1)
  }

  @Test func additionsThatAreKilledAreCompleteOrAbsent() throws {
    let start = ContinuousClock.now
    try #require(try shop.run("conn", "add", "first", url(0), "--no-test", "-q").status == 0)
    let usual = start.duration(to: .now)
    var killed = 0
    for index in 0..<15 {
      if try isKilled(["conn", "add", "c\(index)", url(index), "--no-test", "-q"], within: usual) { killed += 1 }
      try expectNoPlaintext()
      let listed = try shop.run("conn", "list", "--csv").text.split(separator: "\n").count - 1
      #expect(try readable() == listed)
    }
    #expect(killed >= 3)
  }
}
