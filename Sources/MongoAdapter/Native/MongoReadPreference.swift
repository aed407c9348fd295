internal import CLibMongoC

/// Which members of a replica set may answer a read (MongoDB manual, Read Preference).
final class MongoReadPreference {
  let preference: OpaquePointer

  /// - Parameters:
  ///   - mode: `primary`, `primaryPreferred`, `secondary`, `secondaryPreferred` or `nearest`, in any case; `nil` for another.
  ///   - tags: documents of tags, the first that fits a member is taken.
  init?(mode: String, tags: [BSONDocument] = [], maxStalenessSeconds: Int64? = nil) {
    let native: mongoc_read_mode_t
    switch mode.lowercased() {
    case "primary": native = MONGOC_READ_PRIMARY
    case "primarypreferred": native = MONGOC_READ_PRIMARY_PREFERRED
    case "secondary": native = MONGOC_READ_SECONDARY
    case "secondarypreferred": native = MONGOC_READ_SECONDARY_PREFERRED
    case "nearest": native = MONGOC_READ_NEAREST
    default: return nil
    }
    guard let preference = mongoc_read_prefs_new(native) else { return nil }
    self.preference = preference
    for tag in tags { tag.lend { bosdb_mongo_add_tag(preference, $0) } }
    if let maxStalenessSeconds { mongoc_read_prefs_set_max_staleness_seconds(preference, maxStalenessSeconds) }
  }

  deinit { mongoc_read_prefs_destroy(preference) }
}
