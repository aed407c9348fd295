public import DBAdapterCore

extension MongoWriteError {
  /// The failure as an error of the library, with the server's code and sentence.
  public var error: DBError {
    var diagnostics = ServerDiagnostics(nativeCode: code, nativeName: MongoCodes.name(of: code))
    diagnostics.detail = details.map { $0.extendedJSON() }
    diagnostics.constraint = index.map { $0.description }
    return DBError(MongoCodes.meaning(of: code), message, server: diagnostics, adapter: .mongodb)
  }
}
