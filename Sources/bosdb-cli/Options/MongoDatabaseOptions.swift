internal import ArgumentParser

/// Which database of a MongoDB deployment.
struct MongoDatabaseOptions: ParsableArguments {
  @Option(
    name: [.customShort("d"), .long],
    help: ArgumentHelp("The database, instead of that of the connection.", valueName: "name"))
  var database: String?

  func validate() throws {
    if database?.isEmpty == true { throw ValidationError(Messages.emptyDatabase) }
  }
}
