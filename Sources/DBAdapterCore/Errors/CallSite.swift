/// Where a caller is, kept in a form that costs nothing until somebody asks.
struct CallSite: Sendable {
  let file: StaticString
  let line: UInt

  var location: SourceLocation { SourceLocation(file: "\(file)", line: line) }
}
