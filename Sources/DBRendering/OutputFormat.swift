/// The forms a result can be written in.
public enum OutputFormat: String, Sendable, Hashable, CaseIterable {
  case table, vertical, markdown, csv, tsv, json, jsonl, envelope, raw

  /// A renderer of this format for one result.
  public func renderer(_ options: RenderingOptions = RenderingOptions()) -> any Renderer {
    switch self {
    case .table: DocumentRenderer(TableRenderer(options), options)
    case .vertical: DocumentRenderer(VerticalRenderer(options), options)
    case .markdown: DocumentRenderer(MarkdownRenderer(options), options)
    case .csv: DocumentRenderer(DelimitedRenderer(options, style: .csv), options)
    case .tsv: DocumentRenderer(DelimitedRenderer(options, style: .tsv), options)
    case .raw: DocumentRenderer(DelimitedRenderer(options, style: .raw), options)
    case .json: DocumentRenderer(JSONRowsRenderer(options, style: .array), options, takesDocuments: true)
    case .jsonl: DocumentRenderer(JSONRowsRenderer(options, style: .lines), options, takesDocuments: true)
    case .envelope: DocumentRenderer(EnvelopeRenderer(options), options, takesDocuments: true)
    }
  }

  /// Whether the format is made for people to look at, and escapes whatever could act on a terminal.
  public var isForPeople: Bool { self == .table || self == .vertical || self == .markdown }
}
