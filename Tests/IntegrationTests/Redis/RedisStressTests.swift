import DBAdapterCore
import DBAdapterTesting
import Foundation
import RedisAdapter
import Testing

/// Everything at once on few connections: cancelled and late callers, connections that are cut and killed, a pool that is evicted and shut down.
/// `BOSDB_STRESS_SECONDS=60` makes it last.
@Suite(.serialized, .requires(.redis), .requires(.redisTLS))
struct RedisStressTests {
  private static let seconds =
    ProcessInfo.processInfo.environment["BOSDB_STRESS_SECONDS"].flatMap { Double($0) } ?? 3

  private final class Counts: Sendable {
    let wrong = Locked<[String]>([])
    let done = Locked([String: Int]())
    let isOver = Locked(false)
    func note(_ what: String) { done.withLock { $0[what, default: 0] += 1 } }
  }

  @Test(arguments: RedisTransport.allCases)
  func nothingIsLostMixedUpOrLeft(_ transport: RedisTransport) async throws {
    let fixture = try RedisFaultFixture(transport.server, connectTimeout: .seconds(2))
    let (ledger, counts) = (WriteLedger(), Counts())
    let key = fixture.clientName + ":writes"
    // What the process makes once and keeps is there already.
    try await fixture.session { _ = try await $0.execute("PING") }
    try await Task.sleep(for: .milliseconds(1))
    let descriptors = ProcessTable.descriptors
    let workers = (0..<32).map { worker in
      Task { await work(worker, fixture, key, ledger, counts) }
    }
    let chaos = Task { await disturb(fixture, counts) }
    try await Task.sleep(for: .seconds(Self.seconds))
    fixture.proxy.fault = .none
    // In the middle of everything.
    await fixture.manager.shutdown(grace: .zero)
    counts.isOver.withLock { $0 = true }
    await chaos.value
    let left = Locked(workers.count)
    for worker in workers {
      Task {
        await worker.value
        left.withLock { $0 -= 1 }
      }
    }
    try await eventually("callers wait for ever", within: .seconds(20)) { left.withLock { $0 } == 0 }
    #expect(counts.wrong.withLock { $0 } == [])
    // What was sent last may still be carried out.
    try await fixture.expectNothingLeft("a stress")
    ledger.check(try await fixture.look("LRANGE \(key) 0 -1").rows.map { $0[0].description })
    _ = try await fixture.look("UNLINK \(key)")
    try await eventually("descriptors are left") { ProcessTable.descriptors <= descriptors + 2 }
    print(
      "redis stress over \(transport): \(ledger.acknowledged) writes acknowledged, \(ledger.unknown) unknown,",
      "\(ledger.refused) refused; \(counts.done.withLock { $0 })")
  }

  private func work(
    _ worker: Int, _ fixture: RedisFaultFixture, _ key: String, _ ledger: WriteLedger, _ counts: Counts
  ) async {
    var step = 0
    while !counts.isOver.withLock({ $0 }) {
      step += 1
      let name = "\(worker)-\(step)"
      let task = Task { await act(name, fixture, key, ledger, counts) }
      if Int.random(in: 0..<4) == 0 {
        try? await Task.sleep(for: .microseconds(Int.random(in: 0..<5_000)))
        task.cancel()
      }
      await task.value
    }
  }

  private func act(
    _ name: String, _ fixture: RedisFaultFixture, _ key: String, _ ledger: WriteLedger, _ counts: Counts
  ) async {
    let kind = Int.random(in: 0..<16)
    let limit = Duration.microseconds(Int.random(in: 200..<200_000))
    do {
      try await fixture.session("&timeout=1s", exclusively: kind == 0) { session in
        switch kind {
        case 0...5:
          await ledger.write(name) {
            _ = try await session.execute(QueryRequest("RPUSH \(key) \(name)").timeout(limit))
          }
        case 6:
          await ledger.write(name) {
            let results = try await session.atomically(["ECHO \(name)", "RPUSH \(key) \(name)"])
            for result in results { _ = try result.get() }
          }
        case 7, 8:
          // Large enough for the socket to be full, with others behind it.
          let text = name + String(repeating: "x", count: Int.random(in: 0..<400_000))
          let value = try await session.execute(QueryRequest("ECHO \(text)").timeout(limit)).rows[0][0]
          if value != .text(text) { counts.wrong.withLock { $0.append("ECHO \(name)") } }
        case 9:
          let requests = (0..<20).map { QueryRequest("ECHO \("\(name)-\($0)")") }
          for (index, result) in try await session.pipeline(requests).enumerated() {
            let value = try result.get().rows[0][0]
            if value != .text("\(name)-\(index)") { counts.wrong.withLock { $0.append("pipeline \(name)") } }
          }
        case 10: _ = try await session.execute(QueryRequest("BLPOP \(key + ":none") 0").timeout(limit))
        case 11:
          try await session.withRows("SCAN 0 COUNT 10") { rows in
            var count = 0
            for try await _ in rows {
              count += 1
              if count == 30 { break }
            }
          }
        case 12:
          let channel = "\(key):\(name)"
          try await session.withMessages(of: [.channel(channel)]) { messages in
            for index in 0..<3 { _ = try await session.execute("PUBLISH \(channel) \("\(index)")") }
            var index = 0
            for try await message in messages {
              if message.payload != .text("\(index)") { counts.wrong.withLock { $0.append("message \(name)") } }
              index += 1
              if index == 3 { break }
            }
          }
        default:
          let value = try await session.execute(QueryRequest("ECHO \(name)").timeout(limit)).rows[0][0]
          if value != .text(name) { counts.wrong.withLock { $0.append("ECHO \(name)") } }
        }
      }
      counts.note("succeeded")
    } catch let error as DBError {
      counts.note(error.code.rawValue)
      if ["protocolViolation", "internalInconsistency"].contains(error.code.rawValue) {
        counts.wrong.withLock { $0.append("\(name): \(error)") }
      }
    } catch {
      counts.note("\(type(of: error))")
    }
  }

  private func disturb(_ fixture: RedisFaultFixture, _ counts: Counts) async {
    while !counts.isOver.withLock({ $0 }) {
      try? await Task.sleep(for: .milliseconds(Int.random(in: 20..<250)))
      let proxy = fixture.proxy
      switch Int.random(in: 0..<9) {
      case 0: proxy.cutAll(.reset)
      case 1: proxy.cutAll(.close)
      case 2: proxy.fault = .cut(.fromServer, after: Int.random(in: 0..<5_000), .reset)
      case 3: proxy.fault = .cut(.fromClient, after: Int.random(in: 0..<50_000), .close)
      case 4: proxy.fault = .stall(.fromClient, after: Int.random(in: 0..<20_000))
      case 5: proxy.fault = .delay(.milliseconds(2))
      case 6:
        for client in (try? await fixture.clients()) ?? [] where Bool.random() {
          _ = try? await fixture.look("CLIENT KILL ID \(client.id.description)")
        }
      case 7: if let target = try? ConnectionString(fixture.url("&timeout=1s")) { try? fixture.manager.evict(target) }
      default: proxy.fault = .blackHole
      }
      try? await Task.sleep(for: .milliseconds(Int.random(in: 1..<60)))
      proxy.fault = .none
    }
  }
}
