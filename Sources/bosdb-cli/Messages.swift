internal import DBAdapterCore

/// Every sentence a user can see that is not the library's or the server's.
enum Messages {
  static let rootAbstract = "Query and inspect databases."

  static let rootDiscussion = """
    EXAMPLES
      bosdb-cli query sqlite:shop.db "SELECT * FROM orders LIMIT 5"
      bosdb-cli schema describe postgres://app@localhost/shop orders
      bosdb-cli redis get redis://localhost cart:17

    Data goes to standard output, everything else to standard error. On a terminal rows are a table; piped they are JSON lines, and \
    documents are JSON. Scripts should say --format.

    Sessions are read-only unless --write is given. The connection is an argument, --connection, --url, BOSDB_CONNECTION, BOSDB_URL, \
    DATABASE_URL, REDIS_URL or MONGODB_URL: a URL, or the name of a connection stored by conn add.

    \(exitCodes)
    """

  static let exitCodes = """
    EXIT CODES
      0 success                  5 authentication, permission     9 unsupported
      1 negative answer          6 timeout                       70 internal error
      2 usage or configuration   7 refused: needs --write       130 interrupted
      3 statement failed         8 incomplete                   143 terminated
      4 connection failed
    """

  static let queryAbstract = "Run a statement, or a script of statements, and print the rows."

  static let queryDiscussion = """
    The statement is an argument, a file (-f), or standard input. An argument holds one statement; files and standard input are split \
    by the engine's own scanner, run in one session, and stop at the first error. For Redis a statement is a command, quoted as in \
    redis-cli, and a script has one a line. For MongoDB it is a command document or a form such as db.orders.find({}).

    EXAMPLES
      bosdb-cli query sqlite:shop.db "SELECT * FROM orders WHERE id = ?1" -p 6
      bosdb-cli query redis://localhost 'HSET $1 name "Flat white"' -p product:1 --write
      bosdb-cli query "$DATABASE_URL" -f report.sql --format csv -o report.csv

    Piped, rows are JSON lines; on a terminal they are a table. Documents are lines of Extended JSON, and one column of it in a table; \
    --flatten makes columns of their fields.

    \(exitCodes)
    """

  static let redisAbstract = "Look at the keys of a Redis server."

  static func redisDiscussion(_ first: String, _ second: String, _ text: String = "") -> String {
    """
    \(text.isEmpty ? "" : text + "\n\n")EXAMPLES
      bosdb-cli redis \(first)
      bosdb-cli redis \(second)

    The connection is an argument, --url, BOSDB_URL, REDIS_URL or DATABASE_URL. Commands of Redis itself are run by bosdb-cli query.

    \(exitCodes)
    """
  }

  static let redisGetAbstract = "Show what is stored under a key, whatever its type."
  static let redisGetText = """
    Exits with 1 when there is no such key. A large collection is cut at --limit elements, and says so.
    """

  static let redisKeysAbstract = "List keys as they are found."
  static let redisKeysText = """
    The keys are gone through page by page (SCAN), so that the server is never held up, and each is listed once. Keys that appear or \
    disappear meanwhile may be among them or not.
    """

  static let redisAnalyzeAbstract = "Find out what the keys are, what they hold and what they take."
  static let redisAnalyzeText = """
    Keys are sampled within a budget of keys, time and commands a second; --sample all looks at every key. Groups are sorted by the memory \
    they take. What is an estimate says so, with the margin in which the true number is in 95 of 100 samples.
    """

  static let serverAbstract = "Ask a server about itself."

  static let serverDiscussion = """
    EXAMPLES
      bosdb-cli server info redis://localhost --section memory
      bosdb-cli server info "$DATABASE_URL" --json

    \(exitCodes)
    """

  static let serverInfoAbstract = "Show what answers: product, version, role, and what the server reports of itself."

  static let explainAbstract = "Show how a statement would be run."

