import DBAdapterCore
import Foundation
import SQLiteAdapter
import Testing

@Suite struct SQLitePoolKeyTests {
  private func key(_ text: String) throws -> PoolKey {
    PoolKey(ConnectionConfiguration(try ConnectionString(text)), SQLiteAdapter.descriptor)
  }

  private let here = FileManager.default.currentDirectoryPath

  @Test func spellingsOfAPathShareAKey() throws {
    let absolute = try key("sqlite:\(here)/a.db")
    for text in [
      "sqlite:a.db", "sqlite:./a.db", "file:a.db", "sqlite:%61.db", "sqlite:\(here)/./Sources/../a.db",
      "file://\(here)/a.db",
      "sqlite:a.db?foreign_keys=on&mode=rw",
    ] {
      #expect(try key(text) == absolute, "\(text)")
    }
    #expect(try key("sqlite::memory:") == key("file::memory:"))
  }

  @Test(arguments: [
    ("sqlite:a.db", "sqlite:b.db"), ("sqlite:a.db", "sqlite:A.db"), ("sqlite:a.db", "sqlite:a.db?mode=ro"),
    ("sqlite:a.db", "sqlite:a.db?foreign_keys=off"), ("sqlite:a.db", "sqlite:a.db?mode=memory"),
    ("file:a?mode=memory&cache=shared", "file:b?mode=memory&cache=shared"), ("sqlite::memory:", "sqlite:./:memory:"),
  ])
  func differentDatabasesHaveDifferentKeys(_ left: String, _ right: String) throws {
    #expect(try key(left) != key(right))
  }

  /// `link/../a.db` is beside the link's target, not beside the link.
  @Test func linksAreFollowed() throws {
    let directory = NSTemporaryDirectory() + "bosdb-key-" + DBUUID.random().description
    try FileManager.default.createDirectory(atPath: directory + "/deep/inner", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try FileManager.default.createSymbolicLink(
      atPath: directory + "/link", withDestinationPath: directory + "/deep/inner")
    #expect(try key("sqlite:\(directory)/link/../a.db") == key("sqlite:\(directory)/deep/a.db"))
    #expect(try key("sqlite:\(directory)/link/../a.db") != key("sqlite:\(directory)/a.db"))
    _ = FileManager.default.createFile(atPath: directory + "/real.db", contents: nil)
    try FileManager.default.createSymbolicLink(atPath: directory + "/alias.db", withDestinationPath: "real.db")
    #expect(try key("sqlite:\(directory)/alias.db") == key("sqlite:\(directory)/real.db"))
  }

  @Test func replicasAreRefused() throws {
    let configuration = ConnectionConfiguration(try ConnectionString("sqlite:a.db?replica=r"))
    let error = #expect(throws: DBError.self) { try AdapterRegistration.sqlite.connector(configuration) }
    #expect(error?.code == .invalidConnectionString && error?.message.contains("replica") == true)
  }

  @Test(arguments: [
    ("sqlite:a.db", AccessLevel.readOnly, 10, true), ("sqlite:a.db", .readWrite, 1, true),
    ("sqlite:a.db?mode=ro", .readWrite, 10, true), ("sqlite::memory:", .readWrite, 10, false),
    ("sqlite::memory:", .readOnly, 10, false), ("file:a?mode=memory", .readWrite, 10, false),
  ])
  func poolsSuitTheDatabase(_ text: String, _ access: AccessLevel, _ maximum: Int, _ isKept: Bool) throws {
    let configuration = ConnectionConfiguration(try ConnectionString(text), access: access)
    let traits = try AdapterRegistration.sqlite.connector(configuration).poolTraits
    #expect(traits.leaseMode == .exclusive && traits.keepsConnections == isKept)
    #expect(traits.defaults.maximumConnections == maximum)
  }
}
