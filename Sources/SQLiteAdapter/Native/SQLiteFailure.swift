/// What a call of the C library reported.
struct SQLiteFailure: Error, Equatable {
  /// The extended result code (sqlite.org/rescode.html).
  let code: Int32
  let message: String
  /// Where in the statement, in bytes from 0; `nil` when SQLite did not say.
  var byteOffset: Int?

  /// The primary result code: the low eight bits.
  var primaryCode: Int32 { code & 0xFF }
}

/// The result codes the adapter acts on (sqlite.org/rescode.html); their numbers never change.
enum SQLiteCode {
  static let error: Int32 = 1
  static let permission: Int32 = 3
  static let busy: Int32 = 5
  static let locked: Int32 = 6
  static let outOfMemory: Int32 = 7
  static let readOnly: Int32 = 8
  static let interrupt: Int32 = 9
  static let inputOutput: Int32 = 10
  static let corrupt: Int32 = 11
  static let full: Int32 = 13
  static let cannotOpen: Int32 = 14
  static let tooBig: Int32 = 18
  static let constraint: Int32 = 19
  static let mismatch: Int32 = 20
  static let misuse: Int32 = 21
  static let notAuthorized: Int32 = 23
  static let range: Int32 = 25
  static let notADatabase: Int32 = 26
}
