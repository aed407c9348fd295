public import DBAdapterCore

/// A connection that is to be stored, or to replace a stored one.
public struct ConnectionDraft: Sendable {
  public var name: String
  /// With its password, unless that is looked up elsewhere.
  public var string: ConnectionString
  /// Where the password is; `nil` when it is part of ``string``, or there is none.
  public var passwordReference: SecretReference?
  /// Default: read-only.
  public var access: AccessLevel
  public var projectID: String?
  /// Settings of the front ends, as a JSON object. Default: none.
  public var configuration: DBJSON
  /// When the stored connection that it was made of had been changed last.
  var basis: DBTimestamp?

  public init(
    name: String, string: ConnectionString, passwordReference: SecretReference? = nil, access: AccessLevel = .readOnly,
    projectID: String? = nil, configuration: DBJSON = DBJSON("{}")
  ) {
    self.name = name
    self.string = string
    self.passwordReference = passwordReference
    self.access = access
    self.projectID = projectID
    self.configuration = configuration
  }

  /// What every stored connection must be.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` saying what is wrong with the name, or that the password is given twice;
  ///   ``DBError/Code-swift.struct/unknownScheme``; ``DBError/Code-swift.struct/invalidConnectionString`` for parameters the engine does not know.
  func validated(_ registry: AdapterRegistry) throws(DBError) -> AdapterDescriptor {
    try Self.check(name)
    let registration = try registry.registration(forScheme: string.scheme)
    if passwordReference != nil {
      guard string.password == nil else {
        throw DBError(
          .invalidParameter, "the connection holds a password, and a password reference as well; give one of them")
      }
      // A stand-in shows whether a password fits in at all.
      _ = try string.adding(Secret("x"), for: registration.descriptor)
    }
    guard case .document? = try? configuration.parsed() else {
      throw DBError(.invalidParameter, "the settings of a connection are a JSON object")
    }
    _ = try registration.connector(ConnectionConfiguration(string, access: access))
    return registration.descriptor
  }

  /// Names stand on command lines, in logs and in files, so that they are plain: 1 to 50 letters, digits and `._-`, and nothing that would make
  /// a connection string or an option of them.
  public static func isName(_ text: String) -> Bool {
    (1...50).contains(text.count) && !text.hasPrefix("-") && !text.hasPrefix(".")
      && text.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0) }
  }

  private static func check(_ name: String) throws(DBError) {
    guard (1...50).contains(name.count) else {
      throw DBError(.invalidParameter, "the name of a connection has 1 to 50 characters, and this one \(name.count)")
    }
    guard isName(name) else {
      throw DBError(
        .invalidParameter,
        "the name of a connection is made of letters, digits, '.', '_' and '-', and does not begin with '.' or '-'")
    }
  }
}
