internal import Synchronization

/// What a session is at this moment, for whoever asks from any thread.
final class SQLiteStanding: Sendable {
  struct Marks: OptionSet, Sendable {
    let rawValue: UInt8

    static let open = Marks(rawValue: 1)
    static let closed = Marks(rawValue: 2)
    /// A call has it, or a stream.
    static let busy = Marks(rawValue: 4)
    /// The file is.
    static let damaged = Marks(rawValue: 8)
    /// The last call left something.
    static let needsReset = Marks(rawValue: 16)
  }

  private let word = Atomic<UInt8>(Marks.needsReset.rawValue)

  var marks: Marks { Marks(rawValue: word.load(ordering: .acquiring)) }

  /// - Returns: the marks that were there before.
  @discardableResult
  func insert(_ marks: Marks) -> Marks {
    Marks(rawValue: word.bitwiseOr(marks.rawValue, ordering: .acquiringAndReleasing).oldValue)
  }

  func remove(_ marks: Marks) { word.bitwiseAnd(~marks.rawValue, ordering: .acquiringAndReleasing) }

  /// Writes only what changes: after most calls nothing does.
  func set(_ marks: Marks, _ isSet: Bool) {
    guard self.marks.contains(marks) != isSet else { return }
    if isSet { insert(marks) } else { remove(marks) }
  }
}
