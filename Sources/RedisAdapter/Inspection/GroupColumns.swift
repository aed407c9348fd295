internal import DBAdapterCore

/// The columns of a group: what every key has, and what the sampled values hold.
struct GroupColumns {
  let columns: [ColumnInfo]

  /// More columns than this are not shown; those that most keys have come first.
  private static let mostColumns = 500

  init(type: String, facts: GroupFacts, values: GroupValues) {
    var builder = Builder()
    builder.addMadeUp("key", DBType(.text, nativeName: "string"))
    builder.addMadeUp("type", DBType(.text, nativeName: "string"))
    let expiring = facts.expiry.distribution?.share(of: Distribution.Bucket.withoutExpiry).map { 1 - $0 }
    builder.addMadeUp("ttl", DBType(.interval, nativeName: "milliseconds"), presence: expiring)
    builder.addMadeUp("encoding", DBType(.text, nativeName: "string"))
    var values = values
    switch type {
    case "hash": builder.add(values.allFields())
    case "stream":
      builder.addMadeUp("id", DBType(.text, nativeName: "stream id"))
      builder.add(values.allFields())
    case "list": builder.add("element", values)
    case "set": builder.add("member", values)
    case "zset":
      builder.add("member", values)
      builder.addMadeUp("score", DBType(.float, nativeName: "double"))
    default: builder.add("value", values)
    }
    columns = Array(builder.columns.prefix(Self.mostColumns))
  }

  private struct Builder {
    var columns: [ColumnInfo] = []

    mutating func addMadeUp(_ name: String, _ type: DBType, presence: Double? = nil) {
      columns.append(
        ColumnInfo(
          name: name, position: columns.count + 1, type: type, isNullable: presence != nil && presence != 1,
          presence: presence, isSynthetic: true))
    }

    /// The one thing that keys hold, or many of.
    mutating func add(_ name: String, _ values: GroupValues) {
      let types = values.value.observedTypes
      columns.append(
        ColumnInfo(
          name: name, position: columns.count + 1,
          type: types.first?.type ?? DBType(.unknown, nativeName: "unknown"), isNullable: false, observedTypes: types,
          isSynthetic: true))
      add(values.value.json, below: name, of: values.rows)
    }

    mutating func add(_ fields: [GroupValues.Field]) {
      for field in fields {
        let types = field.shape.observedTypes
        columns.append(
          ColumnInfo(
            name: field.name, position: columns.count + 1,
            type: types.first?.type ?? DBType(.unknown, nativeName: "unknown"), isNullable: true,
            presence: field.presence, observedTypes: types))
        add(field.shape.json, below: field.name, of: field.shape.kinds[.json] == nil ? 0 : field.shape.rows.count)
      }
    }

    /// - Parameter rows: how many rows have what the paths are in.
    private mutating func add(_ json: JSONShape, below name: String, of rows: Int) {
      for path in json.all(name) {
        columns.append(
          ColumnInfo(
            name: path.name, position: columns.count + 1,
            type: path.types.first?.type ?? DBType(.unknown, nativeName: "unknown"), isNullable: true,
            presence: rows > 0 ? Double(path.rows.count) / Double(rows) : nil, observedTypes: path.types))
      }
    }
  }
}
