/// The few terminal sequences the formats for people use; empty when colour is off.
struct TerminalStyle {
  let heading: String
  let faint: String
  let reset: String

  init(isColored: Bool) {
    heading = isColored ? "\u{1B}[1m" : ""
    faint = isColored ? "\u{1B}[2m" : ""
    reset = isColored ? "\u{1B}[0m" : ""
  }
}
