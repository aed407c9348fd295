/// What the documents of an inference are of their collection.
public enum InferencePopulation: Sendable, Hashable {
  /// All of it: shares are exact.
  case everything
  /// Chosen at random, each at most once, out of so many; `nil` when it is not known how many there are.
  case sample(of: Int?)
}
