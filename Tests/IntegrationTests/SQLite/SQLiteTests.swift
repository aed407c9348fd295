import Testing

/// Tests on real files. One after the other: some measure time or memory.
@Suite("SQLite", .serialized)
enum SQLiteTests {}
