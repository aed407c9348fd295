internal import DBAdapterCore

extension JSONWriter {
  mutating func member(_ name: String, number: Double?) {
    member(name) { $0.raw(number.flatMap { $0.isFinite ? DBValue.text(of: $0) : nil } ?? "null") }
  }

  /// A share with six digits after the point.
  private mutating func member(_ name: String, share: Double?) {
    member(name, number: share.map { ($0 * 1_000_000).rounded() / 1_000_000 })
  }

  private mutating func member(_ name: String, share interval: ClosedRange<Double>) {
    member(name) { field in
      field.object {
        $0.member("confidence", number: 0.95)
        $0.member("low", share: interval.lowerBound)
        $0.member("high", share: interval.upperBound)
      }
    }
  }

  /// Nothing where the engine has a catalogue.
  mutating func coverageMember(_ coverage: Coverage?) {
    guard let coverage else { return }
    member("coverage") { field in
      field.object {
        $0.member("seen", coverage.seen)
        $0.member("total", coverage.total)
        $0.member("share", share: coverage.share)
        $0.member("complete", coverage.isComplete)
        $0.member("method", coverage.method)
        $0.member("stoppedBy", coverage.stoppedBy?.rawValue)
        $0.member("notes", coverage.notes)
      }
    }
  }

  /// What a sample says of a column: only what there is.
  mutating func sampleMembers(_ column: ColumnInfo) {
    if column.isSynthetic { member("synthetic", true) }
    if let presence = column.presence { member("presence", share: presence) }
    if let interval = column.presenceInterval { member("presenceInterval", share: interval) }
    observedTypesMember(column)
    if let lengths = column.lengths { member("lengths", lengths) }
    if !column.examples.isEmpty { member("examples") { $0.list(column.examples) { $0.value($1) } } }
    guard let declaration = column.declaration else { return }
    member("declared") { field in
      field.object {
        $0.member("types", declaration.types)
        $0.member("required", declaration.isRequired)
        $0.member("rules", declaration.rules)
      }
    }
  }

  private mutating func observedTypesMember(_ column: ColumnInfo) {
    if column.observedTypes.isEmpty { return }
    let values = column.observedTypes.reduce(0) { $0 + $1.count }
    member("observedTypes") { list in
      list.list(column.observedTypes) { writer, observed in
        writer.object {
          $0.member("type", observed.type.nativeName)
          $0.member("typeKind", observed.type.kind.rawValue)
          $0.member("count", observed.count)
          $0.member("share", share: Double(observed.count) / Double(max(1, values)))
          if let interval = observed.interval { $0.member("interval", share: interval) }
        }
      }
    }
  }

  /// Nothing where the engine has a catalogue.
  mutating func statisticsMember(_ statistics: TableStatistics?) {
    guard let statistics else { return }
    member("statistics") { field in
      field.object { fields in
        fields.coverageMember(statistics.coverage)
        fields.member("memory", statistics.memory)
        fields.member("elements", statistics.elements)
        fields.member("expiry", statistics.expiry)
        fields.member("encodings", statistics.encodings)
        fields.member("largest") { list in
          list.list(statistics.largest) { writer, row in
            writer.object {
              $0.member("name", row.name)
              $0.member("bytes", row.bytes)
              $0.member("elements", row.elements)
            }
          }
        }
        fields.member("details") { $0.value(.document(statistics.details)) }
      }
    }
  }

  private mutating func member(_ name: String, _ measurement: Measurement?) {
    member(name) { field in
      guard let measurement else { return field.null() }
      field.object {
        $0.member("unit", measurement.unit)
        $0.member("count", measurement.count)
        $0.member("minimum", measurement.minimum)
        $0.member("median", measurement.median)
        $0.member("mean", number: (measurement.mean * 10).rounded() / 10)
        $0.member("maximum", measurement.maximum)
        $0.member("total", measurement.total)
        $0.member("measured", measurement.isMeasured)
        $0.member("source", measurement.source)
      }
    }
  }

  private mutating func member(_ name: String, _ distribution: Distribution?) {
    member(name) { field in
      guard let distribution else { return field.null() }
      field.list(distribution.buckets) { writer, bucket in
        writer.object {
          $0.member("name", bucket.name)
          $0.member("count", bucket.count)
          $0.member("share", share: distribution.share(of: bucket.name))
        }
      }
    }
  }
}
