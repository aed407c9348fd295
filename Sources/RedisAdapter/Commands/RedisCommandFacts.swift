internal import DBAdapterCore

/// What the server says of one command, or of one subcommand of a container such as `CONFIG`, and what follows from it.
final class RedisCommandFacts: Sendable {
  /// The flags of `COMMAND` that something follows from.
  struct Flags: OptionSet, Sendable, Hashable {
    let rawValue: UInt16
    static let write = Flags(rawValue: 1 << 0)
    static let readOnly = Flags(rawValue: 1 << 1)
    static let admin = Flags(rawValue: 1 << 2)
    static let pubSub = Flags(rawValue: 1 << 3)
    static let blocking = Flags(rawValue: 1 << 4)
    static let noScript = Flags(rawValue: 1 << 5)
    static let movableKeys = Flags(rawValue: 1 << 6)
    static let noMulti = Flags(rawValue: 1 << 7)
    static let fast = Flags(rawValue: 1 << 8)

    static let names: [String: Flags] = [
      "write": .write, "readonly": .readOnly, "admin": .admin, "pubsub": .pubSub, "blocking": .blocking,
      "noscript": .noScript, "movablekeys": .movableKeys, "no_multi": .noMulti, "fast": .fast,
    ]
  }

  /// In small letters, as the server writes it: `get`, `config|set`.
  let name: String
  /// How many arguments it takes, its name included; negative is at least as many, 0 is not known.
  let arity: Int
  let flags: Flags
  /// The categories of access control it is in: `@read`, `@dangerous`.
  let categories: Set<String>
  let keySpecs: [RedisKeySpec]
  /// What the server advises clients: `request_policy:all_shards`.
  let tips: [String]
  /// Whether it is a container that has subcommands.
  let isContainer: Bool

  /// What it does whatever its arguments are; ``RedisClassifier`` looks at those that matter.
  let classification: StatementClassification
  /// What an unknown subcommand of this container counts as.
  let unknownSubcommand: StatementClassification
  /// Whether it may keep the connection waiting. `XREAD` does so only with BLOCK: see ``blocks(_:)``.
  let isBlocking: Bool
  /// Whether it changes what later commands on the same connection mean, or is about what this very connection did before (`WAIT`,
  /// `EXEC`): it has no place on a connection that others use too.
  let changesConnection: Bool
  /// Whether its first argument is the text of a script.
  let isScript: Bool
  let requestPolicy: RedisRequestPolicy?
  let responsePolicy: RedisResponsePolicy?

  /// The columns of its replies, where it has some of its own.
  let replyEntry: KnownReplies.Entry?
  /// What `name` is compared with.
  let nameBytes: [UInt8]
  let keyRule: KeyRule

  /// - Parameter subcommands: those of a container.
  init(
    name: String, arity: Int = 0, flags: Flags = [], categories: Set<String> = [], keySpecs: [RedisKeySpec] = [],
    tips: [String] = [], subcommands: [RedisCommandFacts] = []
  ) {
    self.name = name
    self.arity = arity
    self.flags = flags
    self.categories = categories
    self.keySpecs = keySpecs
    self.tips = tips
    nameBytes = Array(name.utf8)
    isContainer = !subcommands.isEmpty
    isBlocking = flags.contains(.blocking) || categories.contains("@blocking") || Self.waiting.contains(name)
    changesConnection = Self.connectionBound.contains(name)
    isScript = name == "eval" || name == "eval_ro"
    keyRule = KeyRule(name: name, flags: flags, specs: keySpecs)
    requestPolicy = RedisRequestPolicy(tips)
    responsePolicy = RedisResponsePolicy(tips)
    let summary = name.uppercased().replacing("|", with: " ")
    replyEntry = KnownReplies.entry(summary)
    classification = StatementClassification(
      Self.effect(name, flags, categories), summary: summary, finding: Self.findings[name],
      destruction: RedisDestruction.always(name), hint: Self.hints[name])
    // New subcommands come with new servers. Where others administer the server, so may these.
    let administers = subcommands.contains { $0.classification.effect == .administration }
    unknownSubcommand = StatementClassification(administers ? .administration : .unknown, summary: summary)
  }

  var isWrite: Bool { flags.contains(.write) }
  /// Whether the server lets it run on a replica.
  var isReadOnly: Bool { flags.contains(.readOnly) }
  /// Whether it is for subscribers and publishers.
  var isPubSub: Bool { flags.contains(.pubSub) }
  var isAdministrative: Bool { classification.effect == .administration }

  /// Whether this very command may keep the connection waiting.
  func blocks(_ command: RedisCommand) -> Bool {
    guard isBlocking else { return false }
    guard name == "xread" || name == "xreadgroup" else { return true }
    var position = 1
    while position < command.count, !command.isWord(position, "STREAMS") {
      if command.isWord(position, "BLOCK") { return true }
      position += 1
    }
    return false
  }

  /// Whether there is more to running it than to send it and to wait for its reply.
  var needsCare: Bool { isBlocking || changesConnection || isScript }
}

/// To which nodes of a cluster a command without keys goes, as the server advises
/// (https://redis.io/docs/latest/develop/reference/command-tips/).
enum RedisRequestPolicy: String, Sendable, Hashable {
  case allNodes = "all_nodes"
  /// All primaries.
  case allShards = "all_shards"
  /// Its keys may be divided among several nodes. We do not: the parts would not be atomic.
  case multiShard = "multi_shard"
  case special

  init?(_ tips: [String]) {
    guard let value = RedisCommandFacts.tip("request_policy:", tips) else { return nil }
    self.init(rawValue: value)
  }
}

/// How the replies of several nodes become one.
enum RedisResponsePolicy: String, Sendable, Hashable {
  /// The first success; an error when all failed.
  case oneSucceeded = "one_succeeded"
  /// A success when all succeeded.
  case allSucceeded = "all_succeeded"
  case logicalAnd = "agg_logical_and"
  case logicalOr = "agg_logical_or"
  case minimum = "agg_min"
  case maximum = "agg_max"
  case sum = "agg_sum"
  case special

  init?(_ tips: [String]) {
    guard let value = RedisCommandFacts.tip("response_policy:", tips) else { return nil }
    self.init(rawValue: value)
  }
}

extension RedisCommandFacts {
  fileprivate static func tip(_ name: String, _ tips: [String]) -> String? {
    tips.first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
  }
}
