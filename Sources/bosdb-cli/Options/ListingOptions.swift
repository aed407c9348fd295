internal import ArgumentParser
internal import DBAdapterCore

/// Which objects to list.
struct ListingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only the tables of this schema.", valueName: "name"))
  var schema: String?

  @Option(help: ArgumentHelp("Only tables whose name matches (* and ?).", valueName: "glob"))
  var table: String?

  @Flag(help: "The engine's own objects too.")
  var system = false

  @Flag(help: "Row counts and sizes too: estimates where the engine keeps them.")
  var stats = false

  @Option(help: ArgumentHelp("The most objects.", valueName: "n"))
  var limit: Int?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError(Messages.notPositive("--limit")) }
  }

  func listing(before deadline: Deadline) -> ListOptions {
    ListOptions(
      nameGlob: table, includesSystem: system, includesEstimates: stats, limit: limit, timeout: deadline.remaining)
  }
}
