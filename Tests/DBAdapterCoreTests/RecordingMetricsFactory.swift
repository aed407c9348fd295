import DBAdapterCore
import Metrics

/// Keeps every value of every metric, by name and dimensions.
final class RecordingMetricsFactory: MetricsFactory {
  /// One metric: what it is called, and the values it was given, times in nanoseconds.
  struct Record: Sendable {
    let label: String
    let dimensions: [String: String]
    var values: [Int64] = []
    var isDestroyed = false
  }

  final class Handler: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    fileprivate let position: Int
    private let owner: RecordingMetricsFactory

    fileprivate init(_ owner: RecordingMetricsFactory, _ position: Int) {
      self.owner = owner
      self.position = position
    }

    private func add(_ value: Int64) { owner.change(position) { $0.values.append(value) } }

    func increment(by amount: Int64) { add(amount) }
    func increment(by amount: Double) { add(Int64(amount)) }
    func decrement(by amount: Double) { add(-Int64(amount)) }
    func reset() { owner.change(position) { $0.values = [] } }
    func set(_ value: Int64) { add(value) }
    func set(_ value: Double) { add(Int64(value)) }
    func record(_ value: Int64) { add(value) }
    func record(_ value: Double) { add(Int64(value)) }
    func recordNanoseconds(_ duration: Int64) { add(duration) }
  }

  private let recorded = Locked<[Record]>([])

  var records: [Record] { recorded.withLock { $0 } }

  /// The values of a metric; `nil` when there is none.
  func values(_ label: String, _ dimension: (String, String)? = nil) -> [Int64]? {
    records.first { record in
      record.label == label && dimension.map { record.dimensions[$0.0] == $0.1 } ?? true
    }?.values
  }

  private func make(_ label: String, _ dimensions: [(String, String)]) -> Handler {
    recorded.withLock { records in
      records.append(Record(label: label, dimensions: Dictionary(uniqueKeysWithValues: dimensions)))
      return Handler(self, records.count - 1)
    }
  }

  private func change(_ position: Int, _ body: (inout Record) -> Void) { recorded.withLock { body(&$0[position]) } }
  private func destroy(_ handler: AnyObject) {
    guard let handler = handler as? Handler else { return }
    change(handler.position) { $0.isDestroyed = true }
  }

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { make(label, dimensions) }
  func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler { NOOPMetricsHandler.instance }
  func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { make(label, dimensions) }
  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    make(label, dimensions)
  }
  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { make(label, dimensions) }
  func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
  func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
  func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
  func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }
}
