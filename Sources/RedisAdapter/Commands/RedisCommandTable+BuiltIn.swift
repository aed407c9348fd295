extension RedisCommandTable {
  /// The commands of Redis 7.0, for servers that do not tell theirs: those before Redis 7 say nothing of subcommands, and a user may be
  /// denied `COMMAND`. It is an allow-list: what is not in it is unknown.
  static let builtIn: RedisCommandTable = {
    let leaves = groups.flatMap { group in
      group.names.split(separator: " ").map { name in
        RedisCommandFacts(name: String(name), flags: group.flags, keySpecs: group.keys, tips: group.tips)
      }
    }
    let families = Dictionary(grouping: leaves.filter { $0.name.contains("|") }) { facts in
      String(facts.name.prefix { $0 != "|" })
    }
    return RedisCommandTable(
      families.map { RedisCommandFacts(name: $0.key, subcommands: $0.value) } + leaves)
  }()

  /// Commands of the same kind.
  private struct Group: Sendable {
    let flags: RedisCommandFacts.Flags
    let keys: [RedisKeySpec]
    let tips: [String]
    let names: String

    init(_ flags: RedisCommandFacts.Flags, _ keys: [RedisKeySpec], _ names: String, tips: String = "") {
      self.flags = flags
      self.keys = keys
      self.tips = tips.split(separator: " ").map(String.init)
      self.names = names
    }
  }

  private static let one = [RedisKeySpec(.index(1), .range(last: 0, step: 1, divisor: 0))]
  private static let second = [RedisKeySpec(.index(2), .range(last: 0, step: 1, divisor: 0))]
  private static let two = [RedisKeySpec(.index(1), .range(last: 1, step: 1, divisor: 0))]
  private static let all = [RedisKeySpec(.index(1), .range(last: -1, step: 1, divisor: 0))]
  private static let allFromSecond = [RedisKeySpec(.index(2), .range(last: -1, step: 1, divisor: 0))]
  private static let allButLast = [RedisKeySpec(.index(1), .range(last: -2, step: 1, divisor: 0))]
  private static let pairs = [RedisKeySpec(.index(1), .range(last: -1, step: 2, divisor: 0))]
  private static let counted = [RedisKeySpec(.index(1), .counted(count: 0, first: 1, step: 1))]
  private static let countedSecond = [RedisKeySpec(.index(2), .counted(count: 0, first: 1, step: 1))]
  private static let oneAndCounted = one + countedSecond

  /// After STREAMS the first half of the arguments are keys.
  private static func streams(from start: Int) -> [RedisKeySpec] {
    [RedisKeySpec(.keyword("STREAMS", from: start), .range(last: -1, step: 1, divisor: 2))]
  }

  /// The destination of the old commands of geography.
  private static func stored(from start: Int) -> [RedisKeySpec] {
    ["STORE", "STOREDIST"].map { keyword in
      RedisKeySpec(.keyword(keyword, from: start), .range(last: 0, step: 1, divisor: 0))
    }
  }

  private static let groups: [Group] = [
    Group(.readOnly, [], "lolwut sort_ro"),
    Group(.readOnly, [], "keys randomkey", tips: "request_policy:all_shards"),
    Group(.readOnly, [], "dbsize", tips: "request_policy:all_shards response_policy:agg_sum"),
    Group(.readOnly, [], "scan", tips: "request_policy:special"),
    Group(.readOnly, all, "pfcount sdiff sinter sunion"),
    Group(.readOnly, all, "mget", tips: "request_policy:multi_shard"),
    Group(.readOnly, all, "exists touch", tips: "request_policy:multi_shard response_policy:agg_sum"),
    Group(.readOnly, counted, "sintercard zdiff zinter zintercard zunion"),
    Group(.readOnly, countedSecond, "eval_ro evalsha_ro fcall_ro"),
    Group(
      .readOnly, one,
      """
      bitcount bitfield_ro bitpos dump expiretime geodist geohash geopos georadius_ro georadiusbymember_ro geosearch \
      get getbit getrange hexists hget hgetall hkeys hlen hmget hrandfield hscan hstrlen hvals lindex llen lpos \
      lrange pexpiretime pttl scard sismember smembers smismember srandmember sscan strlen substr ttl type xlen \
      xpending xrange xrevrange zcard zcount zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank \
      zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore
      """),
    Group(
      .readOnly, second,
      """
      memory|usage object|encoding object|freq object|idletime object|refcount xinfo|consumers xinfo|groups \
      xinfo|stream
      """),
    Group(.readOnly, two, "lcs"),
    Group([.readOnly, .blocking], streams(from: 1), "xread"),
    Group(.write, one + stored(from: 5), "georadiusbymember"),
    Group(.write, one + stored(from: 6), "georadius"),
    Group(.write, [], "migrate sort swapdb"),
    Group(
      .write, [], "flushall flushdb function|delete function|flush function|load function|restore",
      tips: "request_policy:all_shards response_policy:all_succeeded"),
    Group(.write, all, "pfmerge sdiffstore sinterstore sunionstore"),
    Group(.write, all, "del unlink", tips: "request_policy:multi_shard response_policy:agg_sum"),
    Group(.write, allFromSecond, "bitop"),
    Group(.write, counted, "lmpop zmpop"),
    Group(
      .write, one,
      """
      append bitfield decr decrby expire expireat geoadd getdel getex getset hdel hincrby hincrbyfloat hmset hset \
      hsetnx incr incrby incrbyfloat linsert lpop lpush lpushx lrem lset ltrim move persist pexpire pexpireat pfadd \
      psetex restore restore-asking rpop rpush rpushx sadd set setbit setex setnx setrange spop srem xack xadd xautoclaim xclaim \
      xdel xsetid xtrim zadd zincrby zpopmax zpopmin zrem zremrangebylex zremrangebyrank zremrangebyscore
      """),
    Group(.write, oneAndCounted, "zdiffstore zinterstore zunionstore"),
    Group(.write, pairs, "msetnx", tips: "request_policy:multi_shard response_policy:agg_min"),
    Group(.write, pairs, "mset", tips: "request_policy:multi_shard response_policy:all_succeeded"),
    Group(.write, second, "pfdebug xgroup|create xgroup|createconsumer xgroup|delconsumer xgroup|destroy xgroup|setid"),
    Group(.write, two, "copy geosearchstore lmove rename renamenx rpoplpush smove zrangestore"),
    Group([.write, .blocking], streams(from: 4), "xreadgroup"),
    Group([.write, .blocking], allButLast, "blpop brpop bzpopmax bzpopmin"),
    Group([.write, .blocking], countedSecond, "blmpop bzmpop"),
    Group([.write, .blocking], two, "blmove brpoplpush"),
    Group(
      [], [],
      """
      acl|cat acl|genpass acl|help acl|whoami asking auth client|caching client|getname client|getredir client|help \
      client|id client|info client|reply client|setname client|tracking client|trackinginfo cluster|countkeysinslot \
      cluster|getkeysinslot cluster|help cluster|info cluster|keyslot cluster|links cluster|myid cluster|nodes \
      cluster|shards cluster|slots command command|count command|docs command|getkeys command|getkeysandflags \
      command|help command|info command|list config|help discard echo exec function|dump function|help function|list \
      hello lastsave latency|help memory|help module|help multi object|help pubsub|help quit readonly readwrite \
      reset role script|debug script|help select slowlog|help time unwatch xgroup|help xinfo|help
      """),
    Group([], [], "script|flush script|load", tips: "request_policy:all_nodes response_policy:all_succeeded"),
    Group([], [], "script|exists", tips: "request_policy:all_shards response_policy:agg_logical_and"),
    Group([], [], "wait", tips: "request_policy:all_shards response_policy:agg_min"),
    Group([], [], "memory|purge ping", tips: "request_policy:all_shards response_policy:all_succeeded"),
    Group([], [], "function|kill script|kill", tips: "request_policy:all_shards response_policy:one_succeeded"),
    Group(
      [], [], "function|stats info memory|doctor memory|malloc-stats memory|stats",
      tips: "request_policy:all_shards response_policy:special"),
    Group([], all, "watch"),
    Group([], countedSecond, "eval evalsha fcall"),
    Group(
      .pubSub, [RedisKeySpec(.index(1), .range(last: -1, step: 1, divisor: 0), isChannel: true)],
      "ssubscribe sunsubscribe"),
    Group(.pubSub, [RedisKeySpec(.index(1), .range(last: 0, step: 1, divisor: 0), isChannel: true)], "spublish"),
    Group(
      .admin, [],
      """
      acl|deluser acl|dryrun acl|getuser acl|list acl|load acl|log acl|save acl|setuser acl|users bgrewriteaof \
      bgsave client|kill client|list client|no-evict client|pause client|unblock client|unpause cluster|addslots \
      cluster|addslotsrange cluster|bumpepoch cluster|count-failure-reports cluster|delslots cluster|delslotsrange \
      cluster|failover cluster|flushslots cluster|forget cluster|meet cluster|replicas cluster|replicate \
      cluster|reset cluster|saveconfig cluster|set-config-epoch cluster|setslot cluster|slaves config|get \
      config|resetstat config|rewrite debug failover module|list module|load module|loadex module|unload monitor \
      pfselftest psync replconf replicaof save shutdown slaveof sync
      """),
    Group(
      .pubSub, [],
      """
      psubscribe publish pubsub|channels pubsub|numpat pubsub|numsub pubsub|shardchannels pubsub|shardnumsub \
      punsubscribe subscribe unsubscribe
      """),
    Group(.admin, [], "slowlog|get", tips: "request_policy:all_nodes"),
    Group(.admin, [], "slowlog|len", tips: "request_policy:all_nodes response_policy:agg_sum"),
    Group(
      .admin, [], "config|set latency|reset slowlog|reset",
      tips: "request_policy:all_nodes response_policy:all_succeeded"),
    Group(
      .admin, [], "latency|doctor latency|graph latency|histogram latency|history latency|latest",
      tips: "request_policy:all_nodes response_policy:special"),
    // Since Redis 7.2 to 8.0.
    Group(.readOnly, one, "hexpiretime hpexpiretime hpttl httl"),
    Group(.write, one, "hexpire hexpireat hgetdel hgetex hpersist hpexpire hpexpireat hsetex"),
    Group(.blocking, [], "waitaof", tips: "request_policy:all_shards response_policy:agg_min"),
    Group([], [], "client|no-touch client|setinfo cluster|myshardid"),
  ]
}