  static let explainDiscussion = """
    EXAMPLES
      bosdb-cli explain sqlite:shop.db "SELECT * FROM orders WHERE tenant_id = 6"
      bosdb-cli explain "$DATABASE_URL" 'SELECT * FROM orders WHERE id = $1' -p 7

    Piped, the plan is JSON; on a terminal it is a tree.

    \(exitCodes)
    """

  static let schemaAbstract = "Inspect schemas and tables."

  static let schemaDiscussion = """
    EXAMPLES
      bosdb-cli schema tables sqlite:shop.db
      bosdb-cli schema describe postgres://app@localhost/shop orders --format json

    \(exitCodes)
    """

  static func schemaDiscussion(_ first: String, _ second: String) -> String {
    """
    EXAMPLES
      bosdb-cli schema \(first)
      bosdb-cli schema \(second)

    Piped, the output is a JSON document; on a terminal it is text.

    \(exitCodes)
    """
  }

  static let poolAbstract = "Find out what a pool of connections can carry."

  static let poolDiscussion = """
    EXAMPLES
      bosdb-cli pool bench postgres://app@localhost/shop
      bosdb-cli pool bench "$DATABASE_URL" --tasks 200 --connections 20 --seconds 30

    \(exitCodes)
    """

  static let poolBenchAbstract = "Put a load on a database through one pool, and say how the pool bore it."

  static let poolBenchDiscussion = """
    Every task leases a session, runs the statement (SELECT 1 unless another is given) and gives the session back, until the time is over. Try \
    several numbers of connections: as long as the throughput rises with them, more are worth it; once only the lease wait falls and the \
    execution time rises, the server is busy.

    Exits with 1 when a statement failed.

    EXAMPLES
      bosdb-cli pool bench postgres://app@localhost/shop --tasks 64 --connections 10
      bosdb-cli pool bench "$DATABASE_URL" "SELECT * FROM orders WHERE id = 7" --seconds 30 -F json

    \(exitCodes)
    """

  static let pingAbstract = "Check that a database answers."

  static let pingDiscussion = """
    Exits with 1 when it does not answer.

    EXAMPLES
      bosdb-cli ping postgres://app@localhost/shop
      bosdb-cli ping "$DATABASE_URL" --wait 30s

    \(exitCodes)
    """

  static let driversAbstract = "List the engines, their URL schemes and what they can do."

  static let driversDiscussion = """
    EXAMPLES
      bosdb-cli drivers
      bosdb-cli drivers --json

    \(exitCodes)
    """

  static let versionAbstract = "Print the version."

  static let versionDiscussion = """
    EXAMPLES
      bosdb-cli version
      bosdb-cli version --json

    \(exitCodes)
    """

  // MARK: Connections

  static let noConnection =
    "no connection was given; write it as the first argument, or use --connection, --url, BOSDB_CONNECTION, BOSDB_URL, DATABASE_URL, REDIS_URL or MONGODB_URL"
  static func wrongEngine(_ engine: String, wanted: String) -> String {
    "this command is for \(wanted), and the connection is to \(engine)"
  }
  static let connectionTwice = "too many arguments: is the connection given twice?"
  static let passwordInArguments =
    "warning: a password on the command line can be seen by other users; use BOSDB_URL, PGPASSWORD or --password-stdin"
  static let noPassword = "--password-stdin found no password on standard input"
  static func connecting(_ endpoint: String, _ stage: String) -> String {
    "connecting to: \(endpoint), stage: \(stage)"
  }

  // MARK: Statements and files

