internal import ArgumentParser
internal import DBAdapterCore

/// Values for the placeholders of a statement.
struct ParameterOptions: ParsableArguments {
  @Option(
    name: .customShort("p"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A value for the next placeholder: text, @file, or - for standard input (@@ for a text that starts with @).",
      valueName: "value"))
  var positional: [String] = []

  @Option(
    name: .customShort("P"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A typed value for :name or for placeholder number NAME. Types: \(ParameterType.names).",
      valueName: "name:type=value"))
  var named: [String] = []

  var isEmpty: Bool { positional.isEmpty && named.isEmpty }

  /// Whether a value is read from standard input.
  var readsStandardInput: Bool { positional.contains("-") }
}
