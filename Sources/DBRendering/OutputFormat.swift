/// The forms a result can be written in.
public enum OutputFormat: String, Sendable, Hashable, CaseIterable {
  case table, vertical, markdown, csv, tsv, json, jsonl, envelope, raw

  /// A renderer of this format for one result.
  public func renderer(_ options: RenderingOptions = RenderingOptions()) -> any Renderer {
    switch self {
    case .table: TableRenderer(options)
    case .vertical: VerticalRenderer(options)
    case .markdown: MarkdownRenderer(options)
    case .csv: DelimitedRenderer(options, style: .csv)
    case .tsv: DelimitedRenderer(options, style: .tsv)
    case .raw: DelimitedRenderer(options, style: .raw)
    case .json: JSONRowsRenderer(options, style: .array)
    case .jsonl: JSONRowsRenderer(options, style: .lines)
    case .envelope: EnvelopeRenderer(options)
    }
  }

  /// Whether the format is made for people to look at, and escapes whatever could act on a terminal.
  public var isForPeople: Bool { self == .table || self == .vertical || self == .markdown }
}
