/// An array of values; a multidimensional array is an array of arrays.
public struct DBArray: Sendable, Hashable, CustomStringConvertible {
  public var elements: [DBValue]
  /// The index of the first element as the engine counts. PostgreSQL's default is 1 and other bounds are kept;
  /// engines without bounds leave it at 1.
  public var lowerBound: Int

  public init(_ elements: [DBValue], lowerBound: Int = 1) {
    self.elements = elements
    self.lowerBound = lowerBound
  }

  /// `[1, 2, NULL]`, with the bound in front when it is not 1: `[0:]=[1, 2]`.
  public var description: String {
    let list = "[" + elements.map(\.description).joined(separator: ", ") + "]"
    return lowerBound == 1 ? list : "[\(lowerBound):]=" + list
  }
}
