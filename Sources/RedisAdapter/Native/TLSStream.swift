internal import COpenSSL
internal import DBAdapterCore

/// How servers are to prove who they are, and how the client proves itself.
struct TLSOptions: Sendable, Hashable {
  /// What is checked of the server's certificate.
  enum Verification: String, Sendable, Hashable {
    /// That a trusted authority signed it, and that it is for the host that was dialled.
    case full = "verify-full"
    /// That a trusted authority signed it.
    case authority = "verify-ca"
    /// Nothing: anybody in between can read along.
    case none = "require"
  }

  var verification = Verification.full
  /// A PEM file of the authorities to trust; `nil`: the system's.
  var authorities: String?
  /// PEM files with the client's certificate chain and its key.
  var certificate: String?
  var key: String?
  var keyPassword: Secret?
  /// The name to ask for and to check instead of the host's.
  var serverName: String?
}

/// What all encrypted connections of a configuration share (OpenSSL's `SSL_CTX`).
///
/// Sendable: it is not changed after it was made, and OpenSSL counts its references with atomic operations (SSL_CTX_new(3)).
final class TLSContext: @unchecked Sendable {
  fileprivate let pointer: OpaquePointer
  fileprivate let options: TLSOptions

  /// - Throws: ``DBError/Code-swift.struct/tlsFailed`` for a file that cannot be used, with its name.
  init(_ options: TLSOptions) throws(DBError) {
    guard let pointer = SSL_CTX_new(TLS_client_method()) else { throw Self.failure("no TLS context could be made") }
    self.pointer = pointer
    self.options = options
    _ = bosdb_ssl_ctx_set_min_version(pointer, TLS1_2_VERSION)
    bosdb_ssl_ctx_set_write_modes(pointer)
    SSL_CTX_set_verify(pointer, options.verification == .none ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nil)
    if let file = options.authorities {
      guard SSL_CTX_load_verify_locations(pointer, file, nil) == 1 else {
        throw Self.failure("the authorities in \(file) cannot be read")
      }
    } else {
      SSL_CTX_set_default_verify_paths(pointer)
    }
    try loadCertificate(keyPassword: options.keyPassword?.withExposed { $0 } ?? "")
  }

  deinit { SSL_CTX_free(pointer) }

  private func loadCertificate(keyPassword: String) throws(DBError) {
    guard let certificate = options.certificate else {
      if options.key != nil { throw Self.failure("there is a client key but no certificate; give sslcert as well") }
      return
    }
    guard SSL_CTX_use_certificate_chain_file(pointer, certificate) == 1 else {
      throw Self.failure("the client certificate in \(certificate) cannot be read")
    }
    let key = options.key ?? certificate
    guard usePrivateKey(key, password: keyPassword) else {
      throw Self.failure("the client key in \(key) cannot be read or does not belong to the certificate")
    }
  }

  /// OpenSSL asks for the password while it reads the key, and only then; without an answer it would ask on the terminal.
  private func usePrivateKey(_ file: String, password: String) -> Bool {
    SSL_CTX_set_default_passwd_cb(pointer) { buffer, size, _, context in
      guard let buffer, let password = context?.assumingMemoryBound(to: CChar.self) else { return 0 }
      var count = 0
      while count < Int(size), password[count] != 0 {
        buffer[count] = password[count]
        count += 1
      }
      return Int32(count)
    }
    var password = Array(password.utf8CString)
    return password.withUnsafeMutableBytes { password in
      SSL_CTX_set_default_passwd_cb_userdata(pointer, password.baseAddress)
      defer { SSL_CTX_set_default_passwd_cb_userdata(pointer, nil) }
      return SSL_CTX_use_PrivateKey_file(pointer, file, SSL_FILETYPE_PEM) == 1
    }
  }

  private static func failure(_ sentence: String) -> DBError {
    let reason = OpenSSLErrors.take()
    return DBError(.tlsFailed, sentence + (reason.map { ": \($0)" } ?? ""), stage: .tls)
  }
}

/// An encrypted stream over a socket. OpenSSL must not read and write one connection in two threads at once, so each call holds a lock.
final class TLSStream: ByteStream {
  private let socket: StreamSocket
  private let connection: Locked<TLSConnection>

  var descriptor: Int32 { socket.descriptor }
  var isEncrypted: Bool { true }
  /// A record that was encrypted (SSL_write(3): it must be tried again with the same bytes).
  var heldAtMost: Int { Int(SSL3_RT_MAX_PLAIN_LENGTH) }
  var holdsInput: Bool { connection.withLock { SSL_has_pending($0.pointer) == 1 } }
  var encryption: String? { connection.withLock { String(cString: SSL_get_version($0.pointer)) } }

