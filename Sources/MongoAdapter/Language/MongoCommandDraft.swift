/// A command that is being put together, and the holes its values came from.
struct MongoCommandDraft {
  var database: String?
  private(set) var elements: [(name: String, value: BSONValue)] = []
  /// Where the holes stand in the command.
  private(set) var holes: [MongoFilledHole] = []

  init(database: String? = nil) { self.database = database }

  /// A command that is written as its document.
  init(_ document: MongoArgument, database: String?) {
    self.database = database
    if case .document(let content) = document.value { elements = content.elements }
    holes = document.holes
  }

  mutating func add(_ name: String, _ value: BSONValue) { elements.append((name, value)) }

  mutating func add(_ name: String, _ argument: MongoArgument?) {
    guard let argument else { return }
    elements.append((name, argument.value))
    holes += argument.holes.map { $0.under([.name(name)]) }
  }

  /// Adds or replaces: of the shell's modifiers the last one counts.
  mutating func set(_ name: String, _ argument: MongoArgument) {
    elements.removeAll { $0.name == name }
    holes.removeAll { $0.path.first == .name(name) }
    add(name, argument)
  }

  /// Adds fields of an argument under their own names.
  mutating func add(_ fields: [(name: String, argument: MongoArgument)]) {
    for field in fields { add(field.name, field.argument) }
  }

  /// Holes of values that stand deeper than in a field.
  mutating func note(_ argument: MongoArgument?, at path: [MongoPathStep]) {
    holes += (argument?.holes ?? []).map { $0.under(path) }
  }

  func has(_ name: String) -> Bool { elements.contains { $0.name == name } }

  subscript(name: String) -> BSONValue? { elements.first { $0.name == name }?.value }

  func document() throws(BSONError) -> BSONDocument { try BSONDocument(elements.map { ($0.name, $0.value) }) }

  func command() throws(BSONError) -> MongoCommand { try MongoCommand(document(), in: database) }

  /// The command that explains this one.
  func explained(_ verbosity: MongoArgument?) throws(BSONError) -> MongoCommandDraft {
    var draft = MongoCommandDraft(database: database)
    draft.add("explain", MongoArgument(value: .document(try document()), holes: holes, start: 0))
    draft.add("verbosity", verbosity ?? MongoArgument(value: "queryPlanner", holes: [], start: 0))
    return draft
  }
}
