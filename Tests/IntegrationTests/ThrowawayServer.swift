import DBAdapterCore
import DBAdapterTesting
import Foundation
import Testing

/// A server of a test's own, which it may kill.
protocol ThrowawayServer: Sendable {
  /// Stops the server and removes its files.
  func remove() async throws
}

/// Removes a server when a closure has ended.
func withThrowaway<Server: ThrowawayServer>(
  _ server: Server, _ body: (Server) async throws -> Void
) async throws {
  do {
    try await body(server)
  } catch {
    try await server.remove()
    throw error
  }
  try await server.remove()
}

/// `Scripts/servers`, which starts and stops such servers.
enum ServersScript {
  /// What a run printed: a line `name=value` for each value.
  struct Output {
    let text: String

    func values(_ name: String) -> [String] {
      text.split(separator: "\n").filter { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    func value(_ name: String) throws -> String { try #require(values(name).first, "no \(name) in: \(text)") }
  }

  /// Runs the script to its end.
  ///
  /// Not with `Foundation.Process`: it waits for the end of a descriptor that the started server inherits.
  static func run(_ arguments: [String]) async throws -> Output {
    let path = try TestServers.require(.script)
    let (status, output) = await BlockingThreads.shared.run { () -> (Int32, String) in
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else { return (errno, "") }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      defer { close(ends[0]) }
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
      let words = ([path] + arguments).map { strdup($0) } + [nil]
      defer { words.forEach { free($0) } }
      var child: pid_t = 0
      let spawned = posix_spawn(&child, path, &actions, nil, words, environ)
      close(ends[1])
      guard spawned == 0 else { return (spawned, "") }
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4_096)
      while case let count = read(ends[0], &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
      var status: Int32 = 0
      waitpid(child, &status, 0)
      return (status, String(decoding: bytes, as: UTF8.self))
    }
    try #require(status == 0, "\(arguments) failed with \(status): \(output)")
    return Output(text: output)
  }
}
