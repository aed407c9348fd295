public import ArgumentParser
public import DBAdapterCore
public import DBPlatform

/// Which records are wanted.
struct AuditFilterOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only from then on: 2026-02-28T13:00:00Z, or so long ago: 2h.", valueName: "time"))
  var since: MomentArgument?

  @Option(help: ArgumentHelp("Only before then.", valueName: "time"))
  var until: MomentArgument?

  @Option(help: ArgumentHelp("Only of this user.", valueName: "name"))
  var user: String?

  @Option(help: ArgumentHelp("Only through the connection of this name.", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("Only on this engine: postgres, sqlite, redis, mongodb.", valueName: "engine"))
  var engine: String?

  @Option(
    name: .customLong("class"), help: ArgumentHelp("Only of this class: read, write, definition.", valueName: "class"))
  var effect: StatementClassification.Effect?

  @Option(help: ArgumentHelp("Only with this outcome.", valueName: "outcome"))
  var outcome: AuditRecord.Outcome?

  @Option(help: ArgumentHelp("Only statements with this fingerprint.", valueName: "digits"))
  var fingerprint: String?

  @Option(help: ArgumentHelp("Only statements with this text in them.", valueName: "text"))
  var text: String?

  var query: AuditQuery {
    var query = AuditQuery()
    query.since = since?.moment
    query.until = until?.moment
    query.user = user
    query.connection = name
    query.engine = engine
    query.effect = effect?.rawValue
    query.outcome = outcome
    query.fingerprint = fingerprint
    query.text = text
    return query
  }
}

extension StatementClassification.Effect: ExpressibleByArgument {}
extension AuditRecord.Outcome: ExpressibleByArgument {}

/// A moment: a timestamp, or how long ago it was.
struct MomentArgument: ExpressibleByArgument {
  let moment: DBTimestamp

  init?(argument: String) {
    if let ago = DurationArgument(argument: argument) {
      let now = DBTimestamp.now()
      moment = DBTimestamp(
        microsecondsSince2000: now.microsecondsSince2000 - Int64(ago.duration.milliseconds * 1_000), hasZone: true)
    } else {
      guard let moment = DBTimestamp(argument, hasZone: true), moment.isFinite else { return nil }
      self.moment = moment
    }
  }
}
