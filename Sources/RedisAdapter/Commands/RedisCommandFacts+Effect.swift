internal import DBAdapterCore

// What the server's flags do not tell, decided by name. A command that is in no list here follows its flags: `write` writes, `readonly`
// reads, `admin` and @dangerous administer, and one without any of them is unknown.
extension RedisCommandFacts {
  static func effect(
    _ name: String, _ flags: Flags, _ categories: Set<String>
  ) -> StatementClassification.Effect {
    if administration.contains(name) { return .administration }
    if transactionControl.contains(name) { return .transactionControl }
    if connectionBound.contains(name) { return .session }
    if procedures.contains(name) { return .procedure }
    if harmless.contains(name) || name.hasSuffix("|help") { return .read }
    if writes.contains(name) { return .write }
    if flags.contains(.admin) || categories.contains("@admin") || categories.contains("@dangerous") {
      return .administration
    }
    if flags.contains(.write) { return .write }
    return flags.contains(.readOnly) ? .read : .unknown
  }

  /// Commands that concern everybody on the server, whatever their flags say. `KEYS` reads every key while all others wait. `MIGRATE` and
  /// `RESTORE` connect the server elsewhere and store bytes it does not check. `ACL LIST` and `ACL GETUSER` show the hashes of passwords, which
  /// are not salted. `MEMORY PURGE`, `SCRIPT FLUSH` and the writing parts of `FUNCTION` reach into what all clients share.
  private static let administration: Set<String> = [
    "monitor", "keys", "flushall", "flushdb", "swapdb", "debug", "shutdown", "replicaof", "slaveof", "failover",
    "sync", "psync", "replconf", "save", "bgsave", "bgrewriteaof", "migrate", "restore", "restore-asking",
    "config|set", "config|rewrite", "config|resetstat", "acl|setuser", "acl|deluser", "acl|load", "acl|save",
    "acl|list", "acl|getuser", "client|kill", "client|pause", "client|unpause", "client|unblock", "client|no-evict",
    "module|load", "module|loadex", "module|unload", "memory|purge", "latency|reset", "slowlog|reset",
    "commandlog|reset", "script|flush", "script|kill", "script|debug", "function|load", "function|delete",
    "function|flush", "function|restore", "function|kill", "pfdebug", "pfselftest",
  ]

  private static let transactionControl: Set<String> = ["multi", "exec", "discard", "watch", "unwatch"]

  /// See ``changesConnection``.
  static let connectionBound: Set<String> = [
    "auth", "hello", "select", "reset", "quit", "readonly", "readwrite", "asking", "multi", "exec", "discard", "watch",
    "unwatch", "wait", "waitaof", "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe",
    "sunsubscribe", "client|setname", "client|setinfo", "client|reply", "client|tracking", "client|caching",
    "client|no-evict", "client|no-touch", "client|capa", "client|import-source", "script|debug", "monitor", "sync",
    "psync", "replconf",
  ]

  /// Blocking commands that older servers do not flag as such.
  static let waiting: Set<String> = [
    "wait", "waitaof", "blpop", "brpop", "brpoplpush", "blmove", "blmpop", "bzpopmin", "bzpopmax", "bzmpop", "xread",
    "xreadgroup",
  ]

  /// Code that the server runs and nobody has looked into; the names with `_ro` are flagged as reads, and the server keeps them to it.
  private static let procedures: Set<String> = ["eval", "evalsha", "fcall"]

  /// Commands that only ask, although they are flagged as administration, dangerous or nothing. `CONFIG GET` and `ACL LOG` depend on their
  /// arguments: see ``RedisClassifier``.
  private static let harmless: Set<String> = [
    "ping", "echo", "time", "lolwut", "info", "role", "lastsave", "sort_ro",
    "command", "command|count", "command|docs", "command|getkeys", "command|getkeysandflags", "command|info",
    "command|list", "config|get", "acl|cat", "acl|dryrun", "acl|genpass", "acl|log", "acl|users", "acl|whoami",
    "client|getname", "client|getredir", "client|id", "client|info", "client|list", "client|trackinginfo",
    "cluster|count-failure-reports", "cluster|countkeysinslot", "cluster|getkeysinslot", "cluster|getslotmigrations",
    "cluster|info", "cluster|keyslot", "cluster|links", "cluster|myid", "cluster|myshardid", "cluster|nodes",
    "cluster|replicas", "cluster|shards", "cluster|slaves", "cluster|slot-stats", "cluster|slots", "function|dump",
    "function|list", "function|stats", "latency|doctor", "latency|graph", "latency|histogram", "latency|history",
    "latency|latest", "memory|doctor", "memory|malloc-stats", "memory|stats", "module|list", "pubsub|channels",
    "pubsub|numpat", "pubsub|numsub", "pubsub|shardchannels", "pubsub|shardnumsub", "script|exists", "script|show",
    "slowlog|get", "slowlog|len", "commandlog|get", "commandlog|len",
    "sentinel|ckquorum", "sentinel|get-master-addr-by-name", "sentinel|info-cache",
    "sentinel|master", "sentinel|masters", "sentinel|myid", "sentinel|replicas", "sentinel|sentinels",
    "sentinel|slaves",
  ]

  /// Commands that write without the flag: they reach subscribers, or the server's cache of scripts. `SORT` is flagged as dangerous too.
  private static let writes: Set<String> = ["publish", "spublish", "script|load", "sort"]

  /// What a refusal says where the effect alone explains little.
  static let findings: [String: String] = [
    "keys": "reads every key while all others wait", "monitor": "shows what everybody does",
    "migrate": "sends keys to another server", "restore": "stores bytes that the server does not check",
    "acl|list": "shows hashes of passwords", "acl|getuser": "shows hashes of passwords",
    "sort": "may store its result",
    "getex": "may change when a key expires", "georadius": "may store its result",
    "georadiusbymember": "may store its result", "bitfield": "may write bits",
    "publish": "sends messages to subscribers", "spublish": "sends messages to subscribers",
    "swapdb": "exchanges two databases for everybody", "xreadgroup": "marks entries as delivered",
  ]

  /// What a refusal advises.
  static let hints: [String: String] = [
    "eval": "use EVAL_RO", "evalsha": "use EVALSHA_RO", "fcall": "use FCALL_RO", "sort": "use SORT_RO",
    "keys": "use SCAN", "bitfield": "use BITFIELD_RO", "georadius": "use GEORADIUS_RO or GEOSEARCH",
    "georadiusbymember": "use GEORADIUSBYMEMBER_RO or GEOSEARCH", "getex": "use GET",
    "lmpop": "use LRANGE", "zmpop": "use ZRANGE", "acl|list": "use ACL USERS", "acl|getuser": "use ACL USERS",
    "xreadgroup": "use XREAD", "select": "name the database in the connection string", "multi": "use atomically",
    "exec": "use atomically", "discard": "use atomically", "watch": "use atomically", "unwatch": "use atomically",
  ]
}
