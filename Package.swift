// swift-tools-version: 6.2
import PackageDescription

let warningsAsErrors = Context.environment["BOSDB_WARNINGS_AS_ERRORS"] == "1"

let settings: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  ] + (warningsAsErrors ? [.treatAllWarnings(as: .error)] : [])

let package = Package(
  name: "bosdb",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "DBAdapterCore", targets: ["DBAdapterCore"]),
    .library(name: "PostgresAdapter", targets: ["PostgresAdapter"]),
    .library(name: "SQLiteAdapter", targets: ["SQLiteAdapter"]),
    .library(name: "RedisAdapter", targets: ["RedisAdapter"]),
    .library(name: "MongoAdapter", targets: ["MongoAdapter"]),
    .library(name: "DBAdapterBundle", targets: ["DBAdapterBundle"]),
    .library(name: "DBAdapterService", targets: ["DBAdapterService"]),
    .library(name: "DBPlatform", targets: ["DBPlatform"]),
    .library(name: "DBRendering", targets: ["DBRendering"]),
    .library(name: "DBAdapterTesting", targets: ["DBAdapterTesting"]),
    .executable(name: "bosdb-cli", targets: ["bosdb-cli"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    // Debian ships no pkg-config file for libpg_query; the module map names the library to link.
    .systemLibrary(
      name: "CPGQuery", providers: [.apt(["libpg-query-dev"]), .brew(["libpg_query"])]),
    .systemLibrary(
      name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
    .systemLibrary(
      name: "CLibMongoC", pkgConfig: "libmongoc-1.0", providers: [.apt(["libmongoc-dev"]), .brew(["mongo-c-driver@1"])]),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),

    .systemLibrary(name: "CLinuxEvents"),
    .target(name: "CStartup"),

    .target(
      name: "DBAdapterCore",
      dependencies: [
        "CLinuxEvents",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
      ],
      swiftSettings: settings),
    .target(name: "DBSQLSupport", dependencies: ["DBAdapterCore"], swiftSettings: settings),
    .target(
      name: "PostgresAdapter",
      dependencies: ["CLibPQ", "CPGQuery", "DBAdapterCore", "DBSQLSupport"],
      swiftSettings: settings),
    .target(
      name: "SQLiteAdapter",
      dependencies: ["CSQLite", "DBAdapterCore", "DBSQLSupport"],
      swiftSettings: settings),
    .target(
      name: "RedisAdapter",
      dependencies: [
        "CHiredis", "COpenSSL", "DBAdapterCore", .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: settings),
    .target(name: "MongoAdapter", dependencies: ["CLibMongoC", "DBAdapterCore"], swiftSettings: settings),
    .target(
      name: "DBAdapterBundle",
      dependencies: ["DBAdapterCore", "MongoAdapter", "PostgresAdapter", "RedisAdapter", "SQLiteAdapter"],
      swiftSettings: settings),
    .target(
      name: "DBAdapterService",
      dependencies: ["DBAdapterCore", .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")],
      swiftSettings: settings),
    .target(
      name: "DBPlatform",
      dependencies: [
        "DBAdapterCore", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .target(name: "DBRendering", dependencies: ["DBAdapterCore"], swiftSettings: settings),
    .target(name: "DBAdapterTesting", dependencies: ["DBAdapterCore"], swiftSettings: settings),
    .executableTarget(
      name: "bosdb-cli",
      dependencies: [
        "CStartup", "DBAdapterCore", "DBAdapterBundle", "DBPlatform", "DBRendering", "MongoAdapter", "RedisAdapter",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings),

    .testTarget(
      name: "DBAdapterCoreTests",
      dependencies: [
        "DBAdapterCore", "DBAdapterTesting",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "DBAdapterServiceTests",
      dependencies: [
        "DBAdapterCore", "DBAdapterService", "DBAdapterTesting",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .testTarget(name: "DBSQLSupportTests", dependencies: ["DBAdapterCore", "DBSQLSupport"], swiftSettings: settings),
    .testTarget(
      name: "DBPlatformTests", dependencies: ["DBAdapterCore", "DBAdapterTesting", "DBPlatform", "SQLiteAdapter"],
      swiftSettings: settings),
    .testTarget(
      name: "DBRenderingTests", dependencies: ["DBAdapterCore", "DBRendering"], exclude: ["Golden"],
      swiftSettings: settings),
    .testTarget(
      name: "PostgresAdapterTests", dependencies: ["DBAdapterCore", "PostgresAdapter"], swiftSettings: settings),
    .testTarget(
      name: "SQLiteAdapterTests", dependencies: ["DBAdapterCore", "DBAdapterTesting", "SQLiteAdapter"],
      swiftSettings: settings),
    .testTarget(
      name: "RedisAdapterTests", dependencies: ["DBAdapterCore", "DBAdapterTesting", "RedisAdapter"],
      exclude: ["Golden"],
      swiftSettings: settings),
    .testTarget(
      name: "MongoAdapterTests", dependencies: ["DBAdapterCore", "DBAdapterTesting", "MongoAdapter"],
      swiftSettings: settings),
    .testTarget(
      name: "BosDBCLITests", dependencies: ["bosdb-cli", "DBAdapterTesting"], exclude: ["Golden"],
      swiftSettings: settings),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "DBAdapterCore", "DBAdapterTesting", "DBAdapterBundle", "DBPlatform", "MongoAdapter", "PostgresAdapter",
        "RedisAdapter", "SQLiteAdapter",
      ],
      exclude: ["Guard/Corpus"], swiftSettings: settings),
  ]
)
