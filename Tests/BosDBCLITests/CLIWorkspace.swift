import Foundation

/// A temporary directory with a small database in it; removed with the value.
final class CLIWorkspace {
  let directory: URL

  /// - Parameter script: run once to make `shop.db`.
  init(_ script: String? = CLIWorkspace.shop) throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("bosdb-cli-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    guard let script else { return }
    let made = try run("query", "sqlite:shop.db?mode=rwc", "--write", "-f", "-", input: script)
    guard made.status == 0 else { throw Failure(description: made.errors) }
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  struct Failure: Error, CustomStringConvertible { let description: String }

  /// Runs the program in the directory and waits for it.
  func run(
    _ arguments: String..., input: String? = nil, environment: [String: String] = [:]
  ) throws -> CLIProcess.Outcome {
    try CLIProcess(arguments, input: input.map { Array($0.utf8) }, environment: environment, in: directory).finish()
  }

  /// Runs `query` on the database.
  func query(
    _ arguments: String..., input: String? = nil, environment: [String: String] = [:]
  ) throws -> CLIProcess.Outcome {
    try CLIProcess(
      ["query", "sqlite:shop.db"] + arguments, input: input.map { Array($0.utf8) }, environment: environment,
      in: directory
    ).finish()
  }

  /// Runs a shell command in which `$CLI` is the program.
  func shell(_ command: String) throws -> CLIProcess.Outcome {
    try CLIProcess(
      ["-c", command], environment: ["CLI": CLIProcess.executable.path], in: directory,
      executable: URL(fileURLWithPath: "/bin/bash")
    ).finish()
  }

  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
    try Data(Array(bytes)).write(to: directory.appendingPathComponent(name))
  }

  func read(_ name: String) throws -> String {
    try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
  }

  var files: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? [])
      .filter { !$0.hasSuffix(".out") && !$0.hasSuffix(".err") && !$0.hasSuffix(".in") }.sorted()
  }

  static let shop = """
    CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL, photo BLOB);
    INSERT INTO products VALUES (1, 'Flat White', 3.5, x'00ff'), (2, 'Crème brûlée; "soft"', NULL, NULL),
      (3, '日本茶', 4, NULL);
    CREATE TABLE orders (
      id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
      quantity INTEGER NOT NULL DEFAULT 1 CHECK (quantity > 0), note TEXT);
    CREATE INDEX orders_by_product ON orders (product_id, quantity DESC);
    CREATE VIEW menu AS SELECT name, price FROM products;
    INSERT INTO orders (product_id, quantity) VALUES (1, 2), (3, 1);
    """
}
