import DBAdapterCore
import Testing

@testable import MongoAdapter

/// The error of a call that must fail, or `nil` with an issue when it succeeds.
func refusal(_ text: QueryRequest, sourceLocation: Testing.SourceLocation = #_sourceLocation) -> DBError? {
  do throws(DBError) {
    let command = try MongoCommand(text, database: "shop")
    Issue.record("expected an error, got \(command.document)", sourceLocation: sourceLocation)
    return nil
  } catch {
    return error
  }
}

@Suite struct MongoLanguageTests {
  /// Texts with the commands they are.
  static let accepted: [(String, String)] = [
    ("{ping: 1}", #"{"ping":1}"#),
    (
      #" /* c */ {"find": 'users', filter: {a: {$gt: 5,},}, // end"# + "\n}; ",
      #"{"find":"users","filter":{"a":{"$gt":5}}}"#
    ),
    ("db.users.find()", #"{"find":"users"}"#), ("db.users.find({})", #"{"find":"users","filter":{}}"#),
    (
      "db.users.find({age: {$gte: 18}}, {name: 1, _id: 0}).sort({name: 1}).skip(5).limit(3)",
      #"{"find":"users","filter":{"age":{"$gte":18}},"projection":{"name":1,"_id":0},"sort":{"name":1},"skip":5,"limit":3}"#
    ),
    (
      "db.users.find({})\n  .hint('a_1').batchSize(7)\n  .maxTimeMS(100).collation({locale: 'de'}).comment(\"c\").project({a: 1}).allowDiskUse().toArray()",
      #"{"find":"users","filter":{},"hint":"a_1","batchSize":7,"maxTimeMS":100,"collation":{"locale":"de"},"comment":"c","projection":{"a":1},"allowDiskUse":true}"#
    ),
    ("db.c.find({a: 1}).limit(1).limit(2).pretty()", #"{"find":"c","filter":{"a":1},"limit":2}"#),
    ("db.c.find({a: 1}).skip(2).count()", #"{"count":"c","query":{"a":1},"skip":2}"#),
    (
      "db.c.find({a: 1}).explain()", #"{"explain":{"find":"c","filter":{"a":1}},"verbosity":"queryPlanner"}"#
    ),
    (
      "db.c.explain('executionStats').deleteMany({})",
      #"{"explain":{"delete":"c","deletes":[{"q":{},"limit":0}]},"verbosity":"executionStats"}"#
    ),
    ("db.c.findOne({_id: 1})", #"{"find":"c","filter":{"_id":1},"limit":1,"singleBatch":true}"#),
    ("db.c.aggregate([{$match: {a: 1}}])", #"{"aggregate":"c","pipeline":[{"$match":{"a":1}}],"cursor":{}}"#),
    (
      "db.c.aggregate([], {allowDiskUse: true, batchSize: 3})",
      #"{"aggregate":"c","pipeline":[],"allowDiskUse":true,"cursor":{"batchSize":3}}"#
    ),
    ("db.aggregate([{$currentOp: {}}])", #"{"aggregate":1,"pipeline":[{"$currentOp":{}}],"cursor":{}}"#),
    (
      "db.c.aggregate([], {explain: true})",
      #"{"explain":{"aggregate":"c","pipeline":[],"cursor":{}},"verbosity":"queryPlanner"}"#
    ),
    ("db.c.count({a: 1})", #"{"count":"c","query":{"a":1}}"#), ("db.c.estimatedDocumentCount()", #"{"count":"c"}"#),
    (
      "db.c.countDocuments({a: 1}, {limit: 3})",
      #"{"aggregate":"c","pipeline":[{"$match":{"a":1}},{"$limit":3},{"$group":{"_id":1,"n":{"$sum":1}}}],"cursor":{}}"#
    ),
    ("db.c.distinct('a.b', {c: 1})", #"{"distinct":"c","key":"a.b","query":{"c":1}}"#),
    ("db.c.insertOne({a: 1})", #"{"insert":"c","documents":[{"a":1}]}"#),
    (
      "db.c.insertMany([{a: 1}, {a: 2}], {ordered: false})",
      #"{"insert":"c","documents":[{"a":1},{"a":2}],"ordered":false}"#
    ),
    ("db.c.insert([{a: 1}])", #"{"insert":"c","documents":[{"a":1}]}"#),
    (
      "db.c.updateOne({a: 1}, {$set: {b: 2}}, {upsert: true, writeConcern: {w: 1}})",
      #"{"update":"c","updates":[{"q":{"a":1},"u":{"$set":{"b":2}},"multi":false,"upsert":true}],"writeConcern":{"w":1}}"#
    ),
    (
      "db.c.updateMany({}, [{$set: {b: '$a'}}], {arrayFilters: [{x: 1}], hint: 'i'})",
      #"{"update":"c","updates":[{"q":{},"u":[{"$set":{"b":"$a"}}],"multi":true,"arrayFilters":[{"x":1}],"hint":"i"}]}"#
    ),
    ("db.c.replaceOne({a: 1}, {b: 2})", #"{"update":"c","updates":[{"q":{"a":1},"u":{"b":2},"multi":false}]}"#),
    (
      "db.c.deleteOne({a: 1}, {collation: {locale: 'de'}})",
      #"{"delete":"c","deletes":[{"q":{"a":1},"limit":1,"collation":{"locale":"de"}}]}"#
    ),
    (
      "db.c.findOneAndUpdate({a: 1}, {$inc: {b: 1}}, {returnDocument: 'after', projection: {b: 1}, upsert: true})",
      #"{"findAndModify":"c","query":{"a":1},"update":{"$inc":{"b":1}},"new":true,"fields":{"b":1},"upsert":true}"#
    ),
    ("db.c.findOneAndReplace({a: 1}, {b: 1})", #"{"findAndModify":"c","query":{"a":1},"update":{"b":1}}"#),
    (
      "db.c.findOneAndDelete({a: 1}, {sort: {b: 1}})",
      #"{"findAndModify":"c","query":{"a":1},"remove":true,"sort":{"b":1}}"#
    ),
    (
      "db.c.createIndex({a: 1, b: -1}, {unique: true})",
      #"{"createIndexes":"c","indexes":[{"key":{"a":1,"b":-1},"unique":true,"name":"a_1_b_-1"}]}"#
    ),
    (
      "db.c.createIndexes([{a: 1}, {b: 'text'}])",
      #"{"createIndexes":"c","indexes":[{"key":{"a":1},"name":"a_1"},{"key":{"b":"text"},"name":"b_text"}]}"#
    ),
    ("db.c.dropIndex('a_1')", #"{"dropIndexes":"c","index":"a_1"}"#),
    ("db.c.dropIndexes()", #"{"dropIndexes":"c","index":"*"}"#),
    ("db.c.getIndexes()", #"{"listIndexes":"c"}"#), ("db.c.drop()", #"{"drop":"c"}"#),
    ("db.c.stats(1024)", #"{"collStats":"c","scale":1024}"#),
    ("db.c.validate({full: true})", #"{"validate":"c","full":true}"#),
    ("db.c.renameCollection('d', true)", #"admin {"renameCollection":"shop.c","to":"shop.d","dropTarget":true}"#),
    ("db.runCommand({ping: 1})", #"{"ping":1}"#), ("db.runCommand('ping')", #"{"ping":1}"#),
    ("db.adminCommand({listDatabases: 1})", #"admin {"listDatabases":1}"#),
    ("db.createCollection('c', {capped: true, size: 10})", #"{"create":"c","capped":true,"size":10}"#),
    ("db.createView('v', 'c', [{$match: {}}])", #"{"create":"v","viewOn":"c","pipeline":[{"$match":{}}]}"#),
    ("db.getCollectionInfos({name: 'a'})", #"{"listCollections":1,"filter":{"name":"a"}}"#),
    ("show collections", #"{"listCollections":1,"nameOnly":true,"authorizedCollections":true}"#),
    ("show dbs;", #"admin {"listDatabases":1}"#), ("db.dropDatabase()", #"{"dropDatabase":1}"#),
    ("db.stats()", #"{"dbStats":1}"#),
    ("db.version()", #"{"buildInfo":1}"#), ("db.getSiblingDB('x').users.find()", #"x {"find":"users"}"#),
    ("db.getCollection('odd name').find()", #"{"find":"odd name"}"#),
    (#"db["odd.name"].find()"#, #"{"find":"odd.name"}"#),
    ("db.system.profile.find()", #"{"find":"system.profile"}"#), (#"db.a['b']["c"].drop()"#, #"{"drop":"a.b.c"}"#),
    ("{find: 'c', $db: 'other'}", #"other {"find":"c"}"#),
    (
      "{count: 'c', query: {a: /x\\/y/i}}",
      #"{"count":"c","query":{"a":{"$regularExpression":{"pattern":"x/y","options":"i"}}}}"#
    ),
  ]

  @Test(arguments: accepted) func textBecomesACommand(text: String, expected: String) throws {
    let command = try MongoCommand(text: text, database: "shop")
    #expect((command.database.map { $0 + " " } ?? "") + command.document.extendedJSON() == expected)
  }

  /// Values as the shell writes them.
  static let values: [(String, BSONValue)] = [
    ("ObjectId('00112233445566778899aabb')", .objectID(BSONObjectID("00112233445566778899aabb")!)),
    (#"ISODate("2020-01-01T00:00:00Z")"#, .date(BSONDate(millisecondsSince1970: 1_577_836_800_000))),
    (#"new Date("2020-01-01")"#, .date(BSONDate(millisecondsSince1970: 1_577_836_800_000))),
    ("new Date(5)", .date(BSONDate(millisecondsSince1970: 5))), ("NumberInt(5)", .int32(5)),
    ("NumberInt('5')", .int32(5)),
    ("NumberLong(5)", .int64(5)), (#"NumberLong("9223372036854775807")"#, .int64(.max)), ("Double(5)", .double(5)),
    ("NumberDecimal('1.50')", .decimal128(BSONDecimal128("1.50")!)), ("Decimal128('NaN')", .decimal128(.notANumber)),
    ("Timestamp(4294967295, 2)", .timestamp(BSONTimestamp(seconds: .max, increment: 2))),
    ("UUID('00000000-0000-0001-0000-000000000002')", .binary(BSONBinary(DBUUID(high: 1, low: 2)))),
    ("BinData(5, 'AQI=')", .binary(BSONBinary(subtype: 5, bytes: [1, 2]))),
    ("HexData(0, '0102')", .binary(BSONBinary(bytes: [1, 2]))), ("MinKey", .minKey), ("MaxKey()", .maxKey),
    ("new MinKey()", .minKey),
    ("/a\\/b[/]\\d/im", .regex(BSONRegex(unchecked: "a/b[/]\\d", options: "im"))), ("undefined", .undefined),
    ("NaN", .double(.nan)),
    ("Infinity", .double(.infinity)), ("-Infinity", .double(-.infinity)), ("1.", .double(1)), ("'it\\'s'", "it's"),
    ("\"\\'\"", "'"),
    (#"{"$numberLong": "5"}"#, .int64(5)), ("{'a.b': 1}", ["a.b": 1]),
    ("{$oid: '00112233445566778899aabb'}", .objectID(BSONObjectID("00112233445566778899aabb")!)),
    ("[1, 2,]", [1, 2]), ("{ü: 1, _a$1: 2, 3: 4}", ["ü": 1, "_a$1": 2, "3": 4]), ("Code('f')", .code("f")),
    ("RegExp('a', 'i')", .regex(BSONRegex(unchecked: "a", options: "i"))),
  ]

  @Test(arguments: values) func valuesAreWrittenAsInTheShell(text: String, value: BSONValue) throws {
    #expect(try MongoCommand(text: "{x: \(text)}", database: nil).document["x"] == value)
  }

  @Test(arguments: [
    "", "  // nothing", "find", "SELECT 1", "db", "db.", "db.users", "db.users.", "db.find", "db()", "users.find()",
    "db.users.find(",
    "db.users.find({)", "db.users.find({}).", "db.users.find({}).foo()", "db.users.find({}) x", "db.users.find([])",
    "db.users.find({}, {}, {}, {})",
    "db.users.findd({})", "db.users.insertOne()", "db.users.insertOne([])", "db.users.insertMany({})",
    "db.users.updateOne({})",
    "db.users.updateOne({}, {a: 1})", "db.users.replaceOne({}, {$set: {a: 1}})", "db.users.deleteMany()",
    "db.users.bulkWrite([])",
    "db.users.aggregate({})", "db.users.aggregate([]).sort({})", "db.users.find().explain('x')",
    "db.users.createIndex('a')",
    "db.getSiblingDB().x.find()", "db.getSiblingDB('').x.find()", "db['$cmd'].find()", "db[1].find()", "use shop",
    "show", "show users", "{x: 1 + 1}",
    "{x: function() {}}", "{x: foo}", "{x: new Foo()}", "{x: Date()}", "{x: ObjectId('1')}", "{x: ObjectId}",
    "{x: NumberInt(1.5)}", "{x: Timestamp(1)}",
    "{x: Timestamp(-1, 0)}", "{x: UUID('x')}", "{x: BinData(0)}", "{x: BinData(256, '')}", "{x: /a/g}", "{x: /a}",
    "{x: /a\n/}", "{x: 'a\n'}", "{x: 'a}",
    "{x: 1, , y: 2}", "{, x: 1}", "[1]", "{a.b: 1}", "{/* }", "{x: `a`}", "{x: {}.y}", "{$db: 1, ping: 1}",
    "{ping: 1, $db: 'a', $db: 'b'}", "{$db: 'a'}", "{}",
    "{ping: 1} {ping: 1}", "{ping: 1};;x", "{$oid: '00112233445566778899aabb'}",
  ]) func otherTextIsRefused(text: String) {
    let error = refusal(QueryRequest(.text(text)))
    #expect(error?.code == .syntaxError || error?.code == .invalidParameter)
  }

  @Test func errorsSayWhereAndWhatToDo() {
    let near = refusal("db.users.findd({})")
    #expect(near?.message == "line 1, column 10: a collection has no method findd; did you mean find?")
    let place = refusal(QueryRequest(.text("{find: 'ü',\n  limit: limit}")))
    #expect(place?.message == "line 2, column 10: expected a value; \"limit\" is none, and JavaScript is not evaluated")
    #expect(place?.server?.position == 22)
    #expect(refusal("use x")?.message.contains("getSiblingDB") == true)
    #expect(refusal(QueryRequest(.text("{x: 1}"), parameters: [.int(1)]))?.code == .invalidParameter)
    #expect(refusal(QueryRequest(.command([.text("ping")])))?.code == .unsupported)
    #expect(throws: DBError.self) { try MongoCommand(text: "db.c.renameCollection('d')", database: nil) }
  }

  @Test func commandDocumentsAreTakenAsTheyAre() throws {
    let request = QueryRequest(.document(["find": "c", "filter": ["a": ["$gt": 1]], "$db": "other"]))
    let command = try MongoCommand(request, database: nil)
    #expect(command.database == "other" && command.name == "find")
    #expect(command.document == ["find": "c", "filter": ["a": ["$gt": 1]]])
  }

  @Test func mutatedTextNeverCrashes() {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(2)
    let interesting = Array("{}[]()\",:\\$-0.e'/*;\n dbfind".utf8)
    var seed: UInt64 = 1
    while clock.now < end, seed < 5_000 {
      var samples = BSONSamples(seed: seed)
      var bytes = Array(Self.accepted[samples.int(0...Self.accepted.count - 1)].0.utf8)
      for _ in 0..<samples.int(1...4) where !bytes.isEmpty {
        let place = samples.int(0...bytes.count - 1)
        switch samples.int(0...2) {
        case 0: bytes[place] = interesting[samples.int(0...interesting.count - 1)]
        case 1: bytes.remove(at: place)
        default: bytes.insert(interesting[samples.int(0...interesting.count - 1)], at: place)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      if let command = try? MongoCommand(text: text, database: "shop") {
        #expect(MongoClassifier.classify(command).statementCount <= 1, "seed \(seed)")
      }
      _ = try? MongoScript.split(text)
      seed += 1
    }
    #expect(seed > 1)
  }
}
