import Foundation
import Testing

/// Statements kept in text files beside the tests, one a block: a blank line ends it, and lines that begin with a number sign are notes.
enum GuardCorpus {
  /// - Parameter names: what stands for names that a test makes up, such as `GUARD`.
  static func statements(_ name: String, replacing names: [String: String] = [:]) throws -> [String] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Corpus/\(name).txt")
    var blocks: [[Substring]] = [[]]
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        blocks.append([])
      } else if !line.hasPrefix("# ") {
        blocks[blocks.count - 1].append(line)
      }
    }
    let statements = blocks.filter { !$0.isEmpty }.map { block in
      names.reduce(block.joined(separator: "\n")) { $0.replacing($1.key, with: $1.value) }
    }
    // A reader that lost the file's statements would make every test pass.
    try #require(statements.count >= 20, "\(name) holds only \(statements.count) statements")
    return statements
  }
}
