internal import ArgumentParser
internal import DBAdapterCore

/// What statements may do.
struct SafetyOptions: ParsableArguments {
  @Flag(help: "Allow statements that write. Without it the session is read-only.")
  var write = false

  @Flag(help: "Never ask anything.")
  var noInput = false

  var policy: AccessPolicy { write ? .readWrite : .readOnly }
}
