internal import ArgumentParser

/// Runs one variant of one benchmark by itself, for a profiler: `perf record`, `valgrind --tool=callgrind`.
struct ProfileCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile", abstract: "Run one variant of one benchmark a few times, for a profiler.")

  @Argument(help: "The benchmark: postgres.stream.")
  var benchmark: String

  @Argument(help: "The variant: \"by index\". Without one, the variants are named.")
  var variant = ""

  @Option(help: "How often to run it.")
  var times = 1

  @Flag(help: "A tenth of the work.")
  var quick = false

  func run() async throws {
    guard let wanted = Suite.all.first(where: { $0.name == benchmark }) else {
      throw ValidationError(
        "No benchmark is named \(benchmark); there are \(Suite.all.map(\.name).joined(separator: ", ")).")
    }
    let profile = Profile(variant: variant, times: times)
    try await BenchmarkContext.with(rounds: 1, isQuick: quick, for: [wanted]) { context in
      do {
        _ = try await Profile.$current.withValue(profile) { try await wanted.measure(context) }
      } catch let ended as Profile.Ended {
        print(ended.text)
      }
    }
  }
}

/// What to run instead of everything.
struct Profile: Sendable {
  @TaskLocal static var current: Profile?

  let variant: String
  let times: Int

  /// Thrown when the variant has run: nothing else is wanted.
  struct Ended: Error {
    let text: String
  }

  func run(_ variants: [Variant]) async throws {
    guard let found = variants.first(where: { $0.name == variant }) else {
      throw Ended(text: variants.map(\.name).joined(separator: "\n"))
    }
    for _ in 0..<times { _ = try await found.run() }
    throw Ended(text: "\(variant) ran \(times) times")
  }
}
