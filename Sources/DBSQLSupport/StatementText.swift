/// A statement's text as a key, compared byte by byte.
///
/// Two strings are equal in Swift when they look the same: a Kelvin sign equals a `K`, the Greek question mark a semicolon, and `é` is the same in
/// one character or two. To a server these are different statements.
package struct StatementText: Hashable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static func == (left: StatementText, right: StatementText) -> Bool {
    let isEqual = left.text.utf8.withContiguousStorageIfAvailable { first in
      right.text.utf8.withContiguousStorageIfAvailable { second in
        first.count == second.count
          && (first.baseAddress == second.baseAddress || first.elementsEqual(second))
      }
    }
    return (isEqual ?? nil) ?? left.text.utf8.elementsEqual(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    let isHashed: Void? = text.utf8.withContiguousStorageIfAvailable {
      hasher.combine(bytes: UnsafeRawBufferPointer($0))
    }
    if isHashed == nil { for byte in text.utf8 { hasher.combine(byte) } }
  }
}
