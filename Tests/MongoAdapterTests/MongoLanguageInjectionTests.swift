import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite struct MongoLanguageInjectionTests {
  private func json(_ request: QueryRequest) throws -> String {
    let command = try MongoCommand(request, database: "shop")
    return (command.database.map { $0 + " " } ?? "") + command.document.extendedJSON(.canonical)
  }

  @Test func holesAreValues() throws {
    #expect(
      try json("db.c.find({name: \("a\"}, {$where: 1")})") == #"{"find":"c","filter":{"name":"a\"}, {$where: 1"}}"#)
    #expect(
      try json("db.c.find({n: \(5), m: \(BSONValue.int64(5))}).limit(\(3))")
        == #"{"find":"c","filter":{"n":{"$numberInt":"5"},"m":{"$numberLong":"5"}},"limit":{"$numberInt":"3"}}"#)
    #expect(
      try json("db.c.find({n: {$in: \([1, 2])}})")
        == #"{"find":"c","filter":{"n":{"$in":[{"$numberInt":"1"},{"$numberInt":"2"}]}}}"#)
    #expect(
      try json("db.c.insertOne(\(DBDocument([.init("a", .text("$x"))])))")
        == #"{"insert":"c","documents":[{"a":"$x"}]}"#)
    #expect(try json("{find: \("c"), filter: \(["a": "b"] as BSONDocument)}") == #"{"find":"c","filter":{"a":"b"}}"#)
    #expect(
      try json("db.c.find({a: {$regex: \("^x"), $options: \("i")}})")
        == #"{"find":"c","filter":{"a":{"$regularExpression":{"pattern":"^x","options":"i"}}}}"#)
    #expect(try json("db.c.find({a: \(nil as String?)})") == #"{"find":"c","filter":{"a":null}}"#)
  }

  @Test func identifiersAreNames() throws {
    #expect(try json("db.\(identifier: "odd name").find()") == #"{"find":"odd name"}"#)
    #expect(try json("db.\(identifier: "other", "c").find()") == #"other {"find":"c"}"#)
    #expect(try json("db[\(identifier: "c")].drop()") == #"{"drop":"c"}"#)
    #expect(try json("{find: \(identifier: "c")}") == #"{"find":"c"}"#)
    #expect(refusal("db.\(identifier: "$cmd").find()")?.code == .invalidParameter)
    #expect(refusal("db.\(identifier: "").find()")?.code == .invalidParameter)
    #expect(refusal("db.\(identifier: "a\u{0}b").find()")?.code == .invalidParameter)
    #expect(refusal("db.c.\(identifier: "find")()")?.code == .syntaxError)
    #expect(refusal("db.c.find({\(identifier: "a"): 1})")?.code == .syntaxError)
    #expect(refusal("{find: \(identifier: "a", "b")}")?.code == .syntaxError)
  }

  /// Values that try to be operators.
  static let operators: [DBValue] = [
    ["$gt": ""], ["a": ["$ne": 1]], [["$where": "1"]], ["a": [[["b": ["$function": 1]]]]],
    .json(DBJSON(#"{"$gt": ""}"#)), .json(DBJSON(#"{"a": [{"$ne": null}]}"#)),
    (["$ne": .null] as BSONDocument).dbValue, BSONValue.array([["$ne": .null]]).dbValue,
    BSONValue.codeWithScope(BSONCodeWithScope(code: "", scope: ["$a": 1])).dbValue,
  ]

  @Test(arguments: operators) func noValueBecomesAnOperator(value: DBValue) throws {
    let requests: [QueryRequest] = [
      "db.c.find({a: \(value)})", "db.c.find(\(value))", "db.c.insertOne({a: \(value)})",
      "{find: 'c', filter: {a: {$not: \(value)}}}",
      "db.c.updateOne({}, {$set: {a: \(value)}})", "db.c.aggregate([{$match: {a: \(value)}}])",
      "db.c.aggregate([{$project: {a: {$literal: \(value)}}}])",
      "db.c.deleteMany({a: \(value)})", "db.c.distinct('a', {b: \(value)})", "{count: 'c', query: \(value)}",
      "db.c.find().comment(\(value))",
      "{explain: {find: 'c', filter: {a: \(value)}}}", "db.c.aggregate([], {batchSize: \(value)})",
      "db.c.countDocuments({}, {limit: \(value)})", "db.c.aggregate([]).batchSize(\(value))",
      "db.c.find({}).limit(\(value)).limit(1)",
    ]
    for request in requests {
      let error = refusal(request)
      #expect(error?.code == .invalidParameter || error?.code == .syntaxError, "\(request)")
    }
    #expect(refusal("db.c.find({a: \(value)})")?.message.contains("interpolated value 1") == true)
  }

  @Test func textThatWouldBeAFieldIsRefused() throws {
    let text = "$secret"
    let refused: [QueryRequest] = [
      "db.c.aggregate([{$project: {a: \(text)}}])", "db.c.aggregate([{$group: {_id: \(text)}}])",
      "db.c.find({}, {a: \(text)})",
      "db.c.find({$expr: {$eq: ['$a', \(text)]}})", "db.c.aggregate([{$match: {$expr: {$eq: ['$a', \(text)]}}}])",
      "db.c.updateOne({}, [{$set: {a: \(text)}}])", "db.c.find().let({a: \(text)})", "{find: \(text)}",
      "db.c.find().hint(\(text))",
      "db.c.findOneAndUpdate({}, [{$set: {a: \(text)}}])",
      "{findAndModify: 'c', query: {}, update: [{$set: {a: \(text)}}]}",
      "db.c.aggregate([{$lookup: {from: \(text), as: 'x', pipeline: []}}])", "db.c.distinct(\(text))",
      "db.c.aggregate([{$project: \(DBValue.document(["a": .text(text)]))}])",
      "db.c.aggregate([{$set: {a: \([text])}}])",
      "{explain: {aggregate: 'c', pipeline: [{$project: {a: \(text)}}], cursor: {}}}",
      "db.c.find({}).project({a: \(text)})",
      "db.c.aggregate([{$lookup: {from: 'x', as: 'y', let: {a: \(text)}, pipeline: []}}])", "db[\(text)].find()",
      "db.c.updateOne({$expr: {$eq: [1, \(text)]}}, {$set: {a: 1}})", "db.c.deleteOne({$expr: {$eq: [1, \(text)]}})",
    ]
    for request in refused {
      let error = refusal(request)
      #expect(error?.code == .invalidParameter || error?.code == .syntaxError, "\(request)")
    }
    let allowed: [QueryRequest] = [
      "db.c.find({a: \(text)})", "db.c.find({a: {$in: \([text])}})", "db.c.insertOne({a: \(text)})",
      "db.c.insertMany([{a: \(text)}])",
      "db.c.updateOne({a: \(text)}, {$set: {a: \(text)}})", "db.c.replaceOne({}, {a: \(text)})",
      "db.c.aggregate([{$match: {a: \(text)}}])",
      "db.c.aggregate([{$project: {a: {$literal: \(text)}}}])",
      "db.c.find({$expr: {$eq: ['$a', {$literal: \(text)}]}})",
      "db.c.countDocuments({a: \(text)})", "db.c.deleteOne({a: \(text)})", "db.c.find().comment(\(text))",
      "db.c.distinct('a', {b: \(text)})",
      "db.c.findOneAndUpdate({a: \(text)}, {$set: {a: \(text)}})",
      "db.c.updateOne({}, {$set: {'a.$[x]': 1}}, {arrayFilters: [{x: \(text)}]})",
      "{update: 'c', updates: [{q: {a: \(text)}, u: {$set: {b: \(text)}}}]}",
      "{explain: {find: 'c', filter: {a: \(text)}}}",
      "db.c.find({a: \(text)}).count()", "db.c.find({a: \(text)}).explain()",
      "db.c.aggregate([{$lookup: {from: 'x', as: 'y', pipeline: [{$match: {a: \(text)}}]}}])",
      "db.c.createIndex({a: 1}, {partialFilterExpression: {a: \(text)}})",
      "{bulkWrite: 1, ops: [{insert: 0, document: {a: \(text)}}], nsInfo: [{ns: 'a.b'}]}",
      "{bulkWrite: 1, ops: [{update: 0, filter: {a: \(text)}, updateMods: {$set: {a: \(text)}}}], nsInfo: [{ns: 'a.b'}]}",
      "db.c.aggregate([{$unionWith: \("other")}])",
      "db.c.aggregate([{$project: {from: \(DBValue.document(["a": 1]))}}])",
      "db.c.aggregate([{$set: {a: {$function: {body: 'f', args: [\("x")], lang: 'js'}}}}])",
    ]
    for request in allowed { #expect(throws: Never.self, "\(request)") { try MongoCommand(request, database: nil) } }
  }

  @Test func noValueIsCodeOrAStatement() {
    let statement = DBValue.array(DBArray([["q": [:], "limit": 0]]))
    let refused: [QueryRequest] = [
      "db.c.find({$where: \("sleep(1)")})", "db.c.find({$where: \(BSONValue.code("1"))})",
      "db.c.aggregate([{$match: {$where: \("1")}}])",
      "db.c.aggregate([{$set: {a: {$function: {body: \("f"), args: [], lang: 'js'}}}}])",
      "db.c.aggregate([{$group: {_id: 1, a: {$accumulator: {init: \("f")}}}}])",
      "{mapReduce: 'c', map: \("f"), reduce: 'g', out: 'x'}",
      "db.c.find({$expr: {$function: {body: \("f")}}})", "{delete: 'c', deletes: \(statement)}",
      "{delete: 'c', deletes: [\(DBValue.document(["q": [:], "limit": 0]))]}",
      "{update: 'c', updates: \(statement)}", "{aggregate: 'c', pipeline: \(statement)}",
      "{aggregate: 'c', pipeline: [\(DBValue.document(["a": 1]))]}",
      "\(DBValue.document(["ping": 1]))", "db.runCommand(\(DBValue.document(["ping": 1])))",
      "{explain: \(DBValue.document(["find": "c"]))}",
      "db.c.aggregate(\(statement))", "db.c.updateOne({}, \(DBValue.document(["a": 1])))",
      "db.c.find({}, {}, \(DBValue.document(["limit": 1])))",
      "db.c.find({$expr: {$function: \(DBValue.document(["body": "f", "args": .array(DBArray([])), "lang": "js"]))}})",
      "db.c.aggregate([{$set: {a: {$function: {body: 'f', args: [], lang: \("js")}}}}])",
      "db.c.aggregate([{$group: {_id: 1, a: {$accumulator: \(DBValue.document(["init": "f"]))}}}])",
      "db.c.find({$where: \(1)})", "{mapReduce: 'c', map: 'f', reduce: 'g', scope: {a: \("x")}, out: 'x'}",
      "{mapReduce: 'c', map: 'f', reduce: 'g', scope: \(DBValue.document(["a": 1])), out: 'x'}",
      "{mapReduce: 'c', map: 'f', reduce: 'g', out: \(DBValue.document(["merge": "x"]))}",
      "db.c.aggregate([{$lookup: \(DBValue.document(["from": "x", "as": "y"]))}])",
      "db.c.aggregate([{$graphLookup: \(DBValue.document(["from": "x"]))}])",
      "db.c.aggregate([{$unionWith: \(DBValue.document(["coll": "x"]))}])",
      "db.c.aggregate([{$out: \(DBValue.document(["db": "x", "coll": "y"]))}])",
      "db.c.aggregate([{$merge: \(DBValue.document(["into": "x"]))}])",
      "db.c.aggregate([{$merge: {into: \(DBValue.document(["db": "x", "coll": "y"]))}}])",
      "db.c.aggregate([{$lookup: {from: \(DBValue.document(["db": "x", "coll": "y"])), as: 'z'}}])",
      "{bulkWrite: 1, ops: [{update: 0, filter: {}, updateMods: [{$set: {a: \("$b")}}]}], nsInfo: [{ns: 'a.b'}]}",
      "{bulkWrite: 1, ops: \(statement), nsInfo: [{ns: 'a.b'}]}",
    ]
    for request in refused {
      let error = refusal(request)
      #expect(error?.code == .invalidParameter || error?.code == .syntaxError, "\(request)")
    }
  }

  @Test func namesAreCheckedWhereverTheyStand() throws {
    let long = String(repeating: "x", count: 300)
    for name in ["", "$x", "a\u{0}b", long] {
      let refused: [QueryRequest] = [
        "{find: \(name)}", "{aggregate: \(name), pipeline: [], cursor: {}}", "{insert: \(name), documents: [{}]}",
        "{explain: {count: \(name)}}", "db[\(name)].find()", "db.\(identifier: name).find()",
        "db.getCollection(\(name)).drop()", QueryRequest(.document(["find": .text(name)])),
        QueryRequest(.document(["delete": .text(name), "deletes": .array(DBArray([]))])),
        QueryRequest(.text("{find: \(BSONValue.string(name).extendedJSON())}")),
      ]
      for request in refused {
        let code = refusal(request)?.code
        #expect(code == .invalidParameter || code == .syntaxError, "\(request)")
      }
    }
    for name in ["", "a.b", "a/b", #"a\b"#, "a b", "a\"b", "a$b", "a\u{0}b", String(repeating: "x", count: 64)] {
      let refused: [QueryRequest] = [
        "{find: 'c', $db: \(name)}", "db.getSiblingDB(\(name)).c.find()", "db.\(identifier: name, "c").find()",
        QueryRequest(.document(["ping": 1, "$db": .text(name)])),
      ]
      for request in refused {
        let code = refusal(request)?.code
        #expect(code == .invalidParameter || code == .syntaxError, "\(request)")
      }
    }
    #expect(throws: Never.self) {
      try MongoNames.check(collection: String(repeating: "x", count: 250), in: "shop")
      try MongoNames.check(collection: "a b.$c/d\"é", in: String(repeating: "x", count: 63))
      try MongoNames.check(database: "$external")
    }
    #expect(throws: DBError.self) { try MongoNames.check(collection: String(repeating: "x", count: 251), in: "shop") }
  }

  @Test func holesStandOnlyWhereValuesDo() {
    let refused: [QueryRequest] = [
      "db.c.find({a: 'x\("b")'})", "db.c.find({\("a"): 1})", "db.c.find({a\("b"): 1})", "{\("find"): 'c'}",
      "db.\("c").find()", "db.c.\("find")()",
      "db.c.find({a: /x\("b")/})", "db.c.find({a: ObjectId(\("x"))})", "db.c.find({a: 1\(2)})", "db.c.find({a: \(1)2})",
      "db.c.find({a: \(1)\(2)})",
      "db.c.find({a: 1}) // \("b")", "db.c.find(/* \("b") */)", "show \("dbs")", "db.c.find({a: tru\("e")})",
      "db.c.find({a: 'x\\\("b")'})",
      "db.c.find({a: \"x\("b")\"})", "\("db").c.find()", "db.c.find()\(";")", "db.c.find\("()")",
    ]
    for request in refused { #expect(refusal(request)?.code == .syntaxError, "\(request)") }
    #expect(refusal("db.c.find({a: '\("b")'})")?.message.contains("without quotes") == true)
  }

  @Test func textOfUsersBecomesNoOtherType() throws {
    let typed = [
      #"{"$regularExpression": {"pattern": ".*", "options": ""}}"#, #"[{"a": {"$regex": ".*", "$options": ""}}]"#,
      #"{"$code": "x"}"#,
      #"{"a": {"$oid": "00112233445566778899aabb"}}"#,
    ]
    for text in typed {
      #expect(refusal("db.c.find({a: \(DBJSON(text))})")?.message.contains("interpolated value 1") == true)
      #expect(refusal("db.c.find({a: \(DBDocument([.init("b", .array(DBArray([.json(DBJSON(text))])))]))})") != nil)
    }
    let plain = DBJSON(#"{"b": [1, "x", null, true, 1.5]}"#)
    #expect(try json("db.c.insertOne({a: \(plain)})").contains(#"{"b":[{"$numberInt":"1"},"x",null,true,"#))
  }

  @Test func valuesThatBSONHasNotAreRefused() {
    let error = refusal("db.c.find({a: \(DBTimestamp.infinity(hasZone: true))})")
    #expect(error?.message.contains("interpolated value 1") == true)
  }

  @Test func randomValuesInterpolateExactly() throws {
    for seed in UInt64(1)...300 {
      var samples = BSONSamples(seed: seed)
      let value = samples.scalar()
      let command = try MongoCommand("db.c.insertOne({a: \(value)})", database: nil)
      #expect(command.document.value(at: "documents.0.a") == value, "seed \(seed)")
    }
  }
}
