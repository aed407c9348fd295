/// The first thing that is wrong with an audit log.
public struct AuditProblem: Sendable, Hashable, CustomStringConvertible {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A line is not as it was written.
    case edited
    /// Records are missing before this place.
    case removed
    /// A record stands before one that was written earlier.
    case reordered
    /// A line was added, or one stands there twice.
    case inserted
    /// Records are missing at the end.
    case cutOff = "cut off"
    /// The last line was not written to its end, and nothing was written since.
    case torn
    /// What says where the log ends is missing or not as it was written.
    case head
    /// The log is sealed in another way than it should be.
    case seal
  }

  public let kind: Kind
  /// The file it is in, or the name of the store's table.
  public let place: String
  /// Counted from 1; `nil` where it is no line that is wrong.
  public let line: Int?
  /// The number of the record that should stand there.
  public let sequence: Int64
  /// What was found, in a sentence without data.
  public let detail: String

  public var description: String {
    "\(place)\(line.map { ", line \($0)" } ?? "") (record \(sequence)): \(kind.rawValue): \(detail)"
  }
}
