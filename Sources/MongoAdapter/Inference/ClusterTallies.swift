/// How much alike the values of one document are, at paths where a document may have many: below arrays and keys.
///
/// A document is what a sample is made of, so ten elements of one array tell less than one element of each of ten. For
/// every path and kind of value it is counted how many a document has, and the sums of the squares and products of these
/// numbers are kept; the variance of a ratio of two of them follows (Cochran, Sampling Techniques, chapter 6).
struct ClusterTallies: Sendable {
  /// After the kinds of values: the parents that have the path.
  static let presence = ValueSlot.count
  private static let width = ValueSlot.count + 1

  struct Slot: Sendable, Hashable {
    /// In the document that is being read.
    fileprivate var pending = 0
    /// The sum of the squares of a document's number.
    var squares = 0.0
    /// The sum of the products of a document's number and the number it is a part of.
    var products = 0.0
    /// Documents that have any.
    var documents = 0

    fileprivate mutating func close(among all: Int) {
      guard pending > 0 else { return }
      squares += Double(pending) * Double(pending)
      products += Double(pending) * Double(all)
      documents += 1
    }

    fileprivate static func += (left: inout Slot, right: Slot) {
      left.squares += right.squares
      left.products += right.products
      left.documents += right.documents
    }
  }

  private var slots: [Slot] = []
  private var totals: [Slot] = []
  /// The document in which a path was last seen.
  private var seen: [Int] = []
  private var open: [(path: Int, parent: (path: Int, slot: Int)?)] = []

  /// Room for one more path, which is returned.
  mutating func append() -> Int {
    slots.append(contentsOf: repeatElement(Slot(), count: Self.width))
    totals.append(Slot())
    seen.append(0)
    return totals.count - 1
  }

  func slot(_ slot: Int, of path: Int) -> Slot { slots[path * Self.width + slot] }

  /// All values of a path, whatever they are.
  func total(of path: Int) -> Slot { totals[path] }

  /// - Parameter parent: the path, and the kind of its values, that this one may be present in; `nil` where a document has
  ///   only one.
  mutating func count(_ slot: ValueSlot, at path: Int, in document: Int, parent: (path: Int, slot: Int)?) {
    if seen[path] != document {
      seen[path] = document
      open.append((path, parent))
    }
    slots[path * Self.width + slot.index].pending += 1
  }

  mutating func countPresence(at path: Int) { slots[path * Self.width + Self.presence].pending += 1 }

  /// Ends the document.
  mutating func close() {
    for (path, parent) in open {
      let start = path * Self.width
      var all = 0
      for slot in start..<start + ValueSlot.count { all += slots[slot].pending }
      for slot in start..<start + ValueSlot.count { slots[slot].close(among: all) }
      totals[path].pending = all
      totals[path].close(among: all)
      totals[path].pending = 0
      if let parent {
        slots[start + Self.presence].close(among: slots[parent.path * Self.width + parent.slot].pending)
      }
    }
    for (path, _) in open {
      for slot in path * Self.width..<(path + 1) * Self.width { slots[slot].pending = 0 }
    }
    open.removeAll(keepingCapacity: true)
  }

  mutating func merge(_ other: ClusterTallies, _ source: Int, into path: Int) {
    totals[path] += other.totals[source]
    for slot in 0..<Self.width { slots[path * Self.width + slot] += other.slots[source * Self.width + slot] }
  }

  /// Adds a path of which no document had more than one value.
  mutating func merge(single count: Int, _ slot: Int, into path: Int) {
    slots[path * Self.width + slot] += Slot(squares: Double(count), products: Double(count), documents: count)
    if slot != Self.presence {
      totals[path] += Slot(squares: Double(count), products: Double(count), documents: count)
    }
  }
}
