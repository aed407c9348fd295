/// What ``MongoInference`` keeps of the documents it reads.
public struct InferenceOptions: Sendable, Hashable {
  /// The most paths followed; values at further ones, and under names of more than 1,024 bytes, are only counted.
  /// Default: 10,000.
  public var maximumPaths: Int
  /// How deep documents and arrays in each other are followed, up to 200. Default: 100, the depth to which the server stores
  /// them.
  public var maximumDepth: Int
  /// How many different values of each path are kept as examples. Default: 0, so that nothing of the data is shown.
  public var sampleValues: Int
  /// Whether the least and the greatest number and date of each path are kept, which are values of the data.
  /// Default: `false`.
  public var keepsRanges: Bool
  /// Which examples are chosen: the same seed chooses the same ones among the same values. Default: 0.
  public var seed: UInt64

  public init(
    maximumPaths: Int = 10_000, maximumDepth: Int = 100, sampleValues: Int = 0, keepsRanges: Bool = false,
    seed: UInt64 = 0
  ) {
    self.maximumPaths = max(1, maximumPaths)
    self.maximumDepth = min(max(0, maximumDepth), 200)
    self.sampleValues = max(0, sampleValues)
    self.keepsRanges = keepsRanges
    self.seed = seed
  }
}
