import DBAdapterCore
import DBAdapterTesting
import MongoAdapter

/// MongoDB as the conformance suite has to know it. What the suite calls a table is a collection; its rows are documents of one field.
struct MongoDialect: ConformanceDialect {
  private func command(_ fields: DBDocument) -> QueryRequest { QueryRequest(.document(fields)) }

  private func pipeline(_ stages: [DBDocument], on collection: String? = nil) -> QueryRequest {
    command([
      "aggregate": collection.map { .text($0) } ?? 1, "pipeline": list(stages), "cursor": .document([:]),
    ])
  }

  private func list(_ documents: [DBDocument]) -> DBValue { .array(DBArray(documents.map { .document($0) })) }

  private func documents(_ documents: DBDocument...) -> DBDocument { ["$documents": list(documents)] }

  /// The one field of a document, else the one value of a row.
  func value(of row: Row) -> DBValue {
    if case .document(let document) = row[0], document.fields.count == 1 { document.fields[0].value } else { row[0] }
  }

  // MARK: Reading

  func answer(_ number: Int) -> QueryRequest { pipeline([documents(["n": .int(Int64(number))])]) }
  func nativeAnswer(_ number: Int) -> (request: QueryRequest, reply: DBValue) {
    (answer(number), [.document(["n": .int(Int64(number))])])
  }
  func echo(_ value: DBValue, as type: String) -> QueryRequest {
    pipeline([documents(["v": .document(["$literal": value])])])
  }

  private func numbers(_ count: Int) -> [DBDocument] {
    [
      documents(["n": .document(["$range": [1, .int(Int64(count) + 1)]])]), ["$unwind": "$n"],
    ]
  }
  func series(_ count: Int) -> QueryRequest { pipeline(numbers(count)) }
  var seriesColumn: String { "document" }

  func fill(_ table: String, count: Int, isWide: Bool) -> [QueryRequest] { [] }
  func rows(in table: String, count: Int, isWide: Bool) -> QueryRequest {
    let text = "a text of some length, so that the rows are worth something"
    return pipeline(numbers(count) + (isWide ? [["$addFields": .document(["t": .text(text)])]] : []))
  }
  var streamColumns: [String] { ["document"] }
  var longStream: Int { 2_000_000 }
  var manyRows: Int { 1_000_000 }
  /// Ten milliards of documents, none of which comes through.
  var endless: QueryRequest {
    let range: DBValue = .document(["$range": [0, 100_000]])
    return pipeline([
      documents(["a": range]), ["$unwind": "$a"], ["$addFields": .document(["b": range])], ["$unwind": "$b"],
      ["$match": .document(["b": -1])],
    ])
  }
  var nothing: (request: QueryRequest, columns: [String], reply: ReplyShape) {
    (command(["find": "bosdb_nothing"]), ["document"], .documents)
  }
  func failingRows(after count: Int) -> (request: QueryRequest, code: DBError.Code)? {
    let failing: DBValue = .document(["$divide": [1, .document(["$subtract": ["$n", "$n"]])]])
    let stages: [DBDocument] =
      numbers(count * 2) + [
        [
          "$project": .document([
            "n": .document(["$cond": [.document(["$gt": ["$n", .int(Int64(count))]]), failing, "$n"]])
          ])
        ]
      ]
    return (pipeline(stages), .invalidParameter)
  }
  func sum(ofParameters numbers: [Int]) -> String { "" }

  // MARK: Writing

  func create(_ table: String, columns: String) -> [QueryRequest] {
    guard columns.contains("CHECK") else { return [command(["create": .text(table)])] }
    return [command(["create": .text(table), "validator": .document(["n": .document(["$lt": 10])])])]
  }
  func drop(_ table: String) -> QueryRequest { command(["drop": .text(table)]) }

