#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The few socket calls of the proxy. All descriptors are non-blocking and closed on exec.
enum FaultProxySocket {
  #if canImport(Glibc)
  private static let stream = Int32(SOCK_STREAM.rawValue)
  #else
  private static let stream = SOCK_STREAM
  #endif

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  private static func withAddress<R>(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> R
  ) -> R {
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  /// A listening socket; port zero lets the system choose.
  static func listen(port: UInt16) throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { throw FaultProxyError(call: "socket", code: errno) }
    prepare(descriptor)
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    var address = loopback(port)
    guard withAddress(&address, { bind(descriptor, $0, $1) }) == 0, startListening(descriptor) == 0 else {
      let code = errno
      close(descriptor)
      throw FaultProxyError(call: "bind", code: code)
    }
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withAddress(&address) { pointer, _ in getsockname(descriptor, pointer, &length) }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  /// Dials a server of this machine, which answers at once or refuses.
  static func connect(port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { return nil }
    var address = loopback(port)
    guard withAddress(&address, { dial(descriptor, $0, $1) }) == 0 else {
      close(descriptor)
      return nil
    }
    prepare(descriptor)
    return descriptor
  }

  static func accept(_ listener: Int32) -> Int32? {
    let descriptor = acceptNext(listener)
    guard descriptor >= 0 else { return nil }
    prepare(descriptor)
    return descriptor
  }

  private static func prepare(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  static func end(_ descriptor: Int32, _ ending: FaultProxy.Ending) {
    if ending == .reset {
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }
    close(descriptor)
  }

  static func read(_ descriptor: Int32, upTo count: Int) -> [UInt8]? {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      used = max(0, recv(descriptor, buffer.baseAddress, count, 0))
    }
    // Called only when poll(2) said there is something: nothing means the end, or an error that ends it as well.
    return bytes.isEmpty ? nil : bytes
  }

  /// - Returns: how many bytes were taken; `nil` when the connection is gone.
  static func write(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) -> Int? {
    let sent = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    if sent >= 0 { return sent }
    return errno == EAGAIN || errno == EINTR ? 0 : nil
  }

  static func endSending(_ descriptor: Int32) { shutdown(descriptor, Int32(SHUT_WR)) }
}

// The C functions under names that the enum's own do not hide.
private func startListening(_ descriptor: Int32) -> Int32 { listen(descriptor, 128) }
private func acceptNext(_ listener: Int32) -> Int32 { accept(listener, nil, nil) }
private func dial(_ descriptor: Int32, _ address: UnsafeMutablePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  connect(descriptor, address, length)
}
