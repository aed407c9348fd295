internal import ArgumentParser
internal import DBAdapterCore

/// What statements may do.
struct SafetyOptions: ParsableArguments {
  @Flag(help: "Allow statements that write. Without it the session is read-only.")
  var write = false

  @Flag(help: "Allow what administers the server as well: FLUSHALL, CONFIG SET, SHUTDOWN.")
  var admin = false

  @Flag(help: "Never ask anything.")
  var noInput = false

  var policy: AccessPolicy { admin ? .administrative : write ? .readWrite : .readOnly }
}
