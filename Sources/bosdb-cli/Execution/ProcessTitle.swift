#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The arguments as other users' process lists show them.
enum ProcessTitle {
  /// Overwrites an argument that holds a password, where the system shows the memory of the process (Linux).
  static func hide(_ secret: String) {
    for index in 1..<max(Int(CommandLine.argc), 1) {
      guard let argument = CommandLine.unsafeArgv[index] else { continue }
      // The connection may be an argument of its own or follow "--url=".
      let length = strlen(argument)
      let found = length - secret.utf8.count
      guard found >= 0, String(cString: argument + found) == secret else { continue }
      memset(argument + found, Int32(UInt8(ascii: "*")), length - found)
    }
  }
}
