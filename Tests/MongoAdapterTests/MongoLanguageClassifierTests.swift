import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite struct MongoLanguageClassifierTests {
  @Test(arguments: [
    ("db.dropDatabase()", "removes the database"), ("db.c.drop()", "removes the collection c"),
    ("db.c.deleteMany({})", "removes every document of c"),
    ("db.c.updateMany({}, {$set: {a: 1}})", "changes every document of c"),
    ("db.c.aggregate([{$match: {a: 1}}, {$out: 'd'}])", "replaces the collection d"),
    ("{delete: 'c', deletes: [{q: {$comment: 'x'}, limit: 0}]}", "removes every document of c"),
    ("{renameCollection: 'a.b', to: 'a.c', dropTarget: true, $db: 'admin'}", "removes the collection a.c"),
  ])
  func saysWhatIsDestroyed(_ text: String, _ destruction: String) throws {
    let statement = try MongoStatement(QueryRequest(.text(text)), database: "shop")
    #expect(statement.classification.destruction == destruction)
  }

  @Test(arguments: [
    "db.c.deleteOne({})", "db.c.deleteMany({a: 1})", "db.c.updateOne({}, {$set: {a: 1}})", "db.c.find({})",
    "db.c.aggregate([{$merge: 'd'}])", "{explain: {delete: 'c', deletes: [{q: {}, limit: 0}]}}",
  ])
  func destroysNothing(_ text: String) throws {
    #expect(try MongoStatement(QueryRequest(.text(text)), database: "shop").classification.destruction == nil)
  }

  /// Commands with what they do.
  static let commands: [(String, StatementClassification.Effect, String)] = [
    ("db.c.find({a: 1})", .read, "find"), ("db.c.countDocuments({})", .read, "aggregate"),
    ("db.c.distinct('a')", .read, "distinct"),
    ("show dbs", .read, "listDatabases"), ("show collections", .read, "listCollections"),
    ("db.c.getIndexes()", .read, "listIndexes"),
    ("db.c.stats()", .read, "collStats"), ("db.stats()", .read, "dbStats"), ("{ping: 1}", .read, "ping"),
    ("{isMaster: 1}", .read, "isMaster"),
    ("{ismaster: 1}", .read, "ismaster"), ("{hello: 1}", .read, "hello"), ("{validate: 'c'}", .read, "validate"),
    ("{currentOp: 1}", .read, "currentOp"),
    ("{find: 'c', $readPreference: {mode: 'secondary'}}", .read, "find"), ("{profile: -1}", .read, "profile"),
    ("db.c.aggregate([{$match: {a: 1}}, {$group: {_id: '$b', n: {$sum: 1}}}])", .read, "aggregate"),
    ("db.c.aggregate([{$facet: {a: [{$match: {}}], b: [{$count: 'n'}]}}])", .read, "aggregate"),
    ("db.c.aggregate([{$lookup: {from: 'd', as: 'x', pipeline: [{$match: {}}]}}])", .read, "aggregate"),
    ("db.c.find({}).explain()", .read, "explain of find"), ("db.c.find({outer: {$mergeObjects: 1}})", .read, "find"),
    ("db.c.aggregate([{$out: 'd'}])", .write, "aggregate with $out"),
    ("db.c.aggregate([{$match: {}}, {$merge: {into: 'd'}}])", .write, "aggregate with $merge"),
    ("db.c.aggregate([{$match: {}, $out: 'd'}])", .write, "aggregate with $out"),
    ("db.c.aggregate([{$facet: {a: [{$out: 'd'}]}}])", .write, "aggregate with $out"),
    ("db.c.aggregate([{$unionWith: {coll: 'd', pipeline: [{$out: 'e'}]}}])", .write, "aggregate with $out"),
    ("db.c.aggregate([{$lookup: {from: 'd', as: 'x', pipeline: [{$merge: 'e'}]}}])", .write, "aggregate with $merge"),
    ("{aggregate: 'c', pipeline: [], cursor: {}, pipeline: [{$out: 'd'}]}", .write, "aggregate with $out"),
    ("db.c.aggregate([{$out: 'd'}], {explain: true})", .write, "explain of aggregate with $out"),
    ("db.c.find({$where: 'x'})", .procedure, "find with $where"),
    ("db.c.find({$or: [{a: 1}, {$and: [{$where: 'x'}]}]})", .procedure, "find with $where"),
    ("db.c.count({$where: Code('x')})", .procedure, "count with $where"),
    ("db.c.distinct('a', {$where: 'x'})", .procedure, "distinct with $where"),
    ("db.c.deleteOne({$where: 'x'})", .procedure, "delete with $where"),
    ("db.c.updateOne({$where: 'x'}, {$set: {a: 1}})", .procedure, "update with $where"),
    ("db.c.find({$expr: {$function: {body: 'f', args: [], lang: 'js'}}})", .procedure, "find with $function"),
    ("db.c.find({}, {a: {$function: {body: 'f', args: [], lang: 'js'}}})", .procedure, "find with $function"),
    ("db.c.aggregate([{$group: {_id: 1, a: {$accumulator: {}}}}])", .procedure, "aggregate with $accumulator"),
    ("db.c.aggregate([{$match: {$where: 'x'}}])", .procedure, "aggregate with $where"),
    ("db.c.aggregate([{$graphLookup: {restrictSearchWithMatch: {$where: 'x'}}}])", .procedure, "aggregate with $where"),
    ("db.c.aggregate([{$facet: {a: [{$match: {$where: 'x'}}]}}])", .procedure, "aggregate with $where"),
    ("{find: 'c', let: {a: {$function: {}}}}", .procedure, "find with $function"),
    ("db.c.find({$where: 'x'}).explain()", .procedure, "explain of find with $where"),
    ("{mapReduce: 'c', map: 'f', reduce: 'g', out: {inline: 1}}", .procedure, "mapReduce"),
    ("{mapreduce: 'c'}", .procedure, "mapreduce"),
    ("{group: {}}", .procedure, "group"), ("{eval: 'x'}", .procedure, "eval"), ("{$eval: 'x'}", .procedure, "$eval"),
    ("db.c.insertOne({$where: 1})", .write, "insert"), ("db.c.updateOne({}, {$set: {a: 1}})", .write, "update"),
    ("db.c.deleteMany({})", .write, "delete"),
    ("{findAndModify: 'c', remove: true}", .write, "findAndModify"), ("{findandmodify: 'c'}", .write, "findandmodify"),
    ("{explain: {delete: 'c', deletes: []}}", .write, "explain of delete"),
    ("{insert: 'system.users', documents: []}", .administration, "insert"),
    ("db.c.drop()", .definition, "drop"), ("db.dropDatabase()", .definition, "dropDatabase"),
    ("db.c.createIndex({a: 1})", .definition, "createIndexes"),
    ("{collMod: 'c'}", .definition, "collMod"), ("db.createCollection('c')", .definition, "create"),
    ("{deleteIndexes: 'c'}", .definition, "deleteIndexes"),
    ("{commitTransaction: 1}", .transactionControl, "commitTransaction"),
    ("{find: 'c', startTransaction: true}", .transactionControl, "find"),
    ("{find: 'c', lsid: {}}", .transactionControl, "find"),
    ("{insert: 'c', txnNumber: 1}", .transactionControl, "insert"),
    ("{getMore: 1, collection: 'c'}", .session, "getMore"), ("{killCursors: 'c'}", .session, "killCursors"),
    ("{shutdown: 1}", .administration, "shutdown"), ("{createUser: 'x'}", .administration, "createUser"),
    ("{setParameter: 1}", .administration, "setParameter"),
    ("{getParameter: '*'}", .administration, "getParameter"),
    ("{getCmdLineOpts: 1}", .administration, "getCmdLineOpts"), ("{killOp: 1}", .administration, "killOp"),
    ("{applyOps: []}", .administration, "applyOps"), ("{replSetReconfig: {}}", .administration, "replSetReconfig"),
    ("{profile: 2}", .administration, "profile"),
    ("{validate: 'c', repair: true}", .administration, "validate"),
    ("{usersInfo: 1, showCredentials: true}", .administration, "usersInfo"),
    ("{fsync: 1, lock: true}", .administration, "fsync"),
    ("{shardCollection: 'a.b'}", .administration, "shardCollection"),
    ("{aggregate: 1, pipeline: [{$backupCursor: {}}], cursor: {}}", .administration, "aggregate with $backupCursor"),
    ("{Find: 'c'}", .unknown, "Find"), ("{FIND: 'c'}", .unknown, "FIND"), ("{foo: 1, find: 'c'}", .unknown, "foo"),
    ("{'my secret value': 1}", .unknown, "the command"),
    ("{$query: {find: 'c'}}", .unknown, "$query"), ("{query: {find: 'c'}}", .unknown, "query"),
    ("{explain: {explain: {find: 'c'}}}", .unknown, "explain of explain"),
    ("{explain: 1}", .unknown, "explain"), ("{find: 'c', $audit: {}}", .unknown, "find with $audit"),
    ("{find: 'c', runtimeConstants: {}}", .unknown, "find with runtimeConstants"),
    ("{find: 'c', term: NumberLong(1)}", .unknown, "find with term"),
    ("{explain: {find: 'c', term: 1}}", .unknown, "explain of find with term"),
    ("{explain: {find: 'c'}, x: 1}", .unknown, "explain of find with x"),
    ("{hello: 1, internalClient: {}}", .unknown, "hello with internalClient"),
    ("{isMaster: 1, speculativeAuthenticate: {}}", .unknown, "isMaster with speculativeAuthenticate"),
    ("{ping: 1, 'a secret': 1}", .unknown, "ping with a field that is not known"),
    ("{find: 'c', find: 'd'}", .unknown, "find with find"),
    ("{find: 'c', $clusterTime: {}}", .unknown, "find with $clusterTime"),
    ("{currentOp: 1, $all: true, $ownOps: true, secs_running: {$gt: 1}, $or: [{a: 1}]}", .read, "currentOp"),
    ("{currentOp: 1, $or: [{$where: 'x'}]}", .procedure, "currentOp with $where"),
    ("{currentOp: 1, $where: 'x'}", .unknown, "currentOp with $where"),
    ("{profile: NumberLong(-1)}", .read, "profile"), ("{profile: -1.0, comment: 'x'}", .read, "profile"),
    ("{profile: -1.5}", .administration, "profile"), ("{profile: -1, slowms: 1}", .administration, "profile"),
    ("{profile: -1, sampleRate: null}", .administration, "profile"),
    ("{profile: -1, profile: 2}", .administration, "profile"),
    ("{features: 1}", .read, "features"), ("{features: 1, oidReset: 1}", .administration, "features"),
    ("{validate: 'c', full: false}", .read, "validate"), ("{validate: 'c', full: true}", .administration, "validate"),
    ("{validate: 'c', metadata: true}", .administration, "validate"),
    ("{lockInfo: 1}", .read, "lockInfo"),
    ("{lockInfo: 1, includeStorageEngineDump: true}", .unknown, "lockInfo with includeStorageEngineDump"),
    ("{dbHash: 1}", .read, "dbHash"), ("{analyzeShardKey: 'a.b'}", .administration, "analyzeShardKey"),
    ("{find: 'c', comment: {$merge: 'a note', $where: 'x'}}", .read, "find"),
    ("{find: 'system.users', $db: 'admin'}", .administration, "find of system.users"),
    ("{count: 'system.keys', $db: 'admin'}", .administration, "count of system.keys"),
    ("{distinct: 'system.backup_users', key: 'a'}", .administration, "distinct of system.backup_users"),
    ("{find: 'startup_log', $db: 'local'}", .administration, "find of startup_log"),
    ("{find: 'oplog.rs', $db: 'local'}", .administration, "find of oplog.rs"),
    ("{find: 'startup_log'}", .read, "find"), ("{find: 'system.roles', $db: 'admin'}", .read, "find"),
    ("{explain: {find: 'system.users'}}", .administration, "explain of find of system.users"),
    ("db.c.aggregate([{$unionWith: 'system.users'}])", .administration, "aggregate of system.users"),
    ("db.c.aggregate([{$unionWith: {coll: 'system.users'}}])", .administration, "aggregate of system.users"),
    (
      "db.c.aggregate([{$facet: {a: [{$lookup: {from: 'system.users', as: 'x'}}]}}])", .administration,
      "aggregate of system.users"
    ),
    (
      "db.c.aggregate([{$lookup: {from: 'd', pipeline: [{$graphLookup: {from: 'system.keys'}}]}}])", .administration,
      "aggregate of system.keys"
    ),
    (
      "db.c.aggregate([{$lookup: {from: {db: 'local', coll: 'oplog.rs'}, as: 'x'}}])", .administration,
      "aggregate of oplog.rs"
    ),
    ("{create: 'v', viewOn: 'system.users', pipeline: []}", .administration, "create of system.users"),
    ("{bulkWrite: 1, ops: [], nsInfo: [{ns: 'admin.system.users'}]}", .administration, "bulkWrite"),
    ("{bulkWrite: 1, ops: [], nsInfo: [{ns: 'shop.system'}]}", .write, "bulkWrite"),
    ("db.c.aggregate([{$newStage: {}}])", .unknown, "aggregate with $newStage"),
    ("{aggregate: 'c', pipeline: {}}", .unknown, "aggregate with a pipeline that is no list"),
    ("{aggregate: 'c', pipeline: ['x']}", .unknown, "aggregate with a stage that is no document"),
    ("db.c.find({a: {$_internalExprEq: 1}})", .unknown, "find with $_internalExprEq"),
  ]

  @Test(arguments: commands) func commandsAreKnownByWhatTheyDo(
    text: String, effect: StatementClassification.Effect, summary: String
  ) throws {
    let classification = MongoClassifier.classify(try MongoCommand(text: text, database: "shop"), database: "shop")
    #expect(classification.effect == effect && classification.summary == summary, "\(text): \(classification)")
    #expect(classification.statementCount == 1)
  }

  @Test func writingStagesAreFoundAtAnyDepth() throws {
    for seed in UInt64(1)...300 {
      var samples = BSONSamples(seed: seed)
      var value: BSONValue = .document(
        try BSONDocument([(["$out", "$merge", "$where", "$function", "$accumulator"][samples.int(0...4)], "x")]))
      for _ in 0..<samples.int(1...90) {
        let name = ["a", "$and", "$expr", "pipeline", "$facet", "$match"][samples.int(0...5)]
        value =
          samples.int(0...1) == 0
          ? .array(try BSONArray([1, value])) : .document(try BSONDocument([("x", 1), (name, value)]))
      }
      for command in [
        [("find", "c"), ("filter", value)], [("aggregate", "c"), ("pipeline", [["$match": .null], value])],
        [("count", "c"), ("query", value)],
      ] as [[(String, BSONValue)]] {
        let effect = MongoClassifier.classify(try BSONDocument(command)).effect
        #expect(effect != .read, "seed \(seed)")
      }
    }
  }

  @Test func aFieldThatIsNotKnownIsNamed() throws {
    let classification = MongoClassifier.classify(try MongoCommand(text: "{find: 'c', term: 1}", database: nil))
    #expect(classification.hint == "leave out term")
  }

  @Test func theDatabaseOfTheConnectionCounts() throws {
    let command = try MongoCommand(text: "{find: 'startup_log'}", database: "local")
    #expect(MongoClassifier.classify(command, database: "local").effect == .administration)
    #expect(MongoClassifier.classify(command, database: "shop").effect == .read)
  }

  @Test func anEmptyCommandIsNone() {
    #expect(MongoClassifier.classify(BSONDocument()).statementCount == 0)
  }
}
