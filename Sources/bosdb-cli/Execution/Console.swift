internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Standard error: everything that is not data.
struct Console: Sendable {
  /// How errors are written.
  enum ErrorFormat: String, Sendable, CaseIterable { case text, json }

  let isQuiet: Bool
  let isVerbose: Bool
  let errorFormat: ErrorFormat

  /// Something the user should know; `-q` silences it.
  func note(_ text: String) {
    if !isQuiet { Console.write(text + "\n") }
  }

  /// Something only asked for by `-v`.
  func detail(_ text: String) {
    if isVerbose { Console.write(text + "\n") }
  }

  /// An error, in the format asked for.
  func report(_ failure: CommandFailure) {
    let text: String
    switch errorFormat {
    case .json: text = failure.error.report(connection: failure.connection, elapsed: failure.elapsed).text
    case .text: text = ErrorText(failure, isVerbose: isVerbose).text
    }
    Console.write(text + "\n")
  }

  /// Writes text as it is; what cannot be written is lost, since there is nobody left to tell.
  static func write(_ text: String, to descriptor: Int32 = STDERR_FILENO) {
    var text = text
    text.withUTF8 { try? DescriptorSink(descriptor).write(UnsafeRawBufferPointer($0)) }
  }
}
