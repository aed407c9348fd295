/// Makes the sessions of one configuration and owns what they share.
public protocol AdapterConnector: Sendable {
  var configuration: ConnectionConfiguration { get }
  /// How the connections of this configuration are pooled. Default: lent exclusively, with the default settings.
  var poolTraits: PoolTraits { get }
  /// Cheap; nothing is opened yet.
  func makeAdapter() throws(DBError) -> any IDBAdapter
  /// Called after the last adapter is closed.
  func shutdown() async
}

extension AdapterConnector {
  public var poolTraits: PoolTraits { PoolTraits() }
}

/// An adapter's entry in a registry.
public struct AdapterRegistration: Sendable {
  public let descriptor: AdapterDescriptor
  private let make: @Sendable (ConnectionConfiguration) throws(DBError) -> any AdapterConnector
  private let split: @Sendable (String) throws(DBError) -> [ScriptStatement]

  /// - Parameters:
  ///   - connector: makes a connector, or refuses a configuration it does not understand.
  ///   - splitScript: cuts a script into statements with the engine's own scanner.
  public init(
    _ descriptor: AdapterDescriptor,
    connector: @escaping @Sendable (ConnectionConfiguration) throws(DBError) -> any AdapterConnector,
    splitScript: @escaping @Sendable (String) throws(DBError) -> [ScriptStatement]
  ) {
    self.descriptor = descriptor
    make = connector
    split = splitScript
  }

  /// The statements of a script, in order; comments and empty statements are left out.
  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` where the scanner cannot go on.
  public func statements(inScript text: String) throws(DBError) -> [ScriptStatement] { try split(text) }

  /// A connector for a configuration; nothing is opened.
  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` when the string is not one the adapter understands.
  public func connector(_ configuration: ConnectionConfiguration) throws(DBError) -> any AdapterConnector {
    try make(configuration)
  }
}
