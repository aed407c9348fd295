/// Which adapter answers to which URL scheme: a value that is passed in, without globals.
public struct AdapterRegistry: Sendable {
  private let registrations: [AdapterRegistration]

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when two registrations claim one scheme.
  public init(_ registrations: [AdapterRegistration]) throws(DBError) {
    var owners: [String: String] = [:]
    for registration in registrations {
      for scheme in registration.descriptor.schemes {
        if let owner = owners.updateValue(registration.descriptor.displayName, forKey: scheme) {
          throw DBError(
            .invalidParameter,
            "the scheme \(scheme): is claimed by \(owner) and by \(registration.descriptor.displayName)")
        }
      }
    }
    self.registrations = registrations
  }

  public var descriptors: [AdapterDescriptor] { registrations.map(\.descriptor) }

  /// - Throws: ``DBError/Code-swift.struct/unknownScheme`` naming the schemes there are.
  public func registration(forScheme scheme: String) throws(DBError) -> AdapterRegistration {
    if let found = registrations.first(where: { $0.descriptor.schemes.contains(scheme) }) { return found }
    let known = registrations.flatMap(\.descriptor.schemes).map { $0 + ":" }.joined(separator: ", ")
    throw DBError(.unknownScheme, "no adapter answers to \(scheme): — the known schemes are \(known)")
  }
}
