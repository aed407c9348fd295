/// A value of a type the library does not model, kept intact.
public struct DBNative: Sendable, Hashable, CustomStringConvertible {
  /// How the engine handed the value over.
  public enum Payload: Sendable, Hashable {
    case text(String)
    case bytes(DBBytes)
  }

  private final class Storage: Sendable {
    let typeName: String
    let payload: Payload
    init(_ typeName: String, _ payload: Payload) {
      self.typeName = typeName
      self.payload = payload
    }
  }

  // One reference keeps DBValue within three words.
  private let storage: Storage

  public init(typeName: String, text: String) { storage = Storage(typeName, .text(text)) }
  public init(typeName: String, bytes: DBBytes) { storage = Storage(typeName, .bytes(bytes)) }

  /// The engine's own name of the type: `tsvector`, `int4range`, `geometry`.
  public var typeName: String { storage.typeName }
  public var payload: Payload { storage.payload }

  /// The text, when the engine gave one.
  public var text: String? { if case .text(let text) = payload { text } else { nil } }

  /// The text as it came, bytes as hexadecimal.
  public var description: String {
    switch payload {
    case .text(let text): text
    case .bytes(let bytes): bytes.description
    }
  }

  public static func == (left: DBNative, right: DBNative) -> Bool {
    left.typeName == right.typeName && left.payload == right.payload
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(typeName)
    hasher.combine(payload)
  }
}
