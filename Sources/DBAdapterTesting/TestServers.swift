internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A server that tests need, by the environment variable that says where it is. `Scripts/servers up` starts all of them.
public enum TestServer: String, Sendable, CaseIterable {
  case postgres = "BOSDB_TEST_POSTGRES_URL"
  /// The same server with `sslmode=verify-full`.
  case postgresTLS = "BOSDB_TEST_POSTGRES_TLS_URL"
  /// The same server with a client certificate instead of a password.
  case postgresCertificate = "BOSDB_TEST_POSTGRES_CERT_URL"
  /// The same server through its unix socket.
  case postgresSocket = "BOSDB_TEST_POSTGRES_SOCKET_URL"
  /// The same server as a user who is no superuser.
  case postgresPlainUser = "BOSDB_TEST_POSTGRES_PLAIN_URL"
  /// A hot standby of the same server.
  case postgresStandby = "BOSDB_TEST_POSTGRES_STANDBY_URL"
  /// PgBouncer in transaction mode in front of the same server.
  case pgBouncer = "BOSDB_TEST_PGBOUNCER_URL"
  case redis = "BOSDB_TEST_REDIS_URL"
  /// The same server through its unix socket.
  case redisSocket = "BOSDB_TEST_REDIS_SOCKET_URL"
  /// A Redis that speaks TLS alone, as a user who may do everything. Its default user is off.
  case redisTLS = "BOSDB_TEST_REDIS_TLS_URL"
  /// The same with a client certificate, which the server checks but does not ask for.
  case redisCertificate = "BOSDB_TEST_REDIS_TLS_CERT_URL"
  /// The same as a user who may read every key, and may not run `COMMAND` or anything dangerous.
  case redisReader = "BOSDB_TEST_REDIS_READER_URL"
  /// The same as a user who may run `GET`, `SET` and `PING`, on keys that begin with `app:`, and nothing else.
  case redisLimitedUser = "BOSDB_TEST_REDIS_LIMITED_URL"
  /// A cluster of three primaries with a replica each; the primaries are named.
  case redisCluster = "BOSDB_TEST_REDIS_CLUSTER_URL"
  /// Three sentinels of a primary and its replica, which they call `bosdb`.
  case redisSentinel = "BOSDB_TEST_REDIS_SENTINEL_URL"
  /// A replica set of one member, as a user who may do everything. It takes fail points, from everyone.
  case mongoDB = "BOSDB_TEST_MONGODB_URL"
  /// The same server through its unix socket.
  case mongoDBSocket = "BOSDB_TEST_MONGODB_SOCKET_URL"
  /// The same server with TLS, which checks the server's certificate.
  case mongoDBTLS = "BOSDB_TEST_MONGODB_TLS_URL"
  /// The same server with TLS and a client certificate instead of a password; that user may do everything too.
  case mongoDBCertificate = "BOSDB_TEST_MONGODB_X509_URL"
  /// The same server as a user who may read the database of the URL, and nothing else.
  case mongoDBReader = "BOSDB_TEST_MONGODB_READER_URL"
  /// The same server as a user who may find, insert, update and delete in the collection `app` of the database of the URL, and
  /// nothing else.
  case mongoDBLimitedUser = "BOSDB_TEST_MONGODB_LIMITED_URL"
  /// Not a server but the script that starts more of them.
  case script = "BOSDB_TEST_SERVERS_SCRIPT"
}

/// Where the servers of a test run are.
public enum TestServers {
  /// Whether a missing server is a failure instead of a skipped test: `BOSDB_REQUIRE_SERVERS=1`.
  public static var areRequired: Bool { variable("BOSDB_REQUIRE_SERVERS") == "1" }

  /// Whether tests that need the servers should run: as a condition for a test or suite. When servers are required they run, and
  /// ``require(_:)`` makes them fail.
  public static func canTest(_ servers: TestServer...) -> Bool {
    areRequired || servers.allSatisfy { variable($0.rawValue) != nil }
  }

  /// What to say of a test that is skipped.
  public static func missing(_ servers: TestServer...) -> String {
    let names = servers.map(\.rawValue).filter { variable($0) == nil }
    return "needs \(names.joined(separator: ", ")); start the servers with Scripts/servers up"
  }

  /// The value of a server's variable.
  /// - Throws: ``MissingServerError`` when it is not set.
  public static func require(_ server: TestServer) throws -> String {
    guard let value = variable(server.rawValue) else { throw MissingServerError(variable: server.rawValue) }
    return value
  }

  /// A name that no other run uses, for schemas, databases and applications: `bosdb_3f9c01d2a4b5`.
  public static func uniqueName() -> String {
    "bosdb_" + DBBytes(DBUUID.random().description.utf8.filter { $0 != UInt8(ascii: "-") }.prefix(12)).text
  }

  static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}

extension DBBytes {
  fileprivate var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// A test ran without the server it needs.
public struct MissingServerError: Error, Sendable, CustomStringConvertible {
  let variable: String

  /// `BOSDB_TEST_POSTGRES_URL is not set; start the servers with Scripts/servers up`.
  public var description: String { "\(variable) is not set; start the servers with Scripts/servers up" }
}