  static let noStatement = "no statement was given; write it as an argument, or use -f FILE, or pipe it in"
  static let statementTwice = "the statement is given twice: as an argument and with -f"
  static let emptyStatement = "the statement is empty"
  static let explainsOneStatement = "one statement can be explained at a time"
  static let noTable = "no table was given"
  static func noReport(_ engine: String) -> String { "\(engine) reports nothing in sections" }
  static let noKey = "no key was given"
  static func seen(_ summary: String) -> String { "seen: \(summary)" }
  static func noSuchKey(_ key: String) -> String { "there is no key \(key)" }
  static func entry(type: String, length: Int, details: [String]) -> String {
    let units = [
      "string": ("byte", "bytes"), "hash": ("field", "fields"), "stream": ("entry", "entries"),
      "list": ("element", "elements"),
    ]
    let unit = units[type] ?? ("member", "members")
    return (["\(type), \(length) \(length == 1 ? unit.0 : unit.1)"] + details).joined(separator: ", ")
  }
  static func expires(_ milliseconds: Double) -> String { "expires in \(DBValue.text(of: milliseconds / 1_000)) s" }
  static let neverExpires = "does not expire"
  static func memory(_ bytes: Int) -> String { "about \(bytes) bytes of memory" }
  static func cutEntry(_ shown: Int, _ length: Int) -> String {
    "note: \(shown) of \(length) are shown (--limit)"
  }
  static func cutKeys(_ shown: Int) -> String {
    "note: the listing was cut at \(shown) keys (--limit); there may be more"
  }
  static let standardInputTwice = "only one of -f -, -p - and --password-stdin can read standard input"
  static let parametersNeedOneStatement = "parameters need exactly one statement, and the script has"
  static let continueInTransaction =
    "--continue and --single-transaction exclude each other: a failed statement ends the transaction"
  static let standardInput = "standard input"
  static let standardOutput = "standard output"
  static func cannotRead(_ name: String, _ reason: String) -> String { "cannot read \(name): \(reason)" }
  static func cannotWrite(_ name: String, _ reason: String) -> String { "cannot write \(name): \(reason)" }
  static func outputExists(_ path: String) -> String { "\(path) exists; --force replaces it" }
  static func notUTF8(_ name: String, byte: Int, line: Int) -> String {
    "\(name) is not valid UTF-8 at byte \(byte) (line \(line))"
  }

  static func argumentNotUTF8(_ position: Int) -> String { "argument \(position) is not valid UTF-8" }

  // MARK: Parameters

  static func parameter(_ name: String, _ reason: String) -> String { "parameter \(name): \(reason)" }
  static func parameterForm(_ text: String) -> String {
    "-P \(text): write NAME:TYPE=VALUE, for example -P tenant:int=6"
  }
  static func parameterType(_ name: String, _ type: String, _ known: String) -> String {
    "parameter \(name): there is no type \(type); the types are \(known)"
  }
  static func parameterValue(_ name: String, _ type: String) -> String {
    "parameter \(name): the value is not a valid \(type)"
  }
  static func parameterTwice(_ name: String) -> String { "parameter \(name) is given twice" }
  static func parameterUnused(_ name: String) -> String { "parameter \(name): the statement has no :\(name)" }
  static let noPlaceholders =
    "MongoDB's commands have no placeholders for -p and -P; write the value in the command, as Extended JSON"
  static func parameterMissing(_ number: Int) -> String { "parameter \(number) is missing" }
  static func parameterNumber(_ text: String) -> String {
    "parameter \(text): placeholders are numbered from 1 to 65535"
  }

  // MARK: Options

  static let formatTwice = "the format is given twice"
  static func notPositive(_ option: String) -> String { "\(option) has to be at least 1" }
  static func formatUnsupported(_ format: String, _ known: String) -> String {
    "--format \(format) does not fit here; use \(known)"
  }

  // MARK: Results

