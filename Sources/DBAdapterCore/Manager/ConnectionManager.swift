/// Lends sessions with databases: the way in.
///
/// ```swift
/// let manager = ConnectionManager(registry: .standard)
/// try await manager.withSession("postgres://app@db/shop") { session in … }
/// ```
/// Each session has a connection of its own, opened for it and closed after it.
public final class ConnectionManager: Sendable {
  private let registry: AdapterRegistry
  private let configuration: ConnectionManagerConfiguration
  private let policy: AccessPolicy
  private let audit: any AuditSink

  /// - Parameters:
  ///   - policy: what sessions may do unless they ask for less or more. Default: read-only.
  ///   - audit: told of every statement. Default: nobody.
  public init(
    registry: AdapterRegistry, configuration: ConnectionManagerConfiguration = ConnectionManagerConfiguration(),
    policy: AccessPolicy = .readOnly, audit: any AuditSink = .discarding
  ) {
    self.registry = registry
    self.configuration = configuration
    self.policy = policy
    self.audit = audit
  }

  /// Opens a session, lends it to `body`, and closes it.
  /// - Parameter policy: what the session may do. Default: the manager's.
  /// - Throws: ``DBError`` when the connection cannot be opened, saying at which ``ConnectStage`` and what the server said; whatever
  ///   `body` throws. Cancelling the task stops the dial or the running statement.
  public func withSession<R>(
    _ target: ConnectionString, policy: AccessPolicy? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    let connector = try connector(
      for: target, policy: policy ?? self.policy, SourceLocation(file: "\(file)", line: line))
    let adapter = try await open(connector, SourceLocation(file: "\(file)", line: line))
    let session = DatabaseSession(adapter: adapter, policy: policy ?? self.policy, audit: audit)
    do {
      let result = try await body(session)
      await close(session, connector)
      return result
    } catch {
      await close(session, connector)
      throw error
    }
  }

  /// The same with the connection string as text.
  public func withSession<R>(
    _ target: String, policy: AccessPolicy? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    let string: ConnectionString
    do {
      string = try ConnectionString(target)
    } catch {
      throw error.completed(origin: SourceLocation(file: "\(file)", line: line))
    }
    return try await withSession(string, policy: policy, file: file, line: line, body)
  }

  /// Runs one statement in a session of its own.
  public func execute(
    _ request: QueryRequest, on target: ConnectionString, file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> QueryResult {
    let origin = SourceLocation(file: "\(file)", line: line)
    let connector = try connector(for: target, policy: policy, origin)
    let session = DatabaseSession(adapter: try await open(connector, origin), policy: policy, audit: audit)
    do throws(DBError) {
      let result = try await session.execute(request, file: file, line: line)
      await close(session, connector)
      return result
    } catch {
      await close(session, connector)
      throw error
    }
  }

  private func connector(
    for target: ConnectionString, policy: AccessPolicy, _ origin: SourceLocation
  ) throws(DBError) -> any AdapterConnector {
    do throws(DBError) {
      let registration = try registry.registration(forScheme: target.scheme)
      return try registration.connector(
        ConnectionConfiguration(
          target, access: policy.level, connectTimeout: configuration.connectTimeout,
          applicationName: configuration.applicationName))
    } catch {
      throw error.completed(origin: origin)
    }
  }

  private func open(
    _ connector: any AdapterConnector, _ origin: SourceLocation
  ) async throws(DBError) -> any IDBAdapter {
    do throws(DBError) {
      let adapter = try connector.makeAdapter()
      do throws(DBError) {
        try await adapter.connect()
      } catch {
        await adapter.close()
        throw error.completed(adapter: type(of: adapter).descriptor.kind, endpoint: adapter.endpoint)
      }
      return adapter
    } catch {
      throw error.completed(origin: origin)
    }
  }

  private func close(_ session: DatabaseSession, _ connector: any AdapterConnector) async {
    session.state.expire()
    await session.adapter.close()
    await connector.shutdown()
  }
}

/// How a manager opens connections.
public struct ConnectionManagerConfiguration: Sendable, Hashable {
  /// One limit over resolving, dialling, TLS and authentication together. Default: 10 seconds.
  public var connectTimeout: Duration
  /// The name servers show for the sessions. Default: `bosdb`.
  public var applicationName: String

  public init(connectTimeout: Duration = .seconds(10), applicationName: String = "bosdb") {
    self.connectTimeout = connectTimeout
    self.applicationName = applicationName
  }
}
