import DBAdapterCore
import DBAdapterTesting
import Testing
import Glibc
@testable import RedisAdapter

@Suite struct Scratch {
  @Test(arguments: ["BOSDB_TEST_REDIS_URL","BOSDB_TEST_REDIS_TLS_URL","BOSDB_TEST_REDIS_SOCKET_URL","BOSDB_TEST_REDIS_LIMITED_URL"])
  func go(_ server: String) async throws {
    let string = try ConnectionString(String(cString: getenv(server)))
    let dialer = try RedisDialer(RedisOptions(ConnectionConfiguration(string)))
    let (connection, greeting) = try await dialer.open(dialer.options.endpoints[0], limit: .seconds(5))
    print(greeting.version as Any, connection.encryption as Any, greeting.clientID as Any)
    let start = Deadline.now()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<64 {
        group.addTask {
          for i in 0..<500 {
            let reply = try await connection.send([RedisCommand("GET", "app:\(task)-\(i)")], until: Deadline(after: .seconds(5)))
            #expect(reply[0].isNull)
          }
        }
      }
      try await group.waitForAll()
    }
    print("32000 gets", start.elapsed())
    connection.close()
  }
}
