internal import DBAdapterCore

/// What the commands and stages of the servers from 4.4 to 8.0 do (mongodb.com/docs/manual/reference/command). Names are the server's, in which
/// capitals count; a few have an alias in small letters.
enum MongoCommandTable {
  static let effects: [String: StatementClassification.Effect] = {
    var effects: [String: StatementClassification.Effect] = [:]
    for (effect, names) in commands {
      for name in names.split(separator: " ", omittingEmptySubsequences: true) { effects[String(name)] = effect }
    }
    return effects
  }()

  private static let commands: [(StatementClassification.Effect, String)] = [
    (
      .read,
      "find aggregate count distinct listCollections listDatabases listIndexes collStats collstats dbStats dbstats dataSize datasize "
        + "dbHash dbhash validate explain hello isMaster ismaster ping buildInfo buildinfo serverStatus hostInfo "
        + "connectionStatus currentOp whatsmyuri listCommands features isdbgrid replSetGetStatus replSetGetConfig "
        + "getDefaultRWConcern getClusterParameter planCacheListFilters usersInfo rolesInfo top connPoolStats shardConnPoolStats "
        + "lockInfo shardingState getShardMap getShardVersion listShards balancerStatus balancerCollectionStatus "
        + "getFreeMonitoringStatus"
    ),
    (.write, "insert update delete findAndModify findandmodify bulkWrite"),
    (
      .definition,
      "create createIndexes drop dropDatabase dropIndexes deleteIndexes collMod renameCollection reIndex convertToCapped "
        + "cloneCollectionAsCapped setIndexCommitQuorum createSearchIndexes updateSearchIndex dropSearchIndex"
    ),
    (.transactionControl, "startTransaction commitTransaction abortTransaction"),
    (
      .session,
      "getMore killCursors startSession refreshSessions endSessions authenticate saslStart saslContinue logout"
    ),
    (.procedure, "mapReduce mapreduce group eval $eval"),
    (
      .administration,
      "getParameter setParameter getCmdLineOpts getLog profile killOp killSessions killAllSessions killAllSessionsByPattern "
        + "shutdown fsync fsyncUnlock logRotate logApplicationMessage rotateCertificates applyOps compact planCacheClear "
        + "planCacheClearFilters planCacheSetFilter setDefaultRWConcern setClusterParameter setFeatureCompatibilityVersion "
        + "setUserWriteBlockMode setFreeMonitoring dropConnections getAuditConfig setAuditConfig invalidateUserCache "
        + "configureFailPoint analyzeShardKey configureQueryAnalyzer setQuerySettings removeQuerySettings autoCompact "
        + "createUser updateUser dropUser dropAllUsersFromDatabase grantRolesToUser revokeRolesFromUser createRole updateRole "
        + "dropRole dropAllRolesFromDatabase grantPrivilegesToRole revokePrivilegesFromRole grantRolesToRole "
        + "revokeRolesFromRole "
        + "replSetInitiate replSetReconfig replSetStepDown replSetFreeze replSetMaintenance replSetSyncFrom replSetResizeOplog "
        + "replSetAbortPrimaryCatchUp appendOplogNote "
        + "addShard addShardToZone balancerStart balancerStop cleanupOrphaned cleanupReshardCollection clearJumboFlag "
        + "commitReshardCollection abortReshardCollection enableSharding flushRouterConfig mergeChunks mergeAllChunksOnShard "
        + "moveChunk moveCollection moveRange movePrimary refineCollectionShardKey removeShard removeShardFromZone "
        + "reshardCollection setAllowMigrations setShardVersion shardCollection split unshardCollection updateZoneKeyRange "
        + "abortMoveCollection abortUnshardCollection transitionFromDedicatedConfigServer transitionToDedicatedConfigServer"
    ),
  ]

  /// Stages that read, and no more.
  static let readingStages: Set<String> = [
    "$addFields", "$bucket", "$bucketAuto", "$changeStream", "$changeStreamSplitLargeEvent", "$collStats", "$count",
    "$currentOp",
    "$densify", "$documents", "$facet", "$fill", "$geoNear", "$graphLookup", "$group", "$indexStats", "$limit",
    "$listLocalSessions", "$listSampledQueries", "$listSearchIndexes", "$listSessions", "$lookup", "$match",
    "$planCacheStats", "$project", "$querySettings", "$queryStats", "$rankFusion", "$redact", "$replaceRoot",
    "$replaceWith", "$sample", "$search", "$searchMeta", "$set", "$setWindowFields", "$shardedDataDistribution",
    "$skip",
    "$sort", "$sortByCount", "$unionWith", "$unset", "$unwind", "$vectorSearch",
  ]

  /// Stages that hold back the server's files, or show what only administrators should see.
  static let administrativeStages: Set<String> = ["$backupCursor", "$backupCursorExtend", "$operationMetrics"]
}
