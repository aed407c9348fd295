internal import DBAdapterCore

/// The name of a key group as a table: the pattern, `user:{int}`, and when keys of several types fit it, also the type,
/// `user:{int} (hash)`. A pattern never ends like that by itself, see ``KeyPattern``.
struct GroupName: Sendable, Hashable {
  var pattern: String
  /// `nil`: the only one, or the most frequent one.
  var type: String?

  init(pattern: String, type: String?) {
    self.pattern = pattern
    self.type = type
  }

  /// Reads a name as it was listed.
  init(_ name: String) {
    guard name.hasSuffix(")"), let open = name.utf8.lastIndex(of: UInt8(ascii: "(")), open > name.startIndex,
      name.utf8[name.utf8.index(before: open)] == 0x20
    else {
      self.init(pattern: name, type: nil)
      return
    }
    let type = name[name.utf8.index(after: open)...].dropLast()
    self.init(pattern: String(name[..<name.utf8.index(before: open)]), type: String(type))
  }

  var text: String { type.map { "\(pattern) (\($0))" } ?? pattern }
}
