internal import ArgumentParser
internal import DBAdapterCore

/// What statements may do.
struct SafetyOptions: ParsableArguments {
  @Flag(help: "Allow statements that write. Without it the session is read-only.")
  var write = false

  @Flag(help: "Allow what administers the server as well: FLUSHALL, CONFIG SET, SHUTDOWN.")
  var admin = false

  @Option(
    help: ArgumentHelp(
      "Whether to ask before a statement that destroys much, such as DROP, TRUNCATE or DELETE without WHERE: ask (on a terminal; elsewhere it is refused), never, always (before everything that writes).",
      valueName: "ask|never|always"))
  var confirm = Confirmation.Mode.ask

  @Option(help: ArgumentHelp("The most bytes a result may take, such as 64k or 16M.", valueName: "size"))
  var maxBytes: SizeArgument?

  @Flag(help: "Never ask anything.")
  var noInput = false

  var policy: AccessPolicy {
    AccessPolicy(
      admin ? .administrative : write ? .readWrite : .readOnly, byteLimit: maxBytes?.bytes,
      destruction: confirm == .never ? .allowed : .needsConfirmation)
  }

  var confirmation: Confirmation { Confirmation(mode: confirm, mayAsk: !noInput) }
}

extension Confirmation.Mode: ExpressibleByArgument {}