  static func truncated(_ truncation: Truncation) -> String {
    let limit = truncation.limit
    return switch truncation.reason {
    case .rowLimit: "note: the result was cut at \(limit) \(limit == 1 ? "row" : "rows") (--limit); there may be more"
    case .byteLimit: "note: the result was cut before it took more than \(limit) bytes (--max-bytes); there is more"
    }
  }
  static func cut(_ cells: Int, _ limit: Int) -> String {
    "note: \(cells) \(cells == 1 ? "cell was" : "cells were") cut at \(limit) characters (--max-cell)"
  }
  static func leftOut(_ text: String) -> String { "note: \(text) (--flatten)" }
  static func renamed(_ original: String, _ written: String) -> String {
    "warning: the column name \"\(original)\" occurs more than once; a later one is written as \"\(written)\""
  }
  static func rows(_ count: Int) -> String { "(\(count) \(count == 1 ? "row" : "rows"))" }
  static func done(_ tag: String?, _ affected: Int?) -> String {
    let rows = affected.map { "\($0) \($0 == 1 ? "row" : "rows")" }
    return [tag ?? "done", rows].compactMap(\.self).joined(separator: ": ")
  }
  static func scriptDone(_ statements: Int, _ affected: Int) -> String {
    "\(statements) statements run, \(affected) \(affected == 1 ? "row" : "rows") changed"
  }
  static func incomplete(_ reason: String) -> String { "warning: the listing is not complete: \(reason)" }
  static func stats(
    rows: Int, bytes: Int, connect: Double, execute: Double, fetch: Double, pool: PoolSnapshot
  ) -> String {
    "\(rows) \(rows == 1 ? "row" : "rows"), \(bytes) bytes; connect \(connect) ms, execute \(execute) ms, fetch \(fetch) ms; "
      + "pool \(pool.active) of \(pool.maximumConnections) in use, \(pool.counters.openedConnections) opened, \(pool.counters.failedDials) dials failed"
  }
  static func connected(_ endpoint: String, _ milliseconds: Double) -> String {
    "connected to \(endpoint) in \(milliseconds) ms"
  }
  static func ready(_ product: String, _ version: String, _ endpoint: String, _ milliseconds: Double) -> String {
    "\(product) \(version) at \(endpoint) is ready (\(milliseconds) ms)"
  }
  static func outOfRange(_ option: String, _ range: String) -> String { "\(option) has to be \(range)" }
  static func waiting(_ reason: String) -> String { "waiting: \(reason)" }

  // MARK: Errors

  static let interrupted = "interrupted"
  static func transactionFailed(_ outcome: String, _ reason: String?) -> String {
    let state =
      switch outcome {
      case "rolledBack": "the transaction was rolled back"
      case "committed": "the transaction was committed"
      default: "whether the transaction was committed is unknown"
      }
    return reason.map { "\(state): \($0)" } ?? state
  }

  /// The library names its calls; here there are none.
  static let copyIsAStream = "COPY moves its data as a stream, and bosdb-cli has no command for that"

  /// The guard speaks of sessions; here a flag opens them.
  static func refused(_ reason: String) -> String {
    reason + (reason.contains("with administrative access") ? ": --admin" : ": --write")
  }

  static let mayWrite = "may write"
  static func nobodyToAsk(_ deed: String) -> String {
    "\(deed), and there is no terminal to ask on; --confirm never runs it without asking"
  }
  static func notConfirmed(_ deed: String) -> String { "\(deed); it was not confirmed, and nothing was sent" }
  static func confirmationQuestion(_ deed: String, _ endpoint: String) -> String {
    "\(deed), at \(endpoint). Run it?"
  }

  /// What to do about an error, where the command line has an answer.
  static func hint(for error: DBError, statement: String?) -> String? {
    if error.server?.sqlState == "25006" || error.server?.nativeName == "SQLITE_READONLY" {
      return "the session is read-only; --write allows statements that write"
    }
    guard let statement else { return nil }
    switch error.code {
    case .syntaxError where statement.hasPrefix("\\"):
      return "backslash commands are psql's own; a script here is SQL only"
    case .syntaxError where statement.hasPrefix("."): return "dot commands are sqlite3's own; a script here is SQL only"
    case .unsupported where statement.prefix(4).uppercased() == "COPY": return copyInScript
    default: return nil
    }
  }

  static let copyInScript =
    "COPY from STDIN and to STDOUT need psql; pg_dump --inserts writes scripts without it, and --format csv reads tables"
}