  /// - Parameter host: the name that was dialled.
  init(_ socket: StreamSocket, _ context: TLSContext, host: String) throws(DBError) {
    self.socket = socket
    connection = Locked(try TLSConnection(socket, context, host: context.options.serverName ?? host))
  }

  /// One step of the handshake; `nil` when it is done.
  func shakeHands() throws(DBError) -> Readiness? {
    try connection.withLock { connection throws(DBError) -> Readiness? in
      ERR_clear_error()
      let status = SSL_connect(connection.pointer)
      if status == 1 { return nil }
      switch connection.progress(of: status) {
      case .mustWait(let readiness): return readiness
      case .failed(let reason): throw connection.handshakeFailure(reason)
      case .ended, .moved: throw connection.handshakeFailure("the server closed the connection")
      }
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamProgress {
    connection.withLock { connection in
      ERR_clear_error()
      let count = SSL_read(connection.pointer, buffer.baseAddress, Int32(clamping: buffer.count))
      return count > 0 ? .moved(Int(count)) : connection.progress(of: count)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> StreamProgress {
    connection.withLock { connection in
      ERR_clear_error()
      let count = SSL_write(connection.pointer, bytes.baseAddress, Int32(clamping: bytes.count))
      return count > 0 ? .moved(Int(count)) : connection.progress(of: count)
    }
  }

  func shutDown() { socket.shutDown() }
}

/// OpenSSL's `SSL`, which reads and writes its socket through us: its own way of writing would raise SIGPIPE.
///
/// Sendable: only touched while its stream's lock is held.
private final class TLSConnection: @unchecked Sendable {
  let pointer: OpaquePointer
  private let context: TLSContext
  private let socket: StreamSocket

  init(_ socket: StreamSocket, _ context: TLSContext, host: String) throws(DBError) {
    guard let pointer = SSL_new(context.pointer), let bio = BIO_new(SocketBIO.method) else {
      throw DBError(.resourceLimit, "out of memory for a TLS connection", retry: .safe, stage: .tls)
    }
    self.pointer = pointer
    self.context = context
    self.socket = socket
    BIO_set_data(bio, Unmanaged.passUnretained(socket).toOpaque())
    BIO_set_init(bio, 1)
    SSL_set_bio(pointer, bio, bio)
    // Names only, no addresses, may be sent to the server (RFC 6066 section 3).
    if SocketAddress.isNumeric(host) {
      if context.options.verification == .full {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(pointer), host)
      }
    } else {
      _ = bosdb_ssl_set_host_name(pointer, host)
      if context.options.verification == .full { SSL_set1_host(pointer, host) }
    }
  }

  deinit { SSL_free(pointer) }

  func progress(of status: Int32) -> StreamProgress {
    switch SSL_get_error(pointer, status) {
    case SSL_ERROR_WANT_READ: .mustWait(.read)
    case SSL_ERROR_WANT_WRITE: .mustWait(.write)
    case SSL_ERROR_ZERO_RETURN: .ended
    default: OpenSSLErrors.take().map { .failed($0) } ?? .ended
    }
  }

  func handshakeFailure(_ reason: String) -> DBError {
    let verification = SSL_get_verify_result(pointer)
    let detail =
      verification == X509_V_OK
      ? reason
      : "the server's certificate is not accepted: \(String(cString: X509_verify_cert_error_string(verification)))"
    return DBError(.tlsFailed, "no encrypted connection: \(detail)", stage: .tls)
  }
}

/// Moves OpenSSL's bytes over a ``StreamSocket`` (BIO_meth_new(3)).
private enum SocketBIO {
  // Made once and not changed afterwards.
  nonisolated(unsafe) static let method: OpaquePointer? = {
    let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bosdb socket")
    BIO_meth_set_write(method) { bio, bytes, count in
      move(bio, { $0.write(UnsafeRawBufferPointer(start: bytes, count: Int(count))) })
    }
    BIO_meth_set_read(method) { bio, buffer, count in
      move(bio, { $0.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))) })
    }
    BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
    return method
  }()

  private static func move(_ bio: OpaquePointer?, _ body: (StreamSocket) -> StreamProgress) -> Int32 {
    guard let bio, let data = BIO_get_data(bio) else { return -1 }
    bosdb_bio_clear_retry(bio)
    switch body(Unmanaged<StreamSocket>.fromOpaque(data).takeUnretainedValue()) {
    case .moved(let count): return Int32(count)
    case .mustWait(let readiness):
      if readiness == .read { bosdb_bio_retry_read(bio) } else { bosdb_bio_retry_write(bio) }
      return -1
    case .ended: return 0
    case .failed: return -1
    }
  }
}

private enum OpenSSLErrors {
  /// The sentence of the thread's first error, which is the cause of the others; they are all forgotten.
  static func take() -> String? {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0 else { return nil }
    return ERR_reason_error_string(code).map { String(cString: $0) } ?? "OpenSSL error \(code)"
  }
}
