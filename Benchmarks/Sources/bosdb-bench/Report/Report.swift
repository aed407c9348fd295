/// What a run found, as a table for the terminal and as the page of the documentation.
struct Report: Sendable {
  private static let header = ["case", "ours / limit", "target", "", "ours", "limit"]

  let machine: Machine
  let rounds: Int
  let isQuick: Bool
  var findings: [Finding] = []
  var omissions: [Omission] = []
  private let date = Machine.date
  private let loadBefore = Machine.load
  private var loadAfter = ""

  init(machine: Machine, rounds: Int, isQuick: Bool) {
    self.machine = machine
    self.rounds = rounds
    self.isQuick = isQuick
  }

  /// Notes what has to be noted last.
  mutating func end() { loadAfter = Machine.load }

  // MARK: For the terminal

  var text: String {
    let rows = [Self.header] + findings.map(cells)
    let widths = Self.header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let table = rows.map { row in
      let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      let line = padded.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    let omitted = omissions.map { "\($0.benchmark): not run: \($0.reason)" }
    return (machine.lines + [conditions, ""] + table + omitted + ["", summary]).joined(separator: "\n")
  }

  private var conditions: String {
    "\(date), \(rounds) rounds, load \(loadBefore) before and \(loadAfter) after"
      + (isQuick ? ", a tenth of the work" : "")
  }

  private var summary: String {
    let judged = findings.compactMap(\.isMet)
    return "\(judged.count { $0 }) of \(judged.count) targets met"
  }

  private func cells(_ finding: Finding) -> [String] {
    [
      finding.title, finding.resultText, finding.targetText, finding.verdict, finding.metric.text(finding.ours),
      finding.limit.map { "\(finding.metric.text($0)) (\(finding.limitName))" } ?? "—",
    ]
  }

  // MARK: For the documentation

  /// Writes `Docs/Benchmarks.md`, with the notes of `Benchmarks/Notes.md` in it.
  func write(package: String) throws {
    let notes = FileText.read(package + "/Benchmarks/Notes.md") ?? ""
    try FileText.write(markdown(notes: notes), package + "/Docs/Benchmarks.md")
  }

  private func markdown(notes: String) -> String {
    """
    # Benchmarks

    What bosdb costs beside the C library under it, doing the same work. Written by `Scripts/bench --write`; only the notes at the
    end are written by hand, in `Benchmarks/Notes.md`.

    ## The machine

    \(machine.lines.map { "- " + $0 }.joined(separator: "\n"))
    - \(conditions) (1-minute load average)

    ## The method

    - The limit is the vendor's own C library in a blocking loop, compiled with `-O2`, in the same process and the same run
      (`Benchmarks/Sources/CLimits`). Both sides read the same cells; checksums are compared.
    - Variants run in turn, A B C, then C B A, after a warm-up round that is not counted. A ratio is taken in each round; the table shows
      the middle one and, in brackets, the smallest and the largest. Absolute values are there for orientation only.
    - "On the executor": the calling task prefers the session's executor, `withTaskExecutorPreference(session.executor)`.
    - "Awake": one thread of idle priority spins on each CPU, so that no CPU sleeps. What a virtual machine takes to wake a CPU is then left
      out, and what remains is the cost of the software.
    - Client and server share the CPUs. CPU time is that of the client's process. Peak memory is that of a process that does nothing else.
    - Sessions are read-only, the default, except where they write; the guard looks at every statement.

    ## The results

    \(markdownTable)

    \(summary).\(omissions.isEmpty ? "" : " Not run:\n\n")\(omissions.map { "- `\($0.benchmark)`: \($0.reason)." }.joined(separator: "\n"))

    \(notes)
    """
  }

  private var markdownTable: String {
    let header = "| case | ours / limit [range] | target | | ours | limit |\n|---|---|---|---|---|---|"
    let lines = findings.map { finding in
      let cells = cells(finding).map { $0.split(separator: "|").joined(separator: "\\|") }
      return "| " + cells.joined(separator: " | ") + " |"
    }
    return ([header] + lines).joined(separator: "\n")
  }
}
