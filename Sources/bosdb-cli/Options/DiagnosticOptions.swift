internal import ArgumentParser

/// What is said on standard error, and how.
struct DiagnosticOptions: ParsableArguments {
  @Flag(name: [.customShort("q"), .long], help: "Say nothing on standard error but errors.")
  var quiet = false

  @Flag(name: [.customShort("v"), .long], help: "Say more on standard error.")
  var verbose = false

  @Option(help: ArgumentHelp("How errors are written.", valueName: "form"))
  var errorFormat = Console.ErrorFormat.text

  var console: Console { Console(isQuiet: quiet, isVerbose: verbose, errorFormat: errorFormat) }
}

extension Console.ErrorFormat: ExpressibleByArgument {}
