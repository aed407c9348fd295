public import DBAdapterCore

extension Row {
  /// The row as the document it is, every type intact; it shares the batch's memory. `nil` when the rows are no documents.
  ///
  /// Where the width of integers matters, ask this document for its fields: the values of the row itself have one integer type.
  public var bson: BSONDocument? {
    guard columns.areDocuments else { return nil }
    return encodedBytes(at: 0).map { BSONDocument(unchecked: $0) }
  }
}
