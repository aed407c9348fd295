import DBAdapterCore
import Foundation
import Testing

@testable import PostgresAdapter

/// Texts that nobody wrote: whatever they are, they get an answer, and what writes is never called a read for how it is written.
@Suite struct PostgresGuardFuzzTests {
  /// SplitMix64. `BOSDB_FUZZ_SEED` repeats a run.
  private struct Seeded: RandomNumberGenerator {
    let seed: UInt64
    var state: UInt64

    init() {
      seed =
        ProcessInfo.processInfo.environment["BOSDB_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 0..<1_000_000_000)
      state = seed
      print("BOSDB_FUZZ_SEED=\(seed)")
    }

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  private static let parts = [
    "SELECT", "WITH", "a", "AS", "(", ")", ",", "DELETE", "FROM", "t", "INSERT", "INTO", "VALUES", "1", "'x'", "\"q\"",
    ";",
    "--c\n", "/*", "*/", "$$", "$1", "E'\\'", "U&\"\\0061\"", "EXPLAIN", "ANALYZE", "COPY", "TO", "PROGRAM", "STDOUT",
    "::", "int",
    ".", "*", "pg_read_file", "nextval", "FOR", "UPDATE", "SET", "WHERE", "UNION", "CASE", "WHEN", "END", "[", "]", "é",
    "\u{1F600}",
    "\\", "'", "OVER", "LATERAL", "TABLE", "CREATE", "DROP", "BEGIN", "\u{1}", "\u{FEFF}",
  ]

  @Test func anyTextGetsAnAnswer() {
    var random = Seeded()
    for _ in 0..<4_000 {
      let text = (0..<Int.random(in: 0...40, using: &random))
        .map { _ in Self.parts[Int.random(in: 0..<Self.parts.count, using: &random)] }
        .joined(separator: Bool.random(using: &random) ? " " : "")
      let classification = PostgresClassifier.classify(text)
      #expect(!classification.summary.isEmpty, "seed \(random.seed): \(text)")
    }
  }

  private static let writes = [
    "delete from t", "insert into t values (1)", "update t set a = 1", "select nextval('s')",
    "select pg_read_file('x')",
    "select set_config('a', 'b', false)", "select * from t for update", "select 1 into t",
    "with d as (delete from t) select 1",
    "explain analyze delete from t", "copy t to program 'x'", "select ('x'::text).pg_read_file", "set a = 1", "commit",
    "select query_to_xml('x', true, true, '')", "truncate t", "drop table t", "do 'x'", "call p()",
    "select lo_unlink(1)",
  ]

  private static let spaces = [" ", "\n", "\t", "/**/", "/* ; */", "--x\n", " /* /* */ */ ", "\u{0C}", "\r"]

  /// Other white space and other capitals outside quotes are the same statement.
  @Test func spellingHidesNothing() {
    var random = Seeded()
    for _ in 0..<4_000 {
      let original = Self.writes[Int.random(in: 0..<Self.writes.count, using: &random)]
      var text = Self.spaces[Int.random(in: 0..<Self.spaces.count, using: &random)]
      var isQuoted = false
      for character in original {
        if character == "'" { isQuoted.toggle() }
        if character == " " {
          text += Self.spaces[Int.random(in: 0..<Self.spaces.count, using: &random)]
        } else {
          text += !isQuoted && Bool.random(using: &random) ? character.uppercased() : String(character)
        }
      }
      #expect(PostgresClassifier.classify(text).effect != .read, "seed \(random.seed): \(text)")
    }
  }
}
