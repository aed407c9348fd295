public import DBAdapterCore

/// A connection that a store knows by name: everything of it that is no secret.
public struct StoredConnection: Sendable, Hashable {
  public enum Status: String, Sendable, Hashable, CaseIterable {
    /// Stored without a test.
    case pending
    /// It was tested, and worked.
    case active
    case expired, revoked
    /// Its test failed, and it was stored nevertheless.
    case error
  }

  public let id: DBUUID
  /// 1 to 50 characters, unique in the store.
  public var name: String
  /// The project it belongs to; `nil` for none.
  public var projectID: String?
  public var kind: DatabaseKind
  /// The first host of the connection string, beside the sealed string so that a list needs no key; `nil` where there is none.
  public var host: String?
  public var port: UInt16?
  /// The database's name, or the path of its file.
  public var database: String?
  public var status: Status
  /// What sessions may do unless they are given less.
  public var access: AccessLevel
  /// Settings of the front ends, as a JSON object.
  public var configuration: DBJSON
  public let createdAt: DBTimestamp
  public var updatedAt: DBTimestamp
  public var lastUsedAt: DBTimestamp?
  /// Whether the password is looked up elsewhere; see ``SecretReference``.
  public var hasPasswordReference: Bool
}

extension AccessLevel {
  /// As stores and the command line write it: `read-only`, `read-write`, `administrative`.
  public var storedName: String {
    switch self {
    case .readOnly: "read-only"
    case .readWrite: "read-write"
    case .administrative: "administrative"
    }
  }

  /// - Returns: `nil` for any other text.
  public init?(storedName: String) {
    guard let level = AccessLevel.allCases.first(where: { $0.storedName == storedName }) else { return nil }
    self = level
  }
}
