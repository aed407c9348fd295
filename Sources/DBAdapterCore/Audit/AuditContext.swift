#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// On whose behalf statements run. A server sets it for each of its requests:
///
/// ```swift
/// try await AuditContext.$current.withValue(AuditContext(user: request.user)) { … }
/// ```
public struct AuditContext: Sendable, Hashable {
  /// Who asked. Default: the login name of the process.
  public var user: String
  /// The machine that the statements come from. Default: the name of this one.
  public var host: String
  /// The name the user knows the connection by, where it has one. Default: none.
  public var connection: String?

  public init(
    user: String = AuditContext.process.user, host: String = AuditContext.process.host, connection: String? = nil
  ) {
    self.user = user
    self.host = host
    self.connection = connection
  }

  private init(process user: String, _ host: String) {
    self.user = user
    self.host = host
  }

  /// Of the tasks in which it was not set.
  public static let process = AuditContext(process: loginName(), hostName())

  @TaskLocal public static var current: AuditContext = .process

  private static func loginName() -> String {
    let identifier = geteuid()
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(identifier, &entry, &buffer, buffer.count, &found) == 0, let name = found?.pointee.pw_name else {
      return "\(identifier)"
    }
    return String(cString: name)
  }

  private static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "unknown" }
  }
}
