public import DBAdapterCore

/// A collection as its documents show it, beside what its validator declares.
public struct CollectionSchema: Sendable, Hashable {
  /// What the documents that were read look like.
  public var schema: InferredSchema
  /// What part of the collection they are, and what could not be seen.
  public var coverage: Coverage
  /// What the validator's `$jsonSchema` declares; `nil` where it has none, and where this user may not see it.
  public var validator: ValidatorSchema?
  /// Where the documents that were read differ from it.
  public var findings: [ValidatorFinding]
  /// How many documents of the whole collection break the validator, by the server's count; `nil` where there is no validator, and
  /// when counting took too long.
  public var violating: Int64?
  /// The same and the collection's indexes, options and sizes, in the words that all engines share.
  public var description: TableDescription

  public init(
    schema: InferredSchema, coverage: Coverage, validator: ValidatorSchema? = nil, findings: [ValidatorFinding] = [],
    violating: Int64? = nil, description: TableDescription
  ) {
    self.schema = schema
    self.coverage = coverage
    self.validator = validator
    self.findings = findings
    self.violating = violating
    self.description = description
  }
}

extension DatabaseSession {
  /// Infers the schema of a collection from its documents: a random sample of them, or all.
  ///
  /// Documents that cannot be read, because the user may not or because a view is broken, are no error: the coverage says so. It takes
  /// constant memory, whatever the number of documents.
  /// - Parameters:
  ///   - collection: or a view, or a time series.
  ///   - database: the session's own when `nil`. Default: `nil`.
  ///   - sampling: how many documents, and for how long. Counting those that break a validator may take as long again.
  ///   - share: the part of the documents to read, from 0 to 1, instead of the budget's number of them; the budget's time counts.
  ///   - options: what is kept of the documents. Default: no values.
  ///   - timeout: how long the call may take. Reading ends a little before. Default: no limit.
  /// - Throws: ``DBError/Code-swift.struct/objectNotFound`` when there is no such collection;
  ///   ``DBError/Code-swift.struct/unsupported`` where the session is another engine's; ``DBError/Code-swift.struct/cancelled``, after which
  ///   the server has stopped as well, and ``DBError/Code-swift.struct/timeout``.
  public func inferSchema(
    of collection: String, in database: String? = nil, _ sampling: SamplingBudget = SamplingBudget(),
    share: Double? = nil, options: InferenceOptions = InferenceOptions(), timeout: Duration? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> CollectionSchema {
    let statement = QueryRequest(
      .document(["aggregate": .text(collection), "pipeline": .array(DBArray([])), "cursor": .document([:])]),
      timeout: timeout)
    let table = TableReference(schema: database, name: collection)
    let plan = MongoSampling(budget: sampling, share: share, inference: options)
    return try await perform("infer a schema", as: statement, on: MongoAdapter.self, file: file, line: line) {
      adapter throws(DBError) in
      try await adapter.schema(of: table, plan, timeout: timeout)
    }
  }
}
