public import DBAdapterCore

/// A path that a validator declares.
public struct DeclaredField: Sendable, Hashable {
  /// As in ``InferredField/path``.
  public var path: String
  /// Whether the document it is in has to have it.
  public var isRequired: Bool
  public var schema: ValidatorSchema

  public init(path: String, isRequired: Bool, schema: ValidatorSchema) {
    self.path = path
    self.isRequired = isRequired
    self.schema = schema
  }

  /// The declaration as the schema model of all engines has it.
  public var declaration: ColumnDeclaration {
    ColumnDeclaration(
      types: schema.types, isRequired: isRequired, rules: (schema.limits + schema.others).map(\.description))
  }
}

extension ValidatorSchema {
  /// Every path that is declared, what holds others before what is in it. Names that are only required count too; the
  /// elements of an array are declared where one schema holds for all of them.
  public var fields: [DeclaredField] {
    var fields: [DeclaredField] = []
    collect("", &fields)
    return fields
  }

  private func collect(_ path: String, _ fields: inout [DeclaredField]) {
    for property in properties {
      add(.field(property.name), property.schema, isRequired: required.contains(property.name), path, &fields)
    }
    for name in required where self[name] == nil {
      add(.field(name), ValidatorSchema(), isRequired: true, path, &fields)
    }
    if case .matching(let schema) = additionalFields { add(.anyKey, schema, isRequired: false, path, &fields) }
    if case .every(let schema) = items { add(.element, schema, isRequired: false, path, &fields) }
  }

  private func add(
    _ step: InferredField.Step, _ schema: ValidatorSchema, isRequired: Bool, _ path: String,
    _ fields: inout [DeclaredField]
  ) {
    let path = InferredField.path(path, step)
    fields.append(DeclaredField(path: path, isRequired: isRequired, schema: schema))
    schema.collect(path, &fields)
  }
}
