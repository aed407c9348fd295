import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite struct RedisGreetingTests {
  @Test func whatDoesNotSpeakTheProtocolIsNoServer() {
    let error = DBError(.protocolViolation, "the server's reply could not be read: H", retry: .ifIdempotent)
      .whileGreeting(Endpoint(host: "web.example", port: 80), limit: .seconds(1))
    #expect(error.code == .connectionFailed)
    #expect(error.stage == .startup)
    #expect(error.retry == .safe)
    #expect(
      error.message.hasPrefix("no connection to web.example:80: what answers there is no Redis"))
  }
}
