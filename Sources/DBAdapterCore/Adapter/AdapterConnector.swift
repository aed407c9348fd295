/// Makes the sessions of one configuration and owns what they share.
public protocol AdapterConnector: Sendable {
  var configuration: ConnectionConfiguration { get }
  /// Cheap; nothing is opened yet.
  func makeAdapter() throws(DBError) -> any IDBAdapter
  /// Called after the last adapter is closed.
  func shutdown() async
}

/// An adapter's entry in a registry.
public struct AdapterRegistration: Sendable {
  public let descriptor: AdapterDescriptor
  private let make: @Sendable (ConnectionConfiguration) throws(DBError) -> any AdapterConnector

  public init(
    _ descriptor: AdapterDescriptor,
    connector: @escaping @Sendable (ConnectionConfiguration) throws(DBError) -> any AdapterConnector
  ) {
    self.descriptor = descriptor
    make = connector
  }

  /// A connector for a configuration; nothing is opened.
  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` when the string is not one the adapter understands.
  public func connector(_ configuration: ConnectionConfiguration) throws(DBError) -> any AdapterConnector {
    try make(configuration)
  }
}
