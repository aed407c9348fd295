public import DBAdapterCore

/// Connections on their way from one store to another: JSON of kind `connectionExport`.
///
/// Without a passphrase it holds no secret: URLs without passwords, and password references, which only say where passwords are. With one, the
/// whole connection strings are sealed under a key made of the passphrase, each bound to its connection's name.
public struct ConnectionBundle: Sendable {
  /// The shortest passphrase that seals a bundle, in characters.
  public static let shortestPassphrase = 12

  public let drafts: [ConnectionDraft]
  /// The connections that had a password which is not in the bundle.
  public let incomplete: Set<String>

  private static let field = "export"

  // MARK: Writing

  /// The bundle as JSON, ending in a line break.
  /// - Parameters:
  ///   - passphrase: seals the secrets. Default: `nil`, they are left out.
  ///   - cost: of the passphrase. Default: ``Passphrase/Cost/standard``.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` for a passphrase of less than 12 characters.
  public static func text(
    _ drafts: [ConnectionDraft], passphrase: Secret? = nil, cost: Passphrase.Cost = .standard
  ) async throws(DBError) -> String {
    var settings: Passphrase?
    var key: MasterKey?
    if let passphrase {
      guard passphrase.withExposed({ $0.count }) >= shortestPassphrase else {
        throw DBError(.invalidParameter, "the passphrase of an export has at least \(shortestPassphrase) characters")
      }
      let made = Passphrase(cost)
      key = try await made.key(passphrase)
      settings = made
    }
    var entries: [Entry] = []
    for draft in drafts { entries.append(try Entry(draft, key)) }
    var writer = JSONWriter(indentation: 1)
    writer.object { fields in
      fields.member("schemaVersion", 1)
      fields.member("kind", "connectionExport")
      fields.member("passphrase", settings?.text)
      fields.member("connections") { list in
        list.array { writer in for entry in entries { writer.object { entry.write(to: &$0) } } }
      }
    }
    return writer.text + "\n"
  }

  private struct Entry {
    let draft: ConnectionDraft
    let url: String
    let sealed: String?
    let hasPassword: Bool

    init(_ draft: ConnectionDraft, _ key: MasterKey?) throws(DBError) {
      self.draft = draft
      let bare = try draft.string.withoutSecrets()
      url = bare.description
      hasPassword = bare != draft.string
      guard let key else {
        sealed = nil
        return
      }
      let whole = draft.string.withUnredacted { Secret($0) }
      sealed = try SealedSecret(sealing: whole, at: ConnectionBundle.place(draft.name), with: key).text
    }

    func write(to fields: inout JSONWriter) {
      fields.member("name", draft.name)
      fields.member("url", url)
      fields.member("hasPassword", hasPassword)
      fields.member("sealed", sealed)
      fields.member("passwordRef", draft.passwordReference?.description)
      fields.member("access", draft.access.storedName)
      fields.member("project", draft.projectID)
      fields.member("config", draft.configuration.text)
    }
  }

  private static func place(_ name: String) -> SealedSecret.Place { SealedSecret.Place(record: name, field: field) }

  // MARK: Reading

  /// Reads what ``text(_:passphrase:cost:)`` wrote.
  /// - Parameter passphrase: asked for when the bundle is sealed.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when it is no bundle, ``DBError/Code-swift.struct/secretUnreadable`` when the passphrase
  ///   is another one or the file was changed.
  public init(_ text: String, passphrase: () throws(DBError) -> Secret) async throws(DBError) {
    guard case .document(let root)? = try? DBJSON(text).parsed(), root["kind"] == .text("connectionExport"),
      case .array(let list)? = root["connections"]
    else { throw Self.invalid("it is no JSON of kind connectionExport") }
    guard root["schemaVersion"] == .int(1) else { throw Self.invalid("its schema version is not 1; use a newer bosdb") }
    var ring: KeyRing?
    if case .text(let settings)? = root["passphrase"] {
      let settings = try Passphrase(settings)
      ring = try KeyRing([try await settings.key(try passphrase())])
    }
    var drafts: [ConnectionDraft] = []
    var incomplete: Set<String> = []
    for element in list.elements {
      guard case .document(let entry) = element else { throw Self.invalid("a connection is no object") }
      let (draft, isComplete) = try Self.draft(entry, ring)
      drafts.append(draft)
      if !isComplete { incomplete.insert(draft.name) }
    }
    self.drafts = drafts
    self.incomplete = incomplete
  }

  private static func draft(_ entry: DBDocument, _ ring: KeyRing?) throws(DBError) -> (ConnectionDraft, Bool) {
    func text(_ name: String) throws(DBError) -> String? {
      switch entry[name] {
      case .text(let text)?: return text
      case .null?, nil: return nil
      default: throw invalid("\(name) is no text")
      }
    }
    guard let name = try text("name"), let url = try text("url") else {
      throw invalid("a connection lacks name or url")
    }
    guard let access = AccessLevel(storedName: try text("access") ?? "read-only") else {
      throw invalid("the access of \(ConnectionDraft.isName(name) ? name : "a connection") is not one of the three")
    }
    var string = try ConnectionString(url)
    var isComplete = entry["hasPassword"] != .bool(true)
    if let sealed = try text("sealed") {
      guard let ring else { throw invalid("a connection is sealed, and the export has no passphrase") }
      do throws(DBError) {
        string = try ConnectionString(try SealedSecret(sealed).open(at: place(name), with: ring).withExposed { $0 })
      } catch  where error.code == .secretUnreadable {
        throw DBError(
          .secretUnreadable, "the export cannot be opened: the passphrase is another one, or it was changed")
      }
      isComplete = true
    }
    var reference: SecretReference?
    if let text = try text("passwordRef") { reference = try SecretReference(text) }
    return (
      ConnectionDraft(
        name: name, string: string, passwordReference: reference,
        access: access, projectID: try text("project"), configuration: DBJSON(try text("config") ?? "{}")),
      isComplete
    )
  }

  private static func invalid(_ reason: String) -> DBError {
    DBError(.invalidParameter, "the export cannot be read: \(reason)")
  }
}
