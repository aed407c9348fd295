internal import DBAdapterCore

/// The fields that commands which read may have, from 4.4 to 8.0 (mongodb.com/docs/manual/reference/command). Any other may change what a command
/// does: with `term`, for one, a `find` can make a primary step down.
enum MongoReadFields {
  /// The first field, beside the command's own name, that is on no list; `nil` when the command has none of that kind.
  static func unknown(in command: BSONDocument, of name: String) -> String? {
    command.dropFirst().first { !isKnown($0.name, of: name) }?.name
  }

  private static func isKnown(_ field: String, of name: String) -> Bool {
    if ofAll.contains(field) || fields[name]?.contains(field) == true { return true }
    // Beside its options it has conditions on the fields of its documents.
    return name == "currentOp" && !field.hasPrefix("$")
  }

  /// What every command may have. `$clusterTime` is not among it: where nobody signs in, it moves the clock of the deployment.
  static let ofAll: Set<String> = [
    "comment", "maxTimeMS", "readConcern", "$readPreference", "apiVersion", "apiStrict", "apiDeprecationErrors",
  ]

  private static let fields: [String: Set<String>] = {
    var fields: [String: Set<String>] = [:]
    for (names, list) in lists {
      for name in names.split(separator: " ") {
        fields[String(name)] = Set(list.split(separator: " ").map(String.init))
      }
    }
    return fields
  }()

  /// Commands, and what they may have.
  private static let lists: [(String, String)] = [
    (
      "find",
      "filter sort projection hint skip limit batchSize singleBatch max min returnKey showRecordId tailable awaitData "
        + "oplogReplay noCursorTimeout allowPartialResults collation allowDiskUse let"
    ),
    (
      "aggregate",
      "pipeline explain allowDiskUse cursor bypassDocumentValidation collation hint let writeConcern"
    ),
    ("count", "query fields limit skip hint collation"),
    ("distinct", "key query collation hint"),
    ("listCollections", "filter nameOnly authorizedCollections cursor"),
    ("listDatabases", "filter nameOnly authorizedDatabases"),
    ("listIndexes", "cursor"),
    ("collStats collstats", "scale"),
    ("dbStats dbstats", "scale freeStorage"),
    ("dataSize datasize", "keyPattern min max estimate"),
    ("dbHash dbhash", "collections"),
    ("explain", "verbosity"),
    ("hello isMaster ismaster", "saslSupportedMechs"),
    ("connectionStatus", "showPrivileges"),
    ("currentOp", "$all $ownOps $truncateOps $and $or $nor"),
    ("replSetGetStatus", "initialSync"),
    ("replSetGetConfig", "commitmentStatus"),
    ("getDefaultRWConcern", "inMemory"),
    ("getShardVersion", "fullMetadata"),
    ("usersInfo", "showCredentials showCustomData showPrivileges showAuthenticationRestrictions"),
    ("rolesInfo", "showBuiltinRoles showPrivileges showAuthenticationRestrictions"),
    (
      "serverStatus",
      "activeIndexBuilds all asserts batchedDeletes bucketCatalog catalogStats changeStreamPreImages collectionCatalog "
        + "connections defaultRWConcern electionMetrics extra_info featureCompatibilityVersion flowControl freeMonitoring "
        + "globalLock hedgingMetrics host indexBuilds indexBulkBuilder indexStats internalTransactions latchAnalysis "
        + "localTime locks logicalSessionRecordCache mem metrics mirroredReads network none opLatencies opReadConcernCounters "
        + "opWriteConcernCounters opcounters opcountersRepl oplog oplogTruncation pid planCache process profiler "
        + "queryAnalyzers querySettings queues readConcernCounters readPreferenceCounters repl scramCache security service "
        + "shardSplits sharding shardingStatistics shardedIndexConsistency storageEngine tcmalloc tenantMigrations "
        + "timeseriesCatalog trafficRecording transactions transportSecurity twoPhaseCommitCoordinator uptime "
        + "uptimeEstimate uptimeMillis version watchdog wiredTiger writeBacksQueued"
    ),
  ]
}
