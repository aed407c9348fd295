internal import DBAdapterCore
internal import DBPlatform
internal import DBRendering

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Where each parameter of a connection comes from; secrets are stars.
struct ConnectionExplanation {
  struct Line {
    let name: String
    /// `nil` when only the C library knows.
    let value: String?
    let origin: ConnectionSource.Origin
  }

  private let target: Target
  private(set) var parameters: [Line] = []

  /// - Parameter asked: what the flags ask for.
  init(_ target: Target, asked: AccessLevel) {
    self.target = target
    if let stored = target.stored { add("connection", stored.name, target.origin) }
    add("engine", target.registration.descriptor.kind.rawValue, source)
    if target.registration.descriptor.defaultPort == nil {
      add("database", target.string.database, source)
    } else {
      addServer()
    }
    for parameter in target.string.parameters where !Self.places.contains(parameter.name) {
      add(parameter.name, parameter.value, source)
    }
    for replica in target.string.replicas { add("replica", replica.description, source) }
    for parameter in target.string.hiddenParameters { add(parameter.name, "***", source) }
    let access = target.stored?.access ?? asked
    let origin: ConnectionSource.Origin =
      target.stored != nil
      ? .store : asked == .readOnly ? .engineDefault : .option(asked == .readWrite ? "--write" : "--admin")
    add("access", access.storedName, origin)
  }

  /// What is part of the connection string.
  private var source: ConnectionSource.Origin { target.stored == nil ? target.origin : .store }

  private var isPostgres: Bool { target.registration.descriptor.kind == .postgres }

  private static let places: Set = ["host", "port", "user", "dbname", "hostaddr"]

  private mutating func add(_ name: String, _ value: String?, _ origin: ConnectionSource.Origin) {
    parameters.append(Line(name: name, value: value, origin: origin))
  }

  private mutating func addServer() {
    let string = target.string
    let descriptor = target.registration.descriptor
    if string.endpoints.isEmpty {
      add("host", "PGHOST", default: isPostgres ? nil : "127.0.0.1")
      add("port", "PGPORT", default: descriptor.defaultPort.map { "\($0)" })
    }
    for endpoint in string.endpoints {
      if endpoint.host.isEmpty {
        add("host", "PGHOST", default: isPostgres ? nil : "127.0.0.1")
      } else {
        add("host", endpoint.host, source)
      }
      if endpoint.isUnixSocket && !isPostgres { continue }
      if let port = endpoint.port {
        add("port", "\(port)", source)
      } else {
        add("port", "PGPORT", default: descriptor.defaultPort.map { "\($0)" })
      }
    }
    if let database = string.database ?? string.parameter("dbname") {
      add("database", database, source)
    } else {
      add("database", "PGDATABASE", default: nil)
    }
    if let user = string.user ?? string.parameter("user") {
      add("user", user, source)
    } else {
      add("user", "PGUSER", default: isPostgres ? AuditContext.process.user : nil)
    }
    addPassword()
    guard isPostgres else { return }
    for (parameter, variable) in Self.furtherVariables where string.parameter(parameter) == nil {
      if let value = ProcessEnvironment.value(variable) { add(parameter, value, .environment(variable)) }
    }
    if let service = string.parameter("service") ?? ProcessEnvironment.value("PGSERVICE") {
      add("service \(service)", nil, .file(ProcessEnvironment.value("PGSERVICEFILE") ?? "~/.pg_service.conf"))
    }
  }

  /// A parameter that the string leaves open: libpq takes it from the environment, then from its defaults.
  private mutating func add(_ name: String, _ variable: String, default value: String?) {
    if isPostgres, let found = ProcessEnvironment.value(variable) {
      add(name, found, .environment(variable))
    } else {
      add(name, value, .engineDefault)
    }
  }

  private mutating func addPassword() {
    if let origin = target.passwordOrigin { return add("password", "***", origin) }
    if target.string.password != nil { return add("password", "***", source) }
    guard isPostgres else { return }
    if ProcessEnvironment.value("PGPASSWORD") != nil { return add("password", "***", .environment("PGPASSWORD")) }
    let file =
      target.string.parameter("passfile") ?? ProcessEnvironment.value("PGPASSFILE")
      ?? ProcessEnvironment.value("HOME").map { $0 + "/.pgpass" }
    if let file, access(file, R_OK) == 0 { add("password", nil, .file(file)) }
  }

  /// What libpq reads beside host, port, database, user and password.
  private static let furtherVariables = [
    ("sslmode", "PGSSLMODE"), ("sslrootcert", "PGSSLROOTCERT"), ("sslcert", "PGSSLCERT"), ("sslkey", "PGSSLKEY"),
    ("options", "PGOPTIONS"), ("target_session_attrs", "PGTARGETSESSIONATTRS"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("gssencmode", "PGGSSENCMODE"), ("channel_binding", "PGCHANNELBINDING"), ("client_encoding", "PGCLIENTENCODING"),
  ]

  /// A line a parameter, for people.
  var lines: String {
    parameters.map { line in
      let value = SafeText(line.value ?? "(looked up by \(isPostgres ? "libpq" : "the server"))").text
      return "\(Self.padded(line.name, 22))\(Self.padded(value, 34))\(line.origin.text)\n"
    }.joined()
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(2, width - text.count))
  }

  /// The same as JSON of kind `connectionExplanation`.
  var document: String {
    DocumentOutputOptions.document("connectionExplanation") { fields in
      fields.member("parameters") { list in
        list.array { writer in
          for line in parameters {
            writer.object {
              $0.member("name", line.name)
              $0.member("value", line.value)
              $0.member("source", line.origin.text)
            }
          }
        }
      }
    }
  }
}
