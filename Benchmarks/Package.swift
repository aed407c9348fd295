// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who uses bosdb builds its benchmarks. `Scripts/bench` runs it.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
  name: "bosdb-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "bosdb", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // The C libraries once more: the parent package keeps its own modules of them to itself.
    .systemLibrary(name: "LimitLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
    .systemLibrary(
      name: "LimitSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    .systemLibrary(
      name: "LimitHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
    .systemLibrary(
      name: "LimitMongoC", pkgConfig: "libmongoc-1.0",
      providers: [.apt(["libmongoc-dev"]), .brew(["mongo-c-driver@1"])]),
    .systemLibrary(
      name: "LimitOpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    // What the plain C libraries do with the same work: the limits that the ratios are taken against.
    .target(
      name: "CLimits", dependencies: ["LimitHiredis", "LimitLibPQ", "LimitMongoC", "LimitOpenSSL", "LimitSQLite"],
      linkerSettings: [
        .linkedLibrary("pq"), .linkedLibrary("sqlite3"), .linkedLibrary("hiredis"), .linkedLibrary("ssl"),
        .linkedLibrary("crypto"), .linkedLibrary("mongoc-1.0"), .linkedLibrary("bson-1.0"),
      ]),
    .executableTarget(
      name: "bosdb-bench",
      dependencies: [
        "CLimits",
        .product(name: "DBAdapterCore", package: "bosdb"),
        .product(name: "MongoAdapter", package: "bosdb"),
        .product(name: "PostgresAdapter", package: "bosdb"),
        .product(name: "RedisAdapter", package: "bosdb"),
        .product(name: "SQLiteAdapter", package: "bosdb"),
        .product(name: "DBAdapterBundle", package: "bosdb"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
  ]
)