  private func insert(_ documents: [DBDocument], into table: String) -> QueryRequest {
    command(["insert": .text(table), "documents": list(documents)])
  }
  func insert(_ number: Int, into table: String) -> QueryRequest {
    insert([["_id": .int(Int64(number)), "n": .int(Int64(number))]], into: table)
  }
  func insert(_ text: String, into table: String) -> QueryRequest { insert([["t": .text(text)]], into: table) }
  func count(of text: String, in table: String) -> QueryRequest {
    command(["count": .text(table), "query": .document(["t": .document(["$eq": .text(text)])])])
  }
  /// Transactions have no `count`, and a group of nothing is no document.
  func count(_ table: String) -> QueryRequest {
    let first: DBValue = .document(["$first": "$counted.n"])
    return pipeline(
      [
        ["$facet": .document(["counted": list([["$count": "n"]])])],
        ["$project": .document(["n": .document(["$ifNull": [first, 0]])])],
      ], on: table)
  }
  func keep(_ value: DBValue, id: Int, in table: String) -> QueryRequest {
    insert([["_id": .int(Int64(id)), "v": value]], into: table)
  }
  func fetch(_ id: Int, from table: String) -> QueryRequest {
    command([
      "find": .text(table), "filter": .document(["_id": .int(Int64(id))]),
      "projection": .document(["_id": 0, "v": 1]),
    ])
  }
  func failing(_ table: String) -> (request: QueryRequest, code: DBError.Code) {
    (insert(1, into: table), .constraintViolation)
  }
  func countedWrites(_ table: String) -> [(request: QueryRequest, rows: Int, replied: Int)] {
    let five: [DBDocument] = (1...5).map { ["_id": .int($0), "n": .int($0)] }
    let update: DBDocument = [
      "q": .document(["n": .document(["$gt": 3])]), "u": .document(["$inc": .document(["n": 1])]), "multi": true,
    ]
    func delete(_ filter: DBDocument) -> QueryRequest {
      command([
        "delete": .text(table), "deletes": list([["q": .document(["n": .document(filter)]), "limit": 0]]),
      ])
    }
    return [
      (insert(five, into: table), 5, 0), (command(["update": .text(table), "updates": list([update])]), 2, 0),
      (delete(["$gt": 100]), 0, 0), (delete(["$lt": 3]), 2, 0),
      (command(["findAndModify": .text(table), "query": .document(["_id": 3]), "remove": true]), 1, 1),
    ]
  }
  func constrained(_ table: String) -> ConstrainedTable {
    let rule: DBValue = .document(["n": .document(["$lt": 100, "$type": "int"])])
    return ConstrainedTable(
      create: [command(["create": .text(table), "validator": rule])], accepted: insert(1, into: table),
      violations: [
        ("a duplicate", insert(1, into: table), nil), ("a failed check", insert(100, into: table), nil),
        ("a missing value", insert("no number", into: table), nil),
      ])
  }

  // MARK: Texts

  var wrongSyntax: [(text: String, position: Int?)] {
    [(#"{"aggregate": 1, "pipeline": [{"$noSuchStage": {}}], "cursor": {}}"#, nil)]
  }
  func failures(_ table: String) -> [(text: String, code: DBError.Code, word: String?)] {
    [
      (#"{"collMod": "\#(table)_missing"}"#, .objectNotFound, "NamespaceNotFound"),
      (#"{"create": "\#(table)"}"#, .objectExists, "NamespaceExists"),
      (#"{"dropIndexes": "\#(table)", "index": "missing"}"#, .objectNotFound, "IndexNotFound"),
      (#"{"insert": "\#(table)", "documents": [{"_id": 1}]}"#, .constraintViolation, "DuplicateKey"),
      (#"{"find": "\#(table)", "filter": {"n": {"$noSuchOperator": 1}}}"#, .invalidParameter, "BadValue"),
      (#"{"find": "\#(table)", "filter": 5}"#, .invalidParameter, nil),
    ]
  }
  func refusedBeforehand(_ table: String) -> [String] { [] }
  var emptyStatements: [String] { ["", "  \n"] }
  func severalStatements(_ table: String) -> [(text: String, isWrong: Bool)] {
    [(#"{"insert": "\#(table)", "documents": [{}]} {"ping": 1}"#, true)]
  }
  var singleStatements: [String] { [#"{"ping": 1}"#, " {\"buildInfo\": 1}\n", #"{"ping": 1, "comment": "; {}"}"#] }
  func classified(_ table: String) -> [(text: String, effect: StatementClassification.Effect)] {
    [
      (#"{"find": "\#(table)"}"#, .read), (#" {"count": "\#(table)"} "#, .read),
      (#"{"aggregate": "\#(table)", "pipeline": [{"$match": {}}], "cursor": {}}"#, .read),
      (#"{"distinct": "\#(table)", "key": "n"}"#, .read),
      (#"{"insert": "\#(table)", "documents": [{}]}"#, .write),
      (#"{"findAndModify": "\#(table)", "query": {}, "remove": true}"#, .write),
      (#"{"create": "\#(table)"}"#, .definition), (#"{"drop": "\#(table)"}"#, .definition),
      (#"{"noSuchCommand": "\#(table)"}"#, .unknown),
    ]
  }
  func writes(_ table: String) -> [String] {
    [
      #"{"insert": "\#(table)", "documents": [{}]}"#,
      #"{"update": "\#(table)", "updates": [{"q": {}, "u": {"$set": {"n": 2}}, "upsert": true}]}"#,
      #"{"delete": "\#(table)", "deletes": [{"q": {}, "limit": 0}]}"#,
      #"{"findAndModify": "\#(table)", "query": {}, "update": {"n": 1}, "upsert": true}"#,
      #"{"drop": "\#(table)"}"#, #"{"create": "\#(table)_x"}"#,
      #"{"createIndexes": "\#(table)", "indexes": [{"key": {"n": 1}, "name": "n"}]}"#,
      #"{"mapReduce": "\#(table)", "map": "function() {}", "reduce": "function() {}", "out": "\#(table)_x"}"#,
      #"{"dropDatabase": 1}"#, #"{"noSuchCommand": "\#(table)"}"#,
    ]
  }
  func refused(_ value: String, _ table: String) -> QueryRequest {
    insert([["_id": .text(value), "n": 1], ["_id": .text(value), "n": 1]], into: table)
  }
}
