public import DBAdapterCore

/// Writes one result in one format, a row at a time, in memory that does not grow with the rows.
///
/// The calls come in this order: ``begin(_:to:)``, ``row(_:to:)`` for each row, ``end(_:to:)``.
public protocol Renderer {
  /// Starts a result with these columns.
  mutating func begin(_ columns: ColumnSet, to buffer: inout OutputBuffer)
  /// Writes one row.
  mutating func row(_ row: Row, to buffer: inout OutputBuffer)
  /// Writes what is left.
  mutating func end(_ outcome: ResultOutcome, to buffer: inout OutputBuffer)
  /// What has to be said beside the output; complete after ``end(_:to:)``.
  var notes: RenderingNotes { get }
}
