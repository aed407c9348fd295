internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What became of reading or writing without waiting.
enum StreamProgress: Sendable {
  case moved(Int)
  /// Nothing can be moved before the socket is ready for this.
  case mustWait(Readiness)
  /// The other side has closed.
  case ended
  case failed(String)
}

/// A stream of bytes to a server: a socket, plain or encrypted. Reading and writing never wait.
protocol ByteStream: AnyObject, Sendable {
  var descriptor: Int32 { get }
  func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamProgress
  func write(_ bytes: UnsafeRawBufferPointer) -> StreamProgress
  /// Ends both directions; whoever waits for the socket is woken. From any thread.
  func shutDown()
  var isEncrypted: Bool { get }
  /// How much of what it could not write it may hold all the same, to write it before anything else.
  var heldAtMost: Int { get }
  /// Whether it has taken bytes from the socket that were not read from it yet.
  var holdsInput: Bool { get }
  /// The version of the protocol that encrypts, if one does: `TLSv1.3`.
  var encryption: String? { get }
}

/// A connected or connecting non-blocking stream socket (socket(2)); it is closed with its last reference.
final class StreamSocket: ByteStream {
  let descriptor: Int32
  var isEncrypted: Bool { false }
  var heldAtMost: Int { 0 }
  var holdsInput: Bool { false }
  var encryption: String? { nil }

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { _ = close(descriptor) }

  /// Begins to connect.
  static func connecting(to address: SocketAddress) -> Result<StreamSocket, SystemFailure> {
    let descriptor = socket(Int32(address.family), Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return .failure(SystemFailure(errno)) }
    let socket = StreamSocket(descriptor: descriptor)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    if address.family != sa_family_t(AF_UNIX) { socket.setTCPOptions() }
    let status = address.withPointer { Glibc.connect(descriptor, $0, $1) }
    guard status == 0 || errno == EINPROGRESS else { return .failure(SystemFailure(errno)) }
    return .success(socket)
  }

  /// Commands are small and wanted at once; an idle peer that is gone is found out about within a minute or so (tcp(7)).
  private func setTCPOptions() {
    set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(SOL_SOCKET, SO_KEEPALIVE, 1)
    set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30)
    set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 10)
    set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
  }

  private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// How the connecting ended, once the socket is ready for writing; `nil` when it succeeded.
  var connectFailure: SystemFailure? {
    var status: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &status, &size) == 0 else { return SystemFailure(errno) }
    return status == 0 ? nil : SystemFailure(status)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamProgress {
    while true {
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .moved(count) }
      if count == 0 { return .ended }
      if errno == EINTR { continue }
      return errno == EAGAIN ? .mustWait(.read) : .failed(SystemFailure(errno).message)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> StreamProgress {
    while true {
      let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if count >= 0 { return .moved(count) }
      if errno == EINTR { continue }
      return errno == EAGAIN ? .mustWait(.write) : .failed(SystemFailure(errno).message)
    }
  }

  func shutDown() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// An `errno`.
struct SystemFailure: Error, Sendable {
  let number: Int32
  init(_ number: Int32) { self.number = number }

  /// `Connection refused`.
  var message: String {
    var text = [CChar](repeating: 0, count: 128)
    guard strerror_r(number, &text, text.count) == 0 else { return "error \(number)" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The process or the system has no descriptor, port or memory left: another address would not help.
  var isOfThisSide: Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(number) }
}

/// Where a socket connects to: a `sockaddr` of any family.
struct SocketAddress: Sendable {
  private let storage: sockaddr_storage
  private let length: socklen_t

  var family: sa_family_t { storage.ss_family }

  init(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { bytes in
      bytes.copyMemory(
        from: UnsafeRawBufferPointer(start: address, count: min(Int(length), bytes.count)))
    }
    self.storage = storage
    self.length = length
  }

  /// A unix socket; `nil` when the path is longer than the system allows (unix(7)).
  init?(path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let isTooLong = withUnsafeMutableBytes(of: &address.sun_path) { target in
      guard path.utf8.count < target.count else { return true }
      target.copyBytes(from: path.utf8)
      return false
    }
    if isTooLong { return nil }
    self = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        SocketAddress($0, length: socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    var storage = storage
    return withUnsafePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  /// The addresses of a host, in the order the resolver prefers (getaddrinfo(3)). It blocks for as long as the resolver takes, unless the host
  /// is written as an address.
  static func resolve(_ host: String, port: UInt16) -> Result<[SocketAddress], ResolveFailure> {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG
    if isNumeric(host) { hints.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST }
    var first: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &first)
    guard status == 0 else { return .failure(ResolveFailure(message: String(cString: gai_strerror(status)))) }
    defer { freeaddrinfo(first) }
    var addresses: [SocketAddress] = []
    var next = first
    while let entry = next {
      if let address = entry.pointee.ai_addr {
        addresses.append(SocketAddress(address, length: entry.pointee.ai_addrlen))
      }
      next = entry.pointee.ai_next
    }
    return .success(addresses)
  }

  struct ResolveFailure: Error { let message: String }

  /// Whether a host is written as an address, so that there is nothing to look up.
  static func isNumeric(_ host: String) -> Bool {
    var buffer = in6_addr()
    return inet_pton(AF_INET, host, &buffer) == 1 || inet_pton(AF_INET6, host, &buffer) == 1
  }
}
