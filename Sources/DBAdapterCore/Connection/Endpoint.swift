/// Where a server listens: a host and port, or a unix socket.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
  /// A host name, an address without brackets, or the directory or path of a unix socket.
  public var host: String
  /// `nil` means the engine's default.
  public var port: UInt16?

  public init(host: String, port: UInt16? = nil) {
    self.host = host
    self.port = port
  }

  public var isUnixSocket: Bool { host.hasPrefix("/") || host.hasPrefix("@") }

  /// `host:port`, an IPv6 address in brackets.
  public var description: String {
    let name = host.contains(":") && !isUnixSocket ? "[\(host)]" : host
    return port.map { "\(name):\($0)" } ?? name
  }
}
