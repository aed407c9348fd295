/// How strict a `$jsonSchema` is that is made of documents.
public struct JSONSchemaOptions: Sendable, Hashable {
  /// Fields with this presence or more are required; `nil` requires none. Default: 1.
  public var requiredPresence: Double?
  /// Types that fewer of a path's values have are left out, from 0 to 1. Default: 0, so that every type is listed.
  public var minimumTypeShare: Double
  /// Whether documents may have fields that were not seen; they always may where not every path was followed.
  /// Default: `true`.
  public var allowsOtherFields: Bool
  /// The schema's `title`. Default: none.
  public var title: String?

  public init(
    requiredPresence: Double? = 1, minimumTypeShare: Double = 0, allowsOtherFields: Bool = true, title: String? = nil
  ) {
    self.requiredPresence = requiredPresence
    self.minimumTypeShare = minimumTypeShare
    self.allowsOtherFields = allowsOtherFields
    self.title = title
  }
}
