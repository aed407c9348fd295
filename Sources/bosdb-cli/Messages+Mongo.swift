/// What the commands for MongoDB say.
extension Messages {
  static let mongoAbstract = "Find, count and insert documents of a MongoDB server."

  static func mongoDiscussion(_ first: String, _ second: String, _ text: String = "") -> String {
    """
    \(text.isEmpty ? "" : text + "\n\n")EXAMPLES
      bosdb-cli mongo \(first)
      bosdb-cli mongo \(second)

    The connection is an argument, --url, BOSDB_URL, MONGODB_URL or DATABASE_URL.

    \(exitCodes)
    """
  }

  /// How documents are written as arguments, and come out.
  static let mongoJSON = """
    Documents are written in Extended JSON, or as in the shell: names without quotes, ObjectId("…"), ISODate("…"). Piped, they come out one a \
    line; on a terminal as one column of a table. --flatten makes columns of their fields.
    """
  static let mongoFindAbstract = "Print the documents of a collection that match a filter."
  static let mongoAggregateAbstract = "Run a pipeline on a collection and print what comes out of it."
  static let mongoAggregateText = """
    The pipeline is a list of stages. One that writes ($out, $merge) needs --write.
    """
  static let mongoCountAbstract = "Count the documents of a collection that match a filter."
  static let mongoCountText = """
    Every document is counted that a reader would see. --estimate asks for the number the server keeps of all of them, which costs \
    nothing and may be wrong after a crash and in a sharded cluster.
    """
  static let mongoDistinctAbstract = "Print the different values of a field."
  static let mongoRunAbstract = "Run a command document."
  static let mongoRunText = """
    What has a cursor prints its documents; everything else prints the server's reply.
    """
  static let mongoInsertAbstract = "Insert documents from a file or standard input."
  static let mongoInsertText = """
    They are Extended JSON: one a line, one after the other, or one list of all. They are read as they are needed, and inserted about a \
    thousand at a time. In order, the first that fails ends it; with --unordered the others are inserted. Those that failed are \
    named with their number and line, and the command exits with 3.
    """

  static let insertWrites =
    "this session is read-only, and insert writes; open it with read-write access to allow it"
  static let noCollection = "no collection was given"
  static let noPipeline = "no pipeline was given; write a list of stages: '[{$match: {}}]'"
  static let noField = "no field was given"
  static let noCommand = "no command was given; write a document: '{ping: 1}'"
  static let emptyDatabase = "--database needs a name"
  static let estimateCountsAll = "--estimate counts all documents, and takes no filter"
  static func argument(_ name: String, _ reason: String) -> String { "\(name): \(reason)" }
  static func expected(_ wanted: String, _ found: String) -> String { "expected \(wanted), and this is \(found)" }
  static let noInput = "no documents were given; use -f FILE, or pipe them in"
  static func document(_ number: Int, _ reason: String) -> String { "document \(number): \(reason)" }
  static func unreadable(_ name: String, line: Int, column: Int, number: Int, _ reason: String) -> String {
    "\(name):\(line):\(column): \(reason) (document \(number))"
  }
  static func inserted(_ count: Int) -> String { "inserted \(documents(count))" }
  static func insertedAtLeast(_ count: Int, pending: Int) -> String {
    "inserted \(documents(count)), and perhaps some of the next \(pending)"
  }
  static func moreFailures(_ count: Int) -> String { "note: \(documents(count)) more failed" }
  static func unconfirmed(_ reason: String) -> String {
    "warning: documents were inserted that the servers did not confirm: \(reason)"
  }
  static func insertProgress(_ count: Int, bytes: Int) -> String {
    "inserted \(documents(count)), \(bytes / 1_000_000) MB read"
  }

  private static func documents(_ count: Int) -> String { "\(count) \(count == 1 ? "document" : "documents")" }
}
