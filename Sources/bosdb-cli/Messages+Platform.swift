internal import DBAdapterCore
internal import DBPlatform
internal import DBRendering

/// The sentences of `conn` and `secrets`.
extension Messages {
  static let connAbstract = "Keep connections by name, their secrets sealed."
  static let connDiscussion = """
    Connections are stored in $XDG_DATA_HOME/bosdb/bosdb.sqlite, or where BOSDB_STORE says (postgres://… for a team). Connection strings \
    are sealed as a whole with AES-256-GCM; bosdb-cli secrets init makes the key.

    EXAMPLES
      bosdb-cli conn add shop postgres://app@db.internal/shop --ask-password
      bosdb-cli query shop "SELECT count(*) FROM orders"

    \(exitCodes)
    """

  static let connAddAbstract = "Store a connection: check it, open it, seal it."
  static let connAddDiscussion = """
    A connection that cannot be opened is not stored, unless --force is given. Its access is what its sessions have; more cannot be had by \
    flags.

    EXAMPLES
      bosdb-cli conn add shop postgres://app@db.internal/shop --password-ref env:SHOP_PASSWORD
      bosdb-cli conn add cache redis://localhost:6379 --access read-write

    \(exitCodes)
    """

  static let connListAbstract = "List the stored connections."
  static let connListDiscussion = """
    No key is needed, and no secret is printed.

    EXAMPLES
      bosdb-cli conn list
      bosdb-cli conn list --format csv

    \(exitCodes)
    """

  static let connShowAbstract = "Show a stored connection, secrets as stars."
  static let connShowDiscussion = """
    EXAMPLES
      bosdb-cli conn show shop
      bosdb-cli conn show shop --json

    \(exitCodes)
    """

  static let connEditAbstract = "Change a stored connection."
  static let connEditDiscussion = """
    What is not given stays. The result is opened before it is stored, as by conn add.

    EXAMPLES
      bosdb-cli conn edit shop --access read-write
      bosdb-cli conn edit shop --rename shop-old --no-test

    \(exitCodes)
    """

  static let connRemoveAbstract = "Remove a stored connection."
  static let connRemoveDiscussion = """
    Asks on a terminal; elsewhere it needs --yes. Exits with 1 when the answer was no.

    EXAMPLES
      bosdb-cli conn remove shop
      bosdb-cli conn remove shop --yes

    \(exitCodes)
    """

  static let connTestAbstract = "Open a connection, and say how far that comes."
  static let connTestDiscussion = """
    The stages are: resolve, dial, tls, authentication, database, version, privileges. Warns of rights that a guard cannot hold back. The \
    exit code is that of the error.

    EXAMPLES
      bosdb-cli conn test shop
      bosdb-cli conn test postgres://app@localhost/shop --json

    \(exitCodes)
    """

  static let connImportAbstract = "Store connections from a file."
  static let connImportDiscussion = """
    Connections without their passwords are stored all the same, and said. Exits with 1 when some could not be stored.

    EXAMPLES
      bosdb-cli conn import connections.json
      bosdb-cli conn import --cryptojs old-connections.txt

    \(exitCodes)
    """

  static let connExportAbstract = "Write stored connections for another store."
  static let connExportDiscussion = """
    Without --with-secrets there is no password in it. With it, whole connection strings are sealed under a passphrase.

    EXAMPLES
      bosdb-cli conn export > connections.json
      bosdb-cli conn export shop --with-secrets -o shop.json

    \(exitCodes)
    """

  static let connExplainAbstract = "Say where each parameter of a connection comes from."
  static let connExplainDiscussion = """
    Secrets are stars. The first of these names the connection: --connection, --url, an argument, BOSDB_CONNECTION, BOSDB_URL, DATABASE_URL, \
    REDIS_URL, MONGODB_URL. What it leaves open, libpq takes from PG* variables, a service file, a password file, or its defaults.

    EXAMPLES
      bosdb-cli conn explain shop
      bosdb-cli conn explain "$DATABASE_URL" --json

    \(exitCodes)
    """

  static let secretsAbstract = "Make and change the key that secrets are sealed with."
  static let secretsDiscussion = """
    The key is in BOSDB_MASTER_KEY (32 bytes as base64 or hexadecimal digits; several with commas, the first for a store without key), in the \
    file of BOSDB_MASTER_KEY_FILE, printed by BOSDB_MASTER_KEY_COMMAND, made of the passphrase in BOSDB_MASTER_PASSPHRASE_FILE, or else in \
    bosdb.key beside the store.

    EXAMPLES
      bosdb-cli secrets init
      bosdb-cli secrets rotate

    \(exitCodes)
    """

  static let secretsInitAbstract = "Make the master key of a store that has none."
  static let secretsInitDiscussion = """
    EXAMPLES
      bosdb-cli secrets init
      bosdb-cli secrets init --passphrase

    \(exitCodes)
    """

  static let secretsRotateAbstract = "Seal every secret anew with another key, in one transaction."
  static let secretsRotateDiscussion = """
    A key file gets a new key. A key from elsewhere is followed by the one in BOSDB_NEW_MASTER_KEY, BOSDB_NEW_MASTER_KEY_FILE, \
    BOSDB_NEW_MASTER_KEY_COMMAND or BOSDB_NEW_MASTER_PASSPHRASE_FILE.

    EXAMPLES
      bosdb-cli secrets rotate
      bosdb-cli secrets rotate --key-file /etc/bosdb/key

    \(exitCodes)
    """

