// swift-tools-version: 6.2

// The house of sluice, floor by floor. A module imports only floors below its own; TidyTests holds
// this table against the imports in Sources. No package dependency, ever: a library is the
// toolchain's own or the operating system's, behind a systemLibrary target.

import PackageDescription

/// Every Swift target is compiled with the same settings.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
  .define("PLANTED_BUGS", .when(configuration: .debug)),
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

extension Target {
  /// A module of the house and the rooms below that it may enter.
  static func room(_ name: String, on rooms: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: rooms, swiftSettings: settings)
  }

  /// The tests of one module; `Support` holds what they share.
  static func tests(of name: String, with rooms: [Target.Dependency] = []) -> Target {
    .testTarget(
      name: "\(name)Tests", dependencies: [.byName(name: name), "Support"] + rooms,
      path: "Tests/\(name)Tests", swiftSettings: settings)
  }
}

let foundations: [Target] = [
  .target(name: "CRecord"),
  .target(name: "CLinux"),
  .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
  .systemLibrary(
    name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
  .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
]

let rooms: [Target] = [
  // Floor 1: the words.
  .room("Events", on: ["CRecord"]),
  // Floor 2: the machine, the tree, the parsers.
  .room("Platform", on: ["Events", "CLinux", "CZlib"]),
  .room("Merkle", on: ["Events", "COpenSSL"]),
  .room("Text", on: ["Events"]),
  .room("Cryptography", on: ["Events", "COpenSSL"]),
  // Floor 3: the log, and what it folds into.
  .room("EventLog", on: ["Events", "Platform", "Merkle", "CRecord", "CISAL"]),
  .room("Projections", on: ["Events", "Platform", "Merkle", "Text", "CRecord"]),
  .room("Institutions", on: ["Events", "Merkle", "Text", "Cryptography"]),
  .room("Vault", on: ["Events", "Platform", "Merkle", "Cryptography"]),
  // Floor 4: the plan at work.
  .room("Rollout", on: ["Events", "Platform", "Merkle", "Text", "Projections"]),
  // Floor 5: commands become events; projections become files.
  .room(
    "Orchestrator",
    on: ["CRecord", "Events", "Platform", "Merkle", "Text", "EventLog", "Projections", "Rollout"]),
  .room(
    "Dumps",
    on: [
      "Events", "Platform", "Merkle", "Text", "EventLog", "Projections", "Rollout", "CSQLite",
    ]),
  // Floor 6: the doors.
  .room(
    "Daemon",
    on: [
      "Events", "Platform", "Merkle", "Text", "EventLog", "Projections", "Institutions", "Vault",
      "Rollout", "Orchestrator", "Dumps", "CMicroHTTPD",
    ]),
  .room(
    "Simulation",
    on: [
      "Events", "Platform", "Merkle", "Text", "EventLog", "Projections", "Institutions", "Rollout",
      "Orchestrator", "Dumps",
    ]),
  .room(
    "Audit",
    on: [
      "CRecord", "Events", "Platform", "Merkle", "Text", "EventLog", "Projections", "Rollout",
      "Orchestrator",
      "Dumps",
    ]),
]

let program: Target = .executableTarget(
  name: "sluice",
  dependencies: [
    "CRecord", "Events", "Platform", "Merkle", "Text", "EventLog", "Projections", "Institutions",
    "Vault", "Rollout", "Orchestrator", "Dumps", "Daemon", "Simulation", "Audit", "CSQLite",
  ],
  swiftSettings: settings)

let tests: [Target] = [
  .target(
    name: "Support",
    dependencies: ["COpenSSL", "Events", "Merkle", "Text", "Cryptography", "Institutions"],
    path: "Tests/Support", swiftSettings: settings),
  .tests(of: "Events", with: ["CRecord", "Text", "Platform", "Merkle"]),
  .tests(of: "Platform", with: ["Events"]),
  .tests(of: "Merkle", with: ["Events", "Text", "Platform"]),
  .tests(of: "Text", with: ["Events", "Platform"]),
  .tests(of: "EventLog", with: ["CRecord", "Events", "Platform", "Merkle", "Simulation"]),
  .tests(of: "Projections", with: ["Events", "Merkle", "Text", "Platform"]),
  .tests(of: "Cryptography", with: ["Events"]),
  .tests(of: "Institutions", with: ["Events", "Platform", "Merkle", "Text", "Cryptography"]),
  .tests(of: "Vault", with: ["Events", "Platform", "Merkle", "Cryptography", "Simulation"]),
  .tests(of: "Rollout", with: ["Events", "Merkle", "Text", "Projections", "Platform"]),
  .tests(
    of: "Orchestrator",
    with: [
      "CRecord", "Events", "Platform", "Merkle", "Text", "EventLog", "Projections", "Rollout",
      "Simulation", "Audit",
    ]),
  .tests(
    of: "Dumps",
    with: [
      "Events", "Platform", "Merkle", "Text", "EventLog", "Projections", "Rollout", "Simulation",
      "CSQLite",
    ]),
  .tests(
    of: "Daemon",
    with: [
      "Institutions", "Vault", "Cryptography", "Events", "Platform", "Merkle", "Text", "EventLog",
      "Projections", "Rollout", "Orchestrator", "Dumps", "Simulation",
    ]),
  .tests(
    of: "Simulation",
    with: [
      "Events", "Platform", "Merkle", "Text", "EventLog", "Projections", "Rollout", "Orchestrator",
      "Dumps", "Audit",
    ]),
  .tests(
    of: "Audit",
    with: [
      "Events", "Platform", "Merkle", "Text", "EventLog", "Projections", "Rollout", "Orchestrator",
      "Dumps", "Simulation",
    ]),
  .testTarget(
    name: "SluiceTests",
    dependencies: [
      "sluice", "Support", "Events", "EventLog", "Projections", "Institutions", "Rollout", "Text",
      "Dumps", "Orchestrator", "Platform", "Merkle", "Vault", "Audit",
    ],
    path: "Tests/SluiceTests", swiftSettings: settings),
  .testTarget(
    name: "TidyTests", dependencies: ["Support"], path: "Tests/TidyTests", swiftSettings: settings),
]

let package = Package(
  name: "sluice",
  products: [.executable(name: "sluice", targets: ["sluice"])],
  targets: foundations + rooms + [program] + tests)
