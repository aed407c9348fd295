import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A password that must be found nowhere.
@Suite struct SecretLeakTests {
  private static let marker = "hunter2-marker"
  private let shop: CLIWorkspace

  init() throws {
    shop = try CLIWorkspace(nil)
    let made = try shop.run("secrets", "init", "-q")
    try #require(made.status == 0, "\(made.errors)")
  }

  private func expectClean(_ run: CLIProcess.Outcome, at location: SourceLocation = #_sourceLocation) {
    #expect(!run.text.contains(Self.marker), sourceLocation: location)
    #expect(!run.errors.contains(Self.marker), sourceLocation: location)
  }

  private func expectNoFileHoldsIt(_ allowed: Set<String> = [], at location: SourceLocation = #_sourceLocation) throws {
    for name in try FileManager.default.subpathsOfDirectory(atPath: shop.directory.path) where !allowed.contains(name) {
      guard !name.hasSuffix(".in") else { continue }
      let contents = FileManager.default.contents(atPath: shop.directory.appendingPathComponent(name).path) ?? Data()
      #expect(contents.range(of: Data(Self.marker.utf8)) == nil, "\(name)", sourceLocation: location)
    }
  }

  @Test func everyCommandKeepsItToItself() throws {
    let url = "postgres://app:\(Self.marker)@127.0.0.1:1/db"
    for arguments in [
      ["conn", "add", "shop", url], ["conn", "add", "shop", url, "-v", "--error-format", "json"],
      ["conn", "add", "shop", url, "--force", "-v"], ["conn", "add", "shop", url, "--no-test"],
      ["conn", "add", "shop", url, "--password-ref", "env:X"], ["conn", "add", url, "shop"], ["conn", "add", url],
      ["conn", "show", "shop"], ["conn", "show", "shop", "-F", "text"], ["conn", "list", "--json"],
      ["conn", "list", "-F", "table"], ["conn", "test", "shop", "-v"], ["conn", "test", "shop", "--json"],
      ["conn", "test", url, "-F", "text"], ["conn", "explain", "shop"], ["conn", "explain", url, "-F", "text"],
      ["conn", "export"], ["query", "shop", "SELECT 1", "-v"], ["ping", "shop", "--json"],
      ["conn", "edit", "shop", "--url", url, "--no-test"], ["conn", "edit", "shop", "--access", "x" + url],
      ["conn", "edit", "shop", "--password-ref", Self.marker], ["secrets", "rotate", "-v"], ["secrets", "status"],
      ["conn", "remove", url, "-y"], ["ping", "-c", url], ["conn", "remove", "shop", "-y"],
    ] {
      expectClean(try CLIProcess(arguments, in: shop.directory).finish())
    }
    try expectNoFileHoldsIt()
  }

  @Test func whereverThePasswordComesFrom() throws {
    let url = "postgres://app@127.0.0.1:1/db"
    try shop.write("password", (Self.marker + "\n").utf8)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: shop.directory.appendingPathComponent("password").path)
    let path = shop.directory.appendingPathComponent("password").path
    expectClean(
      try shop.run("conn", "add", "a", url, "--password-stdin", "--force", "-v", input: Self.marker + "\n"))
    for (name, reference) in [("b", "env:MARKER"), ("c", "file:" + path), ("d", "cmd:cat password")] {
      let variables = ["MARKER": Self.marker]
      let run = try shop.run(
        "conn", "add", name, url, "--password-ref", reference, "--force", "-v", environment: variables)
      #expect(run.status == 0, "\(run.errors)")
      expectClean(run)
      expectClean(try shop.run("conn", "explain", name, environment: variables))
      expectClean(try shop.run("conn", "test", name, "-v", environment: variables))
    }
    let explained = try shop.run("conn", "explain", "b", "-F", "text", environment: ["MARKER": Self.marker]).text
    #expect(explained.contains("password reference"))
    try expectNoFileHoldsIt(["password"])
  }

  @Test func keysAreNowhere() throws {
    let key = "hunter2-marker-hunter2-marker-hunter2-mar12"
    for name in ["BOSDB_MASTER_KEY", "BOSDB_NEW_MASTER_KEY"] {
      for arguments in [
        ["secrets", "status", "-v"], ["secrets", "rotate", "-v"], ["conn", "add", "x", "sqlite::memory:"],
      ] {
        expectClean(try CLIProcess(arguments, environment: [name: key], in: shop.directory).finish())
      }
    }
    expectClean(
      try shop.run("secrets", "status", environment: ["BOSDB_MASTER_KEY_COMMAND": "echo \(Self.marker); exit 1"]))
    try expectNoFileHoldsIt()
  }

  /// A server that takes connections and never answers, so that the process stays to be looked at.
  @Test func isInNobodysProcessList() throws {
    let listener = try SilentListener()
    let url = "postgres://app:\(Self.marker)@127.0.0.1:\(listener.port)/db?sslmode=require"
    let bare = "postgres://app@127.0.0.1:\(listener.port)/db?sslmode=require"
    try shop.write("wait.sh", "sleep 0.3; echo \(Self.marker)\n".utf8)
    for (arguments, input) in [
      (["conn", "add", "a", url, "--connect-timeout", "1s"], nil),
      (["conn", "add", "a", bare, "--password-stdin", "--connect-timeout", "1s"], Self.marker + "\n"),
      (["conn", "add", "a", bare, "--password-ref", "cmd:sh wait.sh", "--connect-timeout", "1s"], nil),
    ] {
      let running = try CLIProcess(arguments, input: input.map { Array($0.utf8) }, in: shop.directory)
      let process = running.process.processIdentifier
      usleep(200_000)
      var looks = 0
      while running.process.isRunning {
        for line in try Self.commandLines(startingFrom: process) {
          looks += 1
          #expect(!line.contains(Self.marker), "\(arguments)")
        }
        usleep(20_000)
      }
      #expect(looks > 3)
      expectClean(try running.finish())
    }
  }

  /// What a process and its descendants show of their arguments.
  private static func commandLines(startingFrom process: Int32) throws -> [String] {
    func text(_ path: String) -> String? {
      FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
    guard let line = text("/proc/\(process)/cmdline") else { return [] }
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
    let children = tasks.flatMap { task in
      (text("/proc/\(process)/task/\(task)/children") ?? "").split(separator: " ").compactMap { Int32($0) }
    }
    return [line] + (try children.flatMap { try commandLines(startingFrom: $0) })
  }
}

/// A port that takes connections into its queue and leaves them there.
private final class SilentListener {
  let port: UInt16
  private let descriptor: Int32

  struct Failure: Error {}

  init() throws {
    #if canImport(Glibc)
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
    descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    guard isListening else { throw Failure() }
  }

  deinit { close(descriptor) }
}
