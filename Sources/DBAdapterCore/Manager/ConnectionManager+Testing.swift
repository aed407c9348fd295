#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

extension ConnectionManager {
  /// Opens a read-only session, asks what answers and what the user may do, and says how far that came. It changes nothing.
  ///
  /// It never throws: what went wrong is in the report. A cancelled task's report ends with ``DBError/Code-swift.struct/cancelled``.
  /// - Parameter timeout: the longest to wait for the session. Default: ``PoolConfiguration/leaseTimeout``.
  public func test(_ target: ConnectionString, timeout: Duration? = nil) async -> ConnectionReport {
    var run = ConnectionTest()
    let start = time.now()
    do {
      let descriptor = try registry.registration(forScheme: target.scheme).descriptor
      run.isEmbedded = descriptor.defaultPort == nil
      await run.resolve(target, time)
      try await withSession(target, policy: .readOnly, exclusively: true, timeout: timeout) { session in
        run.report.connectElapsed = start.elapsed(to: time.now())
        run.opened()
        try await run.ask(session, time)
      }
    } catch {
      if run.report.server == nil { run.report.connectElapsed = start.elapsed(to: time.now()) }
      run.fail(Self.cause(of: error))
    }
    return run.finished()
  }

  /// A lease that timed out says less than the dial that failed meanwhile.
  private static func cause(of error: any Error) -> DBError {
    guard let error = error as? DBError else { return DBError(.internalInconsistency, "\(error)") }
    if error.code == .leaseTimeout, let cause = error.underlying as? DBError { return cause }
    return error
  }
}

/// A report in the making.
private struct ConnectionTest {
  var report = ConnectionReport()
  var isEmbedded = false
  private var found: [ConnectionReport.Stage: ConnectionReport.Step] = [:]

  private mutating func note(
    _ stage: ConnectionReport.Stage, _ outcome: ConnectionReport.Outcome, _ elapsed: Duration? = nil,
    _ detail: String? = nil
  ) {
    found[stage] = ConnectionReport.Step(stage: stage, outcome: outcome, elapsed: elapsed, detail: detail)
  }

  /// Looks the first host's name up, to say what that takes; the C library does it again.
  mutating func resolve(_ target: ConnectionString, _ time: any TimeSource) async {
    guard !isEmbedded else { return note(.resolve, .notNeeded) }
    guard let host = target.endpoints.first?.host, !host.isEmpty else { return }
    if target.endpoints[0].isUnixSocket || Self.isAddress(host) { return note(.resolve, .notNeeded) }
    let start = time.now()
    let addresses = await BlockingThreads.resolving.run { Self.addresses(of: host) }
    if !addresses.isEmpty {
      note(.resolve, .passed, start.elapsed(to: time.now()), "\(host) is \(addresses.joined(separator: ", "))")
    }
  }

  /// The session is there, so that whatever leads to it was passed.
  mutating func opened() {
    if found[.resolve] == nil { note(.resolve, .passed) }
    for stage in [ConnectionReport.Stage.dial, .authentication, .database] { note(stage, .passed) }
    if isEmbedded { note(.authentication, .notNeeded) }
  }

  mutating func ask(_ session: DatabaseSession, _ time: any TimeSource) async throws(DBError) {
    var start = time.now()
    do throws(DBError) {
      let server = try await session.serverInfo()
      report.server = server
      note(.dial, .passed, nil, server.endpoint)
      note(.tls, server.encryption == nil ? .notNeeded : .passed, nil, server.encryption)
      if let user = server.user, !isEmbedded { note(.authentication, .passed, nil, user) }
      note(.database, .passed, nil, server.database)
      note(.version, .passed, start.elapsed(to: time.now()), "\(server.product) \(server.version)")
    } catch {
      note(.tls, .unknown)
      note(.version, .failed, start.elapsed(to: time.now()))
      throw error
    }
    start = time.now()
    do throws(DBError) {
      report.privileges = try await session.privileges()
      note(.privileges, report.privileges == nil ? .unknown : .passed, start.elapsed(to: time.now()))
    } catch {
      note(.privileges, .failed, start.elapsed(to: time.now()))
      throw error
    }
  }

  mutating func fail(_ error: DBError) {
    report.error = error
    guard !found.values.contains(where: { $0.outcome == .failed }), let failed = Self.stage(of: error) else { return }
    for stage in ConnectionReport.Stage.allCases where found[stage] == nil {
      if stage == failed { break }
      // Which of the stages before the one that failed there are, the connection string says only in part.
      note(stage, stage == .tls ? .unknown : isEmbedded && stage == .authentication ? .notNeeded : .passed)
    }
    note(failed, .failed)
  }

  func finished() -> ConnectionReport {
    var report = report
    report.steps = ConnectionReport.Stage.allCases.map { stage in
      found[stage] ?? ConnectionReport.Step(stage: stage, outcome: .notReached, elapsed: nil, detail: nil)
    }
    return report
  }

  /// Where an error of opening a session belongs; `nil` when nothing was tried, as for a string that cannot be read.
  private static func stage(of error: DBError) -> ConnectionReport.Stage? {
    switch error.stage {
    case .resolve?: return .resolve
    case .dial?: return .dial
    case .tls?: return .tls
    case .authentication?: return .authentication
    case .startup?: return .database
    case nil: break
    }
    switch error.code {
    case .tlsFailed: return .tls
    case .authenticationFailed: return .authentication
    case .invalidConnectionString, .invalidParameter, .unknownScheme, .unsupported, .poolClosed, .cancelled: return nil
    case .connectionFailed, .leaseTimeout, .timeout: return .dial
    default: return .database
    }
  }

  private static func isAddress(_ host: String) -> Bool {
    var buffer = in6_addr()
    return inet_pton(AF_INET, host, &buffer) == 1 || inet_pton(AF_INET6, host, &buffer) == 1
  }

  private static func addresses(of host: String) -> [String] {
    var hints = addrinfo()
    #if canImport(Glibc)
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
    hints.ai_socktype = SOCK_STREAM
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var texts: [String] = []
    var entry = list
    while let address = entry?.pointee {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      if getnameinfo(
        address.ai_addr, address.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
      {
        let length = text.firstIndex(of: 0) ?? text.endIndex
        let shown = String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if !texts.contains(shown) { texts.append(shown) }
      }
      entry = address.ai_next
    }
    return texts
  }
}
