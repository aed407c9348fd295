/// A glob (`*` any run, `?` any one character) as an SQL `LIKE` pattern.
package enum GlobPattern {
  /// The pattern for `LIKE … ESCAPE '\'`.
  package static func like(_ glob: String) -> String {
    var pattern = ""
    for character in glob {
      switch character {
      case "*": pattern.append("%")
      case "?": pattern.append("_")
      case "%", "_", "\\": pattern.append("\\\(character)")
      default: pattern.append(character)
      }
    }
    return pattern
  }
}
