import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite("The report of a server")
struct ServerReportTests {
  @Test("INFO becomes sections of typed fields")
  func sample() {
    let text = """
      # Server\r
      redis_version:7.0.15\r
      run_id:0123456789012345678901234567890123456789\r
      executable:/usr/bin/redis=server\r
      config_file:\r
      \r
      # Memory\r
      used_memory:1048576\r
      used_memory_human:1.00M\r
      mem_fragmentation_ratio:-1.25\r
      \r
      # Commandstats\r
      cmdstat_config|get:calls=1,usec=20,usec_per_call=20.50\r
      \r
      # Modules\r
      module:name=search,ver=20811,using=[a,b]\r
      module:name=json,ver=1,using=[]\r
      # Keyspace\r
      db0:keys=3,expires=0,avg_ttl=0\r

      """
    #expect(
      ServerReport.document(fromINFO: text) == [
        "server": [
          "redis_version": "7.0.15", "run_id": "0123456789012345678901234567890123456789",
          "executable": "/usr/bin/redis=server", "config_file": "",
        ],
        "memory": ["used_memory": 1_048_576, "used_memory_human": "1.00M", "mem_fragmentation_ratio": -1.25],
        "commandstats": ["cmdstat_config|get": ["calls": 1, "usec": 20, "usec_per_call": 20.5]],
        "modules": [
          "module": [
            ["name": "search", "ver": 20811, "using": "[a,b]"], ["name": "json", "ver": 1, "using": "[]"],
          ]
        ],
        "keyspace": ["db0": ["keys": 3, "expires": 0, "avg_ttl": 0]],
      ])
  }

  @Test("nothing is lost, whatever the lines are", arguments: 1...200)
  func nothingIsLost(seed: UInt64) {
    var random = SplitMix(state: seed)
    var expected: [String: [String: [String]]] = [:]
    var text = ""
    for section in 0..<Int.random(in: 1...4, using: &random) {
      text += "# Section\(section % 3)\r\n"
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let name = "field\(Int.random(in: 0...8, using: &random))"
        let value = Self.value(&random)
        text += "\(name):\(value)\r\n"
        expected["section\(section % 3)", default: [:]][name, default: []].append(value)
      }
      text += "\r\n"
    }
    var found: [String: [String: [String]]] = [:]
    for section in ServerReport.document(fromINFO: text).fields {
      guard case .document(let fields) = section.value else {
        Issue.record("\(section.name) is no document")
        continue
      }
      for field in fields.fields {
        let values: [DBValue] = if case .array(let list) = field.value { list.elements } else { [field.value] }
        found[section.name, default: [:]][field.name] = values.map(Self.text)
      }
    }
    #expect(found == expected.mapValues { $0.mapValues { $0.map(Self.normal) } }, "seed \(seed)")
  }

  private static func value(_ random: inout SplitMix) -> String {
    let alphabet = ["0", "7", "-", ".", "a", "=", ",", ":", " ", "[", "]", "é", "#", "e5"]
    switch Int.random(in: 0...3, using: &random) {
    case 0: return String(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0...63, using: &random))
    case 1: return "\(Int.random(in: -999...999, using: &random)).\(Int.random(in: 10...99, using: &random))"
    case 2:
      return (0...Int.random(in: 0...2, using: &random)).map { "k\($0)=\(Int.random(in: 0...99, using: &random))" }
        .joined(separator: ",")
    default:
      return (0..<Int.random(in: 0...7, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "" }
        .joined()
    }
  }

  private static func text(_ value: DBValue) -> String {
    guard case .document(let document) = value else { return normal("\(value)") }
    var parts: [String] = []
    for field in document.fields {
      // A name that occurs again holds all its values.
      let values: [DBValue] = if case .array(let list) = field.value { list.elements } else { [field.value] }
      parts += values.map { "\(field.name)=\($0)" }
    }
    return normal(parts.joined(separator: ","))
  }

  /// The text with its parts in order and its fractions as a double is written: what the report may change.
  private static func normal(_ text: String) -> String {
    text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      let start = part.firstIndex(of: "=").map { part.index(after: $0) } ?? part.startIndex
      let value = part[start...]
      let isFraction = value.wholeMatch(of: /-?[0-9]+\.[0-9]+/) != nil
      return part[..<start] + (isFraction ? Double(value).map { "\(DBValue.double($0))" } ?? "" : String(value))
    }.sorted().joined(separator: ",")
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
