internal import DBAdapterCore

/// Room for libpg_query, which walks a parse tree by calling itself: `1+1+1+…` is as deep as it is long, and would end the process
/// where the stack of a thread ends.
enum PGDeepStack {
  /// Texts up to this length run where they are: their deepest tree takes 300 KB of stack.
  private static let longestShallow = 4 * 1_024
  /// Longer texts are not read at all: a tree can be two hundred times as large as its text.
  static let longestText = 1_024 * 1_024
  /// More than twice of what was measured of the deepest trees, which take two bytes of text a level.
  private static let stackPerByte = 256

  /// Runs a call of libpg_query over a text with the stack it can need.
  /// - Returns: `nil` when the text is longer than ``longestText`` or the system has no thread to give.
  static func run<R>(over text: String, _ body: () -> R) -> R? {
    let length = text.utf8.count
    guard length > longestShallow else { return body() }
    guard length <= longestText else { return nil }
    var result: R?
    _ = NativeThread.run(stackBytes: length * stackPerByte + 1_024 * 1_024) { result = body() }
    return result
  }
}
