internal import DBAdapterCore

/// A collection as `listCollections` tells of it.
struct MongoCollection: Sendable {
  let database: String
  let name: String
  let kind: TableKind
  /// The options it was made with: `capped`, `validator`, `viewOn`, `timeseries`.
  let options: BSONDocument
  /// Whether the user may see the options.
  let showsOptions: Bool

  init?(_ entry: BSONDocument, of database: String, showsOptions: Bool = true) {
    guard let name = entry["name"]?.text else { return nil }
    self.database = database
    self.name = name
    self.showsOptions = showsOptions
    kind =
      switch entry["type"]?.text {
      case "view": .view
      case "timeseries": .timeSeries
      default: .collection
      }
    options = entry["options"]?.document ?? [:]
  }

  /// Whether it belongs to the server: views' definitions, users, the buckets of time series.
  var isSystem: Bool { name.hasPrefix("system.") }

  var reference: TableReference { TableReference(schema: database, name: name) }

  /// What a view is made of: the collection, and the pipeline as Extended JSON.
  var viewDefinition: String? {
    guard let source = options["viewOn"]?.text else { return nil }
    let pipeline = options["pipeline"]?.extendedJSON() ?? "[]"
    return "{\"viewOn\":\(BSONValue.string(source).extendedJSON()),\"pipeline\":\(pipeline)}"
  }

  /// The rule that documents have to keep to; `nil` where there is none.
  var validator: BSONDocument? {
    guard let validator = options["validator"]?.document, !validator.isEmpty else { return nil }
    return validator
  }

  /// - Parameter violating: how many documents break it, where they were counted.
  func validatorConstraint(violating: Int64?) -> ConstraintInfo? {
    validator.map {
      ConstraintInfo(
        name: "validator", kind: .check(expression: $0.extendedJSON()),
        columns: ValidatorSchema(validator: $0)?.fields.map(\.path) ?? [],
        isValidated: violating == 0,
        definition: $0.extendedJSON(), comment: validation)
    }
  }

  /// How the validator holds: `level strict, action error`.
  private var validation: String {
    "level \(options["validationLevel"]?.text ?? "strict"), action \(options["validationAction"]?.text ?? "error")"
  }

  /// Facts that no field of a description holds, in a fixed order.
  var facts: [String] {
    var facts: [String] = []
    if options["capped"] == .bool(true) {
      var limits = ["\(options["size"]?.integer ?? 0) bytes"]
      if let count = options["max"]?.integer, count > 0 { limits.append("\(count) documents") }
      facts.append("capped at \(limits.joined(separator: " or "))")
    }
    if let series = options["timeseries"]?.document {
      facts.append("time series \(series.extendedJSON())")
    }
    if options["clusteredIndex"]?.document != nil { facts.append("clustered") }
    if let seconds = options["expireAfterSeconds"]?.integer { facts.append("expires after \(seconds) s") }
    if let collation = options["collation"]?.document { facts.append("collation \(collation.extendedJSON())") }
    if options.value(at: "changeStreamPreAndPostImages.enabled") == .bool(true) {
      facts.append("keeps pre-images for change streams")
    }
    if validator != nil { facts.append("validator: \(validation)") }
    return facts
  }
}

extension BSONValue {
  var document: BSONDocument? { if case .document(let document) = self { document } else { nil } }
  var array: BSONArray? { if case .array(let array) = self { array } else { nil } }
}
