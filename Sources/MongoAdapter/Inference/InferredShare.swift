internal import DBAdapterCore

/// A share of something, as it was seen and as it can be in the whole collection.
public struct InferredShare: Sendable, Hashable {
  /// Among the documents that were read, from 0 to 1.
  public var value: Double
  /// The bounds between which the share in the whole collection is in 95 of 100 samples (Wilson's score interval); a point
  /// when every document was read.
  public var interval: ClosedRange<Double>

  public init(value: Double, interval: ClosedRange<Double>) {
    self.value = value
    self.interval = interval
  }

  /// - Parameters:
  ///   - count: how many have it.
  ///   - all: out of how many.
  ///   - spread: what a document with many of them tells; `nil` where a document has one.
  ///   - sampled: documents that were read.
  init(_ count: Int, of all: Int, _ spread: Spread?, sampled: Int, population: InferencePopulation) {
    value = all > 0 ? Double(count) / Double(all) : 0
    guard case .sample(let total) = population else {
      interval = value...value
      return
    }
    var worth = spread?.independent(value, of: all) ?? Double(all)
    if let total, all > 0 { worth = ScoreInterval.worth(worth, sampled: sampled, of: total) }
    interval = ScoreInterval.of(value, count: worth)
  }

  /// How what is counted is spread over documents that have many of it.
  struct Spread {
    /// Of the part.
    let part: ClusterTallies.Slot
    /// Of what it is a part of.
    let whole: ClusterTallies.Slot

    /// How many documents with one each would tell as much.
    func independent(_ share: Double, of all: Int) -> Double {
      let documents = Double(whole.documents)
      guard whole.documents > 1, share > 0, share < 1 else { return documents }
      let squares = part.squares - 2 * share * part.products + share * share * whole.squares
      let variance = documents / (documents - 1) * squares / (Double(all) * Double(all))
      return variance > 0 ? min(Double(all), max(1, share * (1 - share) / variance)) : Double(all)
    }
  }
}
