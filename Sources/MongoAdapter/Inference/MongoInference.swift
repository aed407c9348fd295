/// Infers the schema of a collection from its documents, one after the other.
///
/// Time is linear in the bytes that are added. Memory is that of the paths, of which there are no more than
/// ``InferenceOptions/maximumPaths``, and does not grow with the number of documents. Documents that are used as maps, with
/// ids or dates as names, are recognised: when a document has more than 200 names of which most are rare, in fewer than one
/// in 50 of the parents or in one only, the rare ones are counted together as `{key}`; names that look like object ids,
/// uuids, numbers or dates are so with fewer of them.
///
/// Only the structure is kept, no value, unless the options ask for examples or ranges.
public struct MongoInference: Sendable {
  private var tree: FieldTree
  private var malformed = 0

  public init(_ options: InferenceOptions = InferenceOptions()) { tree = FieldTree(options) }

  /// Documents that were counted so far.
  public var documents: Int { tree.documents }

  /// Counts a document. One that cannot be read to its end is counted as malformed, and nothing of it is.
  /// - Parameter document: BSON, from its length to its closing zero byte.
  public mutating func add(_ document: UnsafeRawBufferPointer) {
    guard Self.isReadable(document, levels: tree.options.maximumDepth) else {
      malformed += 1
      return
    }
    tree.add(document)
    if tree.needsReview { tree.review() }
  }

  /// Counts a document, as ``add(_:)-(UnsafeRawBufferPointer)`` does.
  public mutating func add(_ document: BSONDocument) { document.withUnsafeBytes { add($0) } }

  /// Adds what another inference has counted, as if its documents had been added here, after those of this one.
  ///
  /// Where one of the two has found a map that is none in the other, the numbers of its keys may differ a little from those
  /// of a single inference.
  /// - Parameter other: one with the same options.
  public mutating func merge(_ other: MongoInference) {
    malformed += other.malformed
    tree.absorb(other.tree)
    if tree.needsReview { tree.review() }
  }

  /// The schema of the documents that were added. More can be added afterwards.
  /// - Parameter population: what the documents are of the collection; the intervals follow from it. Default: all of it.
  public func finish(of population: InferencePopulation = .everything) -> InferredSchema {
    InferredSchema(tree.reviewed(), malformed: malformed, of: population)
  }

  private static func isReadable(_ document: UnsafeRawBufferPointer, levels: Int) -> Bool {
    var reader = BSONReader(document)
    while let element = reader.next() {
      let isNested = element.kind == .document || element.kind == .array
      if isNested, levels > 0, !isReadable(element.value, levels: levels - 1) { return false }
    }
    return !reader.isMalformed
  }
}
