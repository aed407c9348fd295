public import DBAdapterCore

/// The adapters there are and what they can do: as JSON of kind `drivers`, and as rows.
public struct DriversDocument: Sendable {
  private let descriptors: [AdapterDescriptor]

  /// A document about these adapters.
  public init(_ descriptors: [AdapterDescriptor]) { self.descriptors = descriptors }

  /// The JSON document, ending in a line break.
  public var text: String {
    var writer = JSONWriter(indentation: 1)
    writer.object { fields in
      fields.member("schemaVersion", SchemaJSON.schemaVersion)
      fields.member("kind", "drivers")
      fields.member("drivers") { list in
        list.list(descriptors) { writer, descriptor in
          writer.object {
            $0.member("engine", descriptor.kind.rawValue)
            $0.member("name", descriptor.displayName)
            $0.member("schemes", descriptor.schemes)
            $0.member("defaultPort", descriptor.defaultPort)
            $0.member("dataModel", descriptor.dataModel.rawValue)
            $0.member("clientLibrary", descriptor.clientLibrary)
            $0.member("capabilities", descriptor.capabilities.names)
          }
        }
      }
    }
    return writer.text + "\n"
  }

  /// One row an adapter.
  public var rows: RowBatch {
    ListingRows.texts(
      ["engine", "name", "schemes", "port", "library", "capabilities"],
      descriptors.map { descriptor in
        [
          descriptor.kind.rawValue, descriptor.displayName, descriptor.schemes.joined(separator: " "),
          descriptor.defaultPort.map { "\($0)" }, descriptor.clientLibrary,
          descriptor.capabilities.names.joined(separator: " "),
        ]
      })
  }
}
