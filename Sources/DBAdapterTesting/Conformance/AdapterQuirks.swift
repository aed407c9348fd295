public import DBAdapterCore

/// What becomes of a value that is sent to an engine and read back.
public enum StorageQuirk: Sendable {
  /// It comes back as it was, through a column or cast of the type.
  case exact(type: String)
  /// The engine has no such type: it comes back as another value, which is what the adapter's documentation says.
  case becomes(type: String, DBValue)
  /// The engine cannot hold it, and the adapter says so instead of changing it.
  case refused(type: String, DBError.Code)
}

/// A connection that must fail, and how.
public struct ConnectFailureQuirk: Sendable {
  let name: String
  let target: String
  let code: DBError.Code
  let stage: ConnectStage?

  /// - Parameters:
  ///   - name: what is wrong with it: `a wrong password`.
  ///   - stage: how far it comes; `nil` where the engine has no stages.
  public init(_ name: String, target: String, code: DBError.Code, stage: ConnectStage? = nil) {
    self.name = name
    self.target = target
    self.code = code
    self.stage = stage
  }
}

/// A write that looks like a read to a classifier, so that only the server can stop it.
public struct SneakyWriteQuirk: Sendable {
  let setup: [String]
  let statement: String
  let cleanup: [String]
  let code: DBError.Code

  /// - Parameter code: what the server's refusal arrives as.
  public init(setup: [String], statement: String, cleanup: [String], code: DBError.Code = .permissionDenied) {
    self.setup = setup
    self.statement = statement
    self.cleanup = cleanup
    self.code = code
  }
}

/// How one engine differs from the others, declared: what ``AdapterConformanceSuite`` needs to know to test an adapter.
///
/// A case that makes no sense for an engine is left out because the engine's capabilities or quirks say so, and for no other reason.
public struct AdapterQuirks: Sendable {
  /// What reports call the adapter: `PostgreSQL`.
  public var name: String
  /// A registry that knows the adapter.
  public var registry: AdapterRegistry
  /// A database that may be written to. The suite makes tables under names of its own and removes them.
  public var target: ConnectionString
  /// What the adapter says it can do; the suite checks that it is what works.
  public var capabilities: AdapterCapabilities
  /// A placeholder by its number from 1: `$1`.
  public var placeholder: @Sendable (Int) -> String = { "$\($0)" }
  /// An expression as a type: `$1::numeric`.
  public var cast: @Sendable (_ expression: String, _ type: String) -> String = { "CAST(\($0) AS \($1))" }
  /// What becomes of a value.
  public var storage: @Sendable (DBValue) -> StorageQuirk = { _ in .exact(type: "text") }
  /// A query of one column `n` with the numbers from 1 to a count.
  var series: @Sendable (Int) -> String
  /// A query that runs for a minute or longer, and can be stopped.
  var endless: String
  /// Connections that fail.
  public var connectFailures: [ConnectFailureQuirk] = []
  /// A query of a column with an empty name, where the engine allows one.
  public var emptyColumnName: String?
  /// A query of three rows without columns, where the engine allows it.
  public var zeroColumns: String?
  /// An expression of a text that is not valid UTF-8: refused with a code, or `nil` when it arrives as a native value.
  public var invalidText: (expression: String, refused: DBError.Code?)?
  /// Whether a parameter has a type that its value must fit.
  public var parametersAreTyped = true
  /// Whether a failed statement spoils its transaction.
  public var failureAbortsTransaction = true
  /// An expression that fails when it is evaluated: `1/0`.
  public var failingExpression: (expression: String, code: DBError.Code)?
  /// Isolation levels the engine honours.
  public var isolationLevels: [TransactionOptions.Isolation] = [.serializable]
  /// Whether a statement may say what its columns are called, as `AS` does.
  public var namesColumns = true
  /// Whether a text has places for names. Where columns are named, they are checked; elsewhere only that engines without them refuse one.
  public var takesNames = true
  /// Whether a text has places for parameters.
  public var takesParameters = true
  /// Whether there are rules that the engine holds every row to.
  public var hasConstraints = true
  /// Whether several statements of one session may run at the same time.
  public var sessionsAreShared = false
  /// Whether a statement that was stopped is known to have done nothing.
  public var stoppedDidNothing = false
  /// Whether a text without parameters has no placeholders either.
  public var bareTextHasNoPlaceholders = false
  /// Whether a table that was never made is one without rows.
  public var missingTableIsEmpty = false
  /// Whether the rows of a stream come in the order of their numbers.
  public var streamIsOrdered = true
  /// A write that only the server can refuse.
  public var sneakyWrite: SneakyWriteQuirk?
  /// Sends a message to a channel, where there are subscriptions.
  public var publish: (@Sendable (_ channel: String, _ payload: String) -> QueryRequest)?
  /// How much later than asked a limit or a cancellation may take effect, apart from what ``MachineLag`` found the machine to take.
  public var tolerance: Duration = .milliseconds(250)
  private let ownDialect: (any ConformanceDialect)?

  var dialect: any ConformanceDialect { ownDialect ?? SQLConformanceDialect(quirks: self) }

  /// - Parameters:
  ///   - series: a query of one column `n` with the numbers from 1 to a count.
  ///   - endless: a query that runs for a minute or longer, and can be stopped.
  public init(
    name: String, registry: AdapterRegistry, target: ConnectionString, capabilities: AdapterCapabilities,
    series: @escaping @Sendable (Int) -> String, endless: String
  ) {
    self.name = name
    self.registry = registry
    self.target = target
    self.capabilities = capabilities
    self.series = series
    self.endless = endless
    ownDialect = nil
  }

  /// An engine without SQL.
  public init(
    name: String, registry: AdapterRegistry, target: ConnectionString, capabilities: AdapterCapabilities,
    dialect: any ConformanceDialect
  ) {
    self.name = name
    self.registry = registry
    self.target = target
    self.capabilities = capabilities
    series = { _ in "" }
    endless = ""
    ownDialect = dialect
  }
}
