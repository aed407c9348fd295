public import DBAdapterCore

/// Drives a renderer and hands its bytes to a sink in pieces of about 64 KiB.
public struct ResultWriter: ~Copyable {
  private var renderer: any Renderer
  private let sink: any OutputSink
  private var buffer: OutputBuffer
  /// Rows written so far.
  public private(set) var rowCount = 0
  /// Bytes handed to the sink so far.
  public private(set) var byteCount = 0

  private static let flushThreshold = 65_536

  /// A writer for one result.
  public init(_ renderer: any Renderer, to sink: any OutputSink) {
    self.renderer = renderer
    self.sink = sink
    buffer = OutputBuffer()
  }

  /// What has to be said beside the output; complete after ``end(_:)``.
  public var notes: RenderingNotes { renderer.notes }

  /// Starts the result.
  public mutating func begin(_ columns: ColumnSet) { renderer.begin(columns, to: &buffer) }

  /// Writes a batch of rows. What it renders is flushed when it is much, and at the end.
  /// - Throws: what the sink throws.
  public mutating func rows(_ batch: RowBatch) throws {
    for row in batch {
      renderer.row(row, to: &buffer)
      if buffer.count >= Self.flushThreshold { try flush() }
    }
    rowCount += batch.count
  }

  /// Writes what is left, and flushes.
  /// - Throws: what the sink throws.
  public mutating func end(_ outcome: ResultOutcome) throws {
    renderer.end(outcome, to: &buffer)
    try flush()
  }

  /// Hands what is rendered to the sink, so that a reader sees it now.
  /// - Throws: what the sink throws.
  public mutating func flush() throws {
    guard buffer.count > 0 else { return }
    let (sink, count) = (self.sink, buffer.count)
    try buffer.withBytes { bytes throws in try sink.write(bytes) }
    byteCount += count
    buffer.removeAll()
  }
}
