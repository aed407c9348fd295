import DBAdapterCore
import Foundation
import Testing

@testable import RedisAdapter

@Suite struct RedisConnectionTests {
  private let endpoint = Endpoint(host: "n", port: 1)

  /// What an encrypted stream has made a record of goes out, and must not be taken back from under it.
  @Test(.timeLimit(.minutes(1))) func whatAnEncryptedStreamHoldsIsNotTakenBack() async throws {
    let stream = try HoldingStream()
    let connection = RedisConnection(stream, endpoint: endpoint, replyLimit: 1 << 20)
    defer { connection.close() }
    let first = Task { await Self.send(RedisCommand("INCR", "a"), connection) }
    try await Self.until { stream.holdsOutput }
    let second = Task { await Self.send(RedisCommand("ECHO", "b"), connection) }
    try await Self.until { connection.pendingCount == 2 }
    first.cancel()
    let error = try #require(await first.value.failure)
    #expect(error.code == .cancelled && error.retry == .ifIdempotent, "\(error.debugDescription)")
    stream.letGo()
    let expected = "*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*2\r\n$4\r\nECHO\r\n$1\r\nb\r\n"
    try await Self.until { stream.written.count >= expected.utf8.count }
    #expect(String(decoding: stream.written, as: UTF8.self) == expected)
    stream.answer(":1\r\n$1\r\nb\r\n")
    #expect(try await second.value.get().text == "b")
  }

  private static func send(_ command: RedisCommand, _ connection: RedisConnection) async -> Result<RedisReply, DBError>
  {
    do throws(DBError) { return .success(try await connection.send(command, until: .never)) } catch {
      return .failure(error)
    }
  }

  private static func until(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(1)) }
  }
}

extension Result {
  fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}

/// A stream as OpenSSL makes one: what it was given and could not write it keeps, and writes first, whatever it is given later.
private final class HoldingStream: ByteStream {
  private struct State {
    var held: [UInt8]?
    var isStuck = true
    var written: [UInt8] = []
  }

  let descriptor: Int32
  private let peer: Int32
  private let state = Locked(State())

  init() throws {
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { throw CocoaError(.fileReadUnknown) }
    (descriptor, peer) = (ends[0], ends[1])
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  deinit {
    _ = close(descriptor)
    _ = close(peer)
  }

  var isEncrypted: Bool { true }
  var heldAtMost: Int { 16_384 }
  var holdsInput: Bool { false }
  var encryption: String? { nil }
  var holdsOutput: Bool { state.withLock { $0.held != nil } }
  var written: [UInt8] { state.withLock { $0.written } }
  func letGo() { state.withLock { $0.isStuck = false } }

  func answer(_ text: String) { _ = text.withCString { Glibc.write(peer, $0, strlen($0)) } }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamProgress {
    let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
    return count > 0 ? .moved(count) : count == 0 ? .ended : .mustWait(.read)
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> StreamProgress {
    state.withLock { state in
      let held = state.held ?? Array(bytes)
      state.held = held
      if state.isStuck { return .mustWait(.write) }
      guard bytes.count >= held.count else { return .failed("bad write retry") }
      state.written += held
      state.held = nil
      return .moved(held.count)
    }
  }

  func shutDown() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
}
