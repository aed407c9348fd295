public import DBAdapterCore

/// How values are written, whatever the format.
public struct RenderingOptions: Sendable, Hashable {
  /// How bytes become text.
  public enum BinaryEncoding: String, Sendable, Hashable, CaseIterable {
    /// `\x` and lowercase digits, as PostgreSQL prints them.
    case hex
    /// RFC 4648 section 4, with padding.
    case base64
    /// The bytes themselves where they are valid UTF-8, hexadecimal where not.
    case utf8
  }

  /// How exact numbers are written in JSON.
  public enum NumberEncoding: String, Sendable, Hashable, CaseIterable {
    /// As JSON numbers with all their digits.
    case native
    /// As strings, for readers that keep numbers in doubles.
    case string
  }

  /// The text for null. Default: the format's own (empty in CSV, `\N` in TSV, `NULL` for people; JSON always writes `null`).
  public var nullText: String?
  /// Whether column names are written, where the format has a place for them. Default: `true`.
  public var hasHeader = true
  /// What stands between the cells of CSV, TSV and raw. Default: the format's own.
  public var delimiter: UInt8?
  /// Default: base64 in JSON, hexadecimal in text.
  public var binary: BinaryEncoding?
  /// Default: ``NumberEncoding/native``.
  public var numbers = NumberEncoding.native
  /// How rows that are documents are written in JSON. Default: ``DBAdapterCore/DocumentStyle/relaxed``.
  public var documents = DocumentStyle.relaxed
  /// Whether rows that are documents become rows of columns, one a field of the first documents (``RenderingNotes/fieldsLeftOut``).
  /// Default: `false`; a document is then all of its row, in formats of columns as JSON text in relaxed style.
  public var flattensDocuments = false
  /// The most characters a cell; longer ones are cut, end in `…`, and are counted in ``RenderingNotes``. Default: no limit.
  public var maximumCell: Int?
  /// The width to fit a table into; `nil` when nobody looks at a terminal. Default: `nil`.
  public var terminalWidth: Int?
  /// Whether headings and nulls are set off with terminal colours. Default: `false`.
  public var isColored = false

  /// Every option at its default.
  public init() {}
}
