import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite struct MongoShapeTests {
  private func shape(_ request: QueryRequest) throws -> String {
    MongoShape(try MongoCommand(request, database: "shop")).text
  }

  @Test(
    arguments: [
      (
        #"{find: "users", filter: {age: {$gt: 77771}, name: "hunter2"}, limit: 77771}"#,
        #"{find: "users", filter: {age: {$gt: ?}, name: ?}, limit: ?}"#
      ),
      (
        #"{insert: "users", documents: [{name: "hunter2"}, {name: "b"}, {name: "c", age: 3}]}"#,
        #"{insert: "users", documents: [{name: ?}, {name: ?, age: ?}]}"#
      ),
      (
        #"{update: "users", updates: [{q: {name: "hunter2"}, u: {$set: {tags: ["hunter2", "b"]}}}]}"#,
        #"{update: "users", updates: [{q: {name: ?}, u: {$set: {tags: [?]}}}]}"#
      ),
      (
        #"{aggregate: "orders", pipeline: [{$match: {a: "hunter2"}}, {$lookup: {from: "users", localField: "hunter2", foreignField: "b", as: "c"}}], cursor: {}}"#,
        #"{aggregate: "orders", pipeline: [{$match: {a: ?}}, {$lookup: {from: "users", localField: ?, foreignField: ?, as: ?}}], cursor: {}}"#
      ),
      (#"{createUser: "hunter2", pwd: "hunter2", roles: ["hunter2"]}"#, "{createUser: ?, pwd: ?, roles: [?]}"),
      (
        #"{explain: {find: "users", filter: {a: "hunter2"}}, verbosity: "queryPlanner"}"#,
        #"{explain: {find: "users", filter: {a: ?}}, verbosity: ?}"#
      ),
      (#"{ping: 77771}"#, "{ping: ?}"),
      (#"{find: "a b\"", filter: {"x y": 1}}"#, #"{find: "a b\"", filter: {"x y": ?}}"#),
    ] as [(String, String)])
  func namesStayAndValuesGo(_ text: String, _ expected: String) throws {
    #expect(try shape(QueryRequest(unsafeText: text)) == expected)
  }

  @Test func theShellsFormsAreTheCommandTheyStandFor() throws {
    let command = try shape(#"db.users.find({age: {$gt: 77771}, name: "hunter2"}).limit(77771)"#)
    #expect(command.hasPrefix(#"{find: "users", filter: {age: {$gt: ?}, name: ?}"#) && !command.contains("7777"))
    #expect(try shape(#"db.users.insertOne({a: "hunter2"})"#).hasPrefix(#"{insert: "users", documents: [{a: ?}]"#))
    #expect(
      try !shape(#"db.users.deleteMany({a: /hunter2/i, b: ObjectId("5f5f5f5f5f5f5f5f5f5f5f5f")})"#).contains("5f5f"))
  }

  @Test func interpolatedValuesNeverComeThrough() throws {
    let text = try shape("db.users.find({name: \("hunter2"), age: \(77_771), tags: {$in: \(["hunter2"])}})")
    #expect(
      text.hasPrefix(#"{find: "users", filter: {name: ?, age: ?, tags: {$in: [?]}}"#) && !text.contains("hunter2"))
    let document: DBDocument = ["find": "users", "filter": .document(["a": "hunter2"])]
    #expect(try shape(QueryRequest(.document(document))) == #"{find: "users", filter: {a: ?}}"#)
  }

  @Test func shapesOfAnySizeAreBounded() throws {
    let wide =
      "{find: \"users\", filter: {" + (0..<5_000).map { "field\($0): \"hunter2\"" }.joined(separator: ", ") + "}}"
    #expect(try shape(QueryRequest(unsafeText: wide)).utf8.count < 4_400)
    let deep =
      "{find: \"users\", filter: " + String(repeating: "{a: ", count: 60) + "\"hunter2\""
      + String(repeating: "}", count: 61)
    let text = try shape(QueryRequest(unsafeText: deep))
    #expect(text.contains("{…}") && !text.contains("hunter2"))
    let many =
      "{insert: \"users\", documents: [" + (0..<10_000).map { "{a\($0 % 50): \"hunter2\"}" }.joined(separator: ", ")
      + "]}"
    #expect(try shape(QueryRequest(unsafeText: many)).utf8.count < 400)
  }

  @Test func valuesMakeNoOtherFingerprint() throws {
    let one = NormalizedStatement(try shape(#"db.users.insertMany([{a: "x"}, {a: "y"}])"#)).fingerprint
    let other = NormalizedStatement(try shape(#"db.users.insertMany([{a: "z"}])"#)).fingerprint
    let different = NormalizedStatement(try shape(#"db.users.insertMany([{b: "z"}])"#)).fingerprint
    #expect(one == other && one != different)
  }
}
