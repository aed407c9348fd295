#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The identity of a pool: what a connection string means, with whose rights, for which server. A keyed digest; the password is part of
/// what is digested and cannot be read from it.
package struct PoolKey: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  package init(_ configuration: ConnectionConfiguration, _ descriptor: AdapterDescriptor) {
    let meaning = ConnectionMeaning(configuration, descriptor)
    high = Self.digest(meaning, Self.secrets.0)
    low = Self.digest(meaning, Self.secrets.1)
  }

  // Swift's hasher is SipHash, a keyed function made for keys that must stay unknown. A digest lives in this process only, is never
  // stored and never sent, so that nothing a cryptographic library adds (a digest that others can check, or that outlives its key)
  // would be used; two passes under secrets of their own make two meanings with one digest as unlikely as with 128 bits.
  private static let secrets = (makeSecret(), makeSecret())

  private static func makeSecret() -> [UInt64] {
    var generator = SystemRandomNumberGenerator()
    return (0..<4).map { _ in generator.next() }
  }

  private static func digest(_ meaning: ConnectionMeaning, _ secret: [UInt64]) -> UInt64 {
    var hasher = Hasher()
    for word in secret { hasher.combine(word) }
    meaning.feed(&hasher)
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}

extension PoolKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The first half of the digest, 16 hexadecimal digits.
  package var description: String {
    let digits = String(high, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A connection string without the accidents of its spelling.
private struct ConnectionMeaning {
  private let configuration: ConnectionConfiguration
  private let descriptor: AdapterDescriptor
  private let rules: ConnectionRules
  /// The last value of each parameter.
  private var parameters: [String: String] = [:]

  init(_ configuration: ConnectionConfiguration, _ descriptor: AdapterDescriptor) {
    self.configuration = configuration
    self.descriptor = descriptor
    rules = descriptor.connectionRules
    for parameter in configuration.string.parameters { parameters[parameter.name] = parameter.value }
  }

  func feed(_ hasher: inout Hasher) {
    let string = configuration.string
    func add(_ text: String?) {
      // Byte for byte, with the length before: to Swift two spellings of one character are the same text, to a server they are not.
      var text = text
      hasher.combine(text?.utf8.count ?? -1)
      text?.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
    func add(_ texts: [String]) {
      hasher.combine(texts.count)
      for text in texts { add(text) }
    }
    add(descriptor.kind.rawValue)
    add(user)
    add(string.password?.withExposed { $0 })
    add(string.hiddenParameters.flatMap { [$0.name, $0.value] })
    add(database)
    add(hosts)
    // Without a replica to prefer the primary is what both preferences mean; the primary's sessions never see a replica.
    let replicas = configuration.preference == .replica ? string.replicas.map(normalized).sorted() : []
    add(replicas)
    add(remainingParameters)
    hasher.combine(configuration.access)
    hasher.combine(configuration.connectTimeout)
    add(configuration.applicationName)
  }

  // MARK: Parts

  private static let locationParameters: Set<String> = ["host", "hostaddr", "port", "user", "dbname"]

  /// Left empty it counts as left out.
  private func location(_ name: String) -> String? {
    guard rules.hasLocationParameters, let value = parameters[name], !value.isEmpty else { return nil }
    return value
  }

  /// What the parameter is when the string leaves it out, unless that is up to another parameter.
  private func defaultValue(_ name: String) -> String? {
    rules.parametersWithDefaults.isDisjoint(with: parameters.keys) ? rules.parameterDefaults[name] : nil
  }

  private var user: String? {
    let written = configuration.string.user.flatMap { $0.isEmpty ? nil : $0 }
    return location("user") ?? written ?? defaultValue("user")
  }

  private var database: String? {
    let written = configuration.string.database.flatMap { $0.isEmpty ? nil : $0 }
    let name = location("dbname") ?? written ?? defaultValue("dbname")
    guard rules.databaseIsFile, let name else { return name ?? (rules.databaseDefaultsToUser ? user : nil) }
    let isName =
      rules.namesBesideFiles.contains(name)
      || rules.parametersThatNameDatabases.contains { parameters[$0.key] == $0.value }
    return isName ? name : resolvedPath(name)
  }

  private var hosts: [String] {
    let endpoints = configuration.string.endpoints
    func list(_ name: String) -> [String]? {
      location(name)?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let addresses = list("hostaddr") ?? []
    // What a keyword/value string calls its endpoints is its `host`, or its `hostaddr`.
    let names = list("host") ?? (addresses.isEmpty ? endpoints.map(\.host) : [])
    let ports = list("port") ?? endpoints.map { $0.port.map(String.init) ?? "" }
    let count = max(1, names.count, addresses.count)
    let normalized = (0..<count).map { index in
      let name = index < names.count && !names[index].isEmpty ? names[index] : defaultValue("host") ?? ""
      let address = index < addresses.count ? addresses[index] : ""
      let port = ports.count == 1 && location("port") != nil ? ports[0] : index < ports.count ? ports[index] : ""
      return self.normalized(name) + "\n" + address + "\n" + number(port)
    }
    return orderMatters ? normalized : normalized.sorted()
  }

  private var orderMatters: Bool {
    guard case .preference(let name, let exceptions) = rules.hostOrder else { return false }
    return parameters[name].map { !exceptions.contains($0) } ?? true
  }

  /// A port, where none is written the default one.
  private func number(_ port: String) -> String {
    if let number = UInt16(port) { return String(number) }
    guard port.isEmpty else { return port }
    return defaultValue("port") ?? descriptor.defaultPort.map(String.init) ?? ""
  }

  private func normalized(_ endpoint: Endpoint) -> String {
    normalized(endpoint.host) + "\n" + number(endpoint.port.map(String.init) ?? "")
  }

  /// Names and addresses are the same in capitals; paths are not.
  private func normalized(_ host: String) -> String {
    Endpoint(host: host).isUnixSocket ? host : host.lowercased()
  }

  private var remainingParameters: [String] {
    parameters.filter { name, value in
      !(rules.hasLocationParameters && Self.locationParameters.contains(name)) && defaultValue(name) != value
    }.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
  }
}

/// A file's path as the system resolves it, links included; for a file that is not there yet its directory's.
private func resolvedPath(_ path: String) -> String {
  func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
  if let resolved = real(path) { return resolved }
  let parts = path.split(separator: "/", omittingEmptySubsequences: true)
  guard let name = parts.last, name != "..", name != "." else { return path }
  let directory = parts.dropLast().joined(separator: "/")
  let start = path.hasPrefix("/") ? "/" : "./"
  return real(start + directory).map { ($0 == "/" ? "" : $0) + "/" + name } ?? path
}
