internal import DBAdapterCore

extension JSONWriter {
  mutating func list<Item>(_ items: [Item], _ body: (inout JSONWriter, Item) -> Void) {
    array { list in for item in items { body(&list, item) } }
  }

  /// - Parameter marksBytes: whether bytes say that they are bytes; see ``JSONCells/marksBytes``.
  mutating func value(_ value: DBValue, marksBytes: Bool = false) {
    var buffer = OutputBuffer(capacity: 256)
    JSONCells(binary: .base64, numbers: .native, keepsLineBreaks: true, marksBytes: marksBytes)
      .append(value, to: &buffer)
    raw(buffer.withBytes { String(decoding: $0, as: UTF8.self) })
  }

  mutating func member(_ name: String, _ estimate: Estimate?) {
    member(name) { field in
      guard let estimate else { return field.null() }
      field.object {
        $0.member("value", estimate.value)
        $0.member("exact", estimate.isExact)
        $0.member("source", estimate.source)
        if let interval = estimate.interval {
          $0.member("interval") { bounds in
            bounds.object {
              $0.member("confidence", number: 0.95)
              $0.member("low", interval.lowerBound)
              $0.member("high", interval.upperBound)
            }
          }
        }
      }
    }
  }

  mutating func write(_ schema: SchemaInfo) {
    object { fields in
      fields.member("name", schema.name)
      fields.member("owner", schema.owner)
      fields.member("comment", schema.comment)
      fields.member("system", schema.isSystem)
      if let rows = schema.rows { fields.member("rows", rows) }
    }
  }

  mutating func writeMembers(_ table: TableInfo) {
    member("schema", table.reference.schema)
    member("name", table.reference.name)
    member("kind", table.kind.description)
    member("owner", table.owner)
    member("comment", table.comment)
    member("rows", table.rows)
    member("bytes", table.size)
  }

  mutating func write(_ description: TableDescription) {
    object { fields in
      fields.writeMembers(description.table)
      fields.member("origin") { $0.write(description.origin) }
      fields.member("columns") { $0.list(description.columns) { $0.write($1) } }
      fields.member("constraints") { $0.list(description.constraints) { $0.write($1) } }
      fields.member("indexes") { $0.list(description.indexes) { $0.write($1) } }
      fields.member("partition") { $0.write(description.partition) }
      fields.member("viewDefinition", description.viewDefinition)
      fields.member("options", description.options)
      fields.statisticsMember(description.statistics)
    }
  }

  private mutating func write(_ origin: SchemaOrigin) {
    object { fields in
      switch origin {
      case .declared: fields.member("source", "declared")
      case .synthetic: fields.member("source", "synthetic")
      case .inferred(let sampled, let total, let method):
        fields.member("source", "inferred")
        fields.member("sampled", sampled)
        fields.member("of", total)
        fields.member("method", method)
      }
    }
  }

  private mutating func write(_ column: ColumnInfo) {
    object { fields in
      fields.member("name", column.name)
      fields.member("position", column.position)
      fields.member("type", column.type.nativeName)
      fields.member("typeKind", column.type.kind.rawValue)
      fields.member("nullable", column.isNullable)
      fields.member("default", column.defaultText)
      fields.member("identity") { field in
        guard case .identity(let always) = column.generation else { return field.null() }
        field.string(always ? "always" : "by default")
      }
      fields.member("generated") { field in
        guard case .computed(let expression, let isStored) = column.generation else { return field.null() }
        field.object {
          $0.member("expression", expression)
          $0.member("stored", isStored)
        }
      }
      fields.member("collation", column.collation)
      fields.member("comment", column.comment)
      fields.sampleMembers(column)
    }
  }

  private mutating func write(_ constraint: ConstraintInfo) {
    object { fields in
      fields.member("name", constraint.name)
      fields.member("kind", constraint.kindName)
      fields.member("columns", constraint.columns)
      fields.member("references") { field in
        guard case .foreignKey(let target) = constraint.kind else { return field.null() }
        field.object {
          $0.member("schema", target.table.schema)
          $0.member("table", target.table.name)
          $0.member("columns", target.columns)
          $0.member("onUpdate", target.onUpdate.rawValue)
          $0.member("onDelete", target.onDelete.rawValue)
          $0.member("match", target.match)
        }
      }
      var expression: String?
      if case .check(let text) = constraint.kind { expression = text }
      fields.member("expression", expression)
      var nullsNotDistinct: Bool?
      if case .unique(let flag) = constraint.kind { nullsNotDistinct = flag }
      fields.member("nullsNotDistinct", nullsNotDistinct)
      fields.member("deferrable", constraint.isDeferrable)
      fields.member("initiallyDeferred", constraint.isInitiallyDeferred)
      fields.member("validated", constraint.isValidated)
      fields.member("definition", constraint.definition)
      fields.member("comment", constraint.comment)
    }
  }

  private mutating func write(_ index: IndexInfo) {
    object { fields in
      fields.member("name", index.name)
      fields.member("method", index.method)
      fields.member("unique", index.isUnique)
      fields.member("primary", index.isPrimary)
      fields.member("valid", index.isValid)
      fields.member("keys") { list in
        list.list(index.keys) { writer, key in
          writer.object {
            $0.member("column", key.column)
            $0.member("expression", key.expression)
            $0.member("descending", key.isDescending)
            $0.member("nullsFirst", key.nullsFirst)
            $0.member("collation", key.collation)
            $0.member("operatorClass", key.operatorClass)
          }
        }
      }
      fields.member("include", index.includedColumns)
      fields.member("predicate", index.predicate)
      fields.member("definition", index.definition)
      fields.member("bytes", index.size)
      fields.member("comment", index.comment)
    }
  }

  private mutating func write(_ partition: PartitionInfo?) {
    guard let partition else { return null() }
    object { fields in
      fields.member("strategy", partition.strategy)
      fields.member("key", partition.key)
      fields.member("bound", partition.bound)
      fields.member("parent") { field in
        guard let parent = partition.parent else { return field.null() }
        field.object {
          $0.member("schema", parent.schema)
          $0.member("name", parent.name)
        }
      }
    }
  }

  mutating func write(_ node: PlanNode) {
    object { fields in
      fields.member("operation", node.operation)
      fields.member("target", node.target)
      fields.member("estimatedCost", number: node.estimatedCost)
      fields.member("estimatedRows", number: node.estimatedRows)
      fields.member("actualRows", number: node.actualRows)
      fields.member("actualMs", number: node.actualMilliseconds)
      fields.member("details") { $0.value(.document(node.details)) }
      fields.member("children") { $0.list(node.children) { $0.write($1) } }
    }
  }
}

extension ConstraintInfo {
  /// `primary key`, `foreign key`.
  var kindName: String {
    switch kind {
    case .primaryKey: "primary key"
    case .unique: "unique"
    case .foreignKey: "foreign key"
    case .check: "check"
    case .exclusion: "exclusion"
    }
  }
}