  static let secretsStatusAbstract = "Say which keys are in use, and which are at hand."
  static let secretsStatusDiscussion = """
    Exits with 1 when a secret's key is not at hand. No key is printed.

    EXAMPLES
      bosdb-cli secrets status
      bosdb-cli secrets status --json

    \(exitCodes)
    """

  // MARK: Stored connections

  static func noStore(_ name: String) -> String {
    "there is no stored connection\(shown(name)), and no store yet; bosdb-cli conn add makes both"
  }
  static func noSuchConnection(_ name: String) -> String {
    "there is no stored connection\(shown(name)); bosdb-cli conn list shows those there are"
  }
  /// What has not the form of a name may be a connection string in the wrong place, password included.
  private static func shown(_ name: String) -> String { ConnectionDraft.isName(name) ? " " + name : " of this name" }
  static func accessIsStored(_ name: String, _ access: String, wanted: String) -> String {
    "the connection \(name) is stored as \(access), and a flag asks for \(wanted); bosdb-cli conn edit \(name) --access \(wanted) changes that"
  }
  static let passwordSources = "give one of --password-ref, --password-stdin and --ask-password"
  static func stored(_ connection: StoredConnection) -> String {
    let port = connection.port.map { ":\($0)" } ?? ""
    let place = [connection.host.map { "at \($0)\(port)" }, connection.database].compactMap(\.self).joined(
      separator: ", ")
    return
      "stored \(connection.name): \(connection.kind.rawValue) \(SafeText(place).text) (\(connection.access.storedName), "
      + "\(connection.status.rawValue))"
  }
  static func storedUntested(_ reason: String) -> String {
    "warning: it is stored although it does not work: \(reason)"
  }
  static func privilege(_ finding: String) -> String { "warning: \(finding)" }
  static func unreadable(_ reason: String) -> String { "warning: \(reason)" }
  static func removeNeedsConsent(_ name: String) -> String {
    "conn remove \(name) needs --yes where nobody can be asked"
  }
  static func removes(_ connection: StoredConnection) -> String {
    "Remove \(connection.name) (\(connection.kind.rawValue) \(SafeText(connection.host ?? connection.database ?? "").text))?"
  }
  static func removed(_ name: String) -> String { "removed \(name)" }
  static func described(_ connection: StoredConnection, url: String?, reference: String?) -> String {
    let fields: [(String, String?)] = [
      ("name", connection.name), ("id", connection.id.description), ("engine", connection.kind.rawValue), ("url", url),
      ("password", reference), ("host", connection.host), ("port", connection.port.map { "\($0)" }),
      ("database", connection.database), ("access", connection.access.storedName),
      ("status", connection.status.rawValue), ("project", connection.projectID),
      ("created", connection.createdAt.description), ("updated", connection.updatedAt.description),
      ("last used", connection.lastUsedAt?.description),
    ]
    return fields.map { name, value in
      value.map { name + String(repeating: " ", count: 11 - name.count) + SafeText($0).text + "\n" } ?? ""
    }.joined()
  }
  static func importsCommand(_ name: String) -> String {
    "the password of \(name) is what a command prints, and would be run here; look at the file, then use --allow-commands"
  }
  static func importedBare(_ name: String) -> String {
    "note: \(name) lacks its password; bosdb-cli conn edit \(name) --ask-password adds it"
  }
  static let exportedBare = "note: passwords were left out; --with-secrets seals them under a passphrase"
  static let noCryptoKey = "PG_META_CRYPTO_KEY is not set; it is the key that CryptoJS encrypted with"

  // MARK: Keys

  static func initialized(_ key: String, _ source: String) -> String {
    "the store has the master key \(key), from \(source)"
  }
  static func rotated(_ key: String, _ count: Int) -> String {
    "\(count) \(count == 1 ? "secret is" : "secrets are") sealed with the new master key \(key)"
  }
  static func keyMoved(_ destination: String) -> String {
    "note: from now on the key is \(destination): put it where the old one was named; the old key is not needed any more"
  }
  static let newKeyTwice = "give one of --passphrase and --key-file"
  static func status(_ status: SecretVault.Status, store: String, source: String?) -> String {
    var lines = [
      "store       \(store)", "key source  \(source ?? "none")", "active key  \(status.activeKey ?? "none")",
    ]
    lines.append("at hand     \(status.keysAtHand.isEmpty ? "none" : status.keysAtHand.joined(separator: ", "))")
    for (key, count) in status.sealed.sorted(by: { $0.key < $1.key }) {
      lines.append(
        "sealed      \(count) with \(key)" + (status.keysAtHand.contains(key) ? "" : ", which is not at hand"))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Questions

  static let password = "Password: "
  static let passphrase = "Passphrase: "
  static let again = "Again: "
  static let nothingEntered = "nothing was entered"
  static let enteredDifferently = "the two are not the same"
  static let noTerminal =
    "there is no terminal to ask on; BOSDB_MASTER_PASSPHRASE_FILE, --passphrase-file or --password-stdin takes its place"
  static let terminal = "the terminal"
}
