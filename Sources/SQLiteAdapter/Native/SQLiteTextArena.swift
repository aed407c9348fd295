/// The bytes of a statement's bound texts, which SQLite reads where they are: it would allocate and free a copy of each, every time.
///
/// Bytes bound as static have to stay as they are until the parameter is bound anew or cleared (sqlite.org/c3ref/bind_blob.html). Both
/// happen before they change: a run ends by clearing its parameters, and the next one binds all of them.
final class SQLiteTextArena {
  /// Larger texts are left to SQLite, so that a statement that is kept holds little.
  private static let limit = 4_096

  private var bytes: UnsafeMutableBufferPointer<CChar>
  private var used = 0

  init() { bytes = UnsafeMutableBufferPointer(start: nil, count: 0) }

  deinit { bytes.deallocate() }

  /// Forgets what it holds, and makes room for as many bytes, unless they are too many.
  func startOver(_ size: Int) {
    used = 0
    guard size > bytes.count, size <= Self.limit else { return }
    bytes.deallocate()
    bytes = .allocate(capacity: max(64, size))
  }

  /// - Returns: where the text stands now; `nil` when there is no room for it.
  func keep(_ text: UnsafeBufferPointer<CChar>) -> UnsafePointer<CChar>? {
    guard text.count <= bytes.count - used, let start = bytes.baseAddress, let source = text.baseAddress else {
      return nil
    }
    let place = start + used
    place.initialize(from: source, count: text.count)
    used += text.count
    return UnsafePointer(place)
  }
}
