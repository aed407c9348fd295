internal import DBAdapterCore
internal import MongoAdapter

/// Reads arguments that are documents or lists, as leniently written as in the shell.
enum MongoArgument {
  /// - Parameter name: what the argument is called in errors.
  /// - Throws: ``CommandFailure`` with the place in the argument.
  static func document(_ text: String, _ name: String) throws -> BSONDocument {
    let value = try value(text, name)
    guard case .document(let document) = value else { throw unexpected("a document", value, text, name) }
    return document
  }

  static func list(_ text: String, _ name: String) throws -> BSONArray {
    let value = try value(text, name)
    guard case .array(let list) = value else { throw unexpected("a list", value, text, name) }
    return list
  }

  private static func value(_ text: String, _ name: String) throws -> BSONValue {
    do throws(BSONError) {
      return try BSONValue(lenientJSON: text)
    } catch {
      throw failure(error, text, name)
    }
  }

  private static func unexpected(
    _ wanted: String, _ found: BSONValue, _ text: String, _ name: String
  ) -> CommandFailure {
    failure(BSONError(Messages.expected(wanted, found.kind.name)), text, name)
  }

  private static func failure(_ error: BSONError, _ text: String, _ name: String) -> CommandFailure {
    var server: ServerDiagnostics?
    if let place = error.position {
      let before = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).prefix(place.line - 1)
      server = ServerDiagnostics()
      server?.position = before.reduce(place.column) { $0 + $1.count + 1 }
    }
    return CommandFailure(
      DBError(.syntaxError, Messages.argument(name, error.description), server: server, adapter: .mongodb),
      place: CommandFailure.Place(statement: text, script: nil))
  }
}
