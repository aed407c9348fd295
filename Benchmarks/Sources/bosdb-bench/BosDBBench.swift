import ArgumentParser
import DBAdapterCore
import PostgresAdapter
import CLimits

@main struct BosDBBench: AsyncParsableCommand {
  func run() async throws { print(PostgresAdapter.descriptor.clientLibrary, limit_x()) }
}
