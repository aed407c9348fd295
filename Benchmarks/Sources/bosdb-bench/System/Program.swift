internal import CLimits
internal import Glibc

/// A program that is run from start to end.
struct Program: Sendable {
  let path: String

  /// A program given by path, or found in `PATH`; `nil` when it is not installed.
  init?(_ name: String) {
    let directories = getenv("PATH").map { String(cString: $0) }?.split(separator: ":").map(String.init) ?? []
    let candidates = name.contains("/") ? [name] : directories.map { $0 + "/" + name }
    guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else { return nil }
    path = found
  }

  /// Runs it and waits.
  /// - Parameter watchesMemory: also samples the peak of its resident memory, at some cost in time.
  func run(
    _ arguments: [String], input: String = "/dev/null", output: String = "/dev/null", watchesMemory: Bool = false
  ) throws -> Run {
    var pointers = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var result = limit_process()
    guard limit_run(path, &pointers, input, output, watchesMemory, &result) == 0 else {
      throw BenchmarkFailure("\(path) could not be started")
    }
    guard result.status == 0 else {
      throw BenchmarkFailure("\(path) \(arguments.joined(separator: " ")) ended with status \(result.status)")
    }
    return Run(nanoseconds: result.nanoseconds, cpu: result.cpu_nanoseconds, peakKilobytes: result.peak_kilobytes)
  }

  struct Run: Sendable {
    let nanoseconds: Int64
    let cpu: Int64
    let peakKilobytes: Int64
  }
}

/// The program that runs, as a program to run.
extension Program {
  static func this() throws -> Program {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    guard length > 0,
      let program = Program(String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    else { throw BenchmarkFailure("the program does not find itself") }
    return program
  }
}
