import Glibc
import Support
import Testing

/// Tests of the source tree itself: the floors, the bans, the lengths.
@Suite struct TidyTests {
  /// The floor of every module.
  ///
  /// A module imports only floors below its own.
  static let floors: [String: Int] = [
    "CRecord": 0, "CLinux": 0, "CISAL": 0, "CMicroHTTPD": 0, "COpenSSL": 0, "CSQLite": 0,
    "CZlib": 0,
    "Events": 1,
    "Platform": 2, "Merkle": 2, "Text": 2, "Cryptography": 2,
    "EventLog": 3, "Projections": 3, "Institutions": 3, "Vault": 3,
    "Rollout": 4,
    "Orchestrator": 5, "Dumps": 5,
    "Daemon": 6, "Simulation": 6, "Audit": 6,
    "sluice": 7,
  ]
  /// What a module may import of the toolchain beside the standard library.
  static let toolchain: [String: Set<String>] = [
    "Platform": ["Glibc", "Synchronization"], "Text": ["Glibc"], "Rollout": ["Glibc"],
    "EventLog": ["Synchronization"], "Vault": ["Synchronization"],
    "Simulation": ["Glibc", "Synchronization"],
    "Daemon": ["Synchronization", "Foundation"],
    "sluice": ["Glibc", "Synchronization", "Foundation"],
  ]
  /// Modules in which nothing may depend on a clock, on chance or on the order of a hash.
  static let pure: Set<String> = ["Events", "Projections", "Rollout", "Dumps"]
  /// The statistic alone counts in floating point, and what it concludes is written down.
  static let statistic = "Sources/Rollout/Guardrail/EvidenceTest.swift"
  static let linesMax = 600
  static let functionLinesMax = 70
  static let columnsMax = 100

  static let files: [SourceFile] = SourceFile.all(under: "Sources")

  @Test func `There are sources to look at`() {
    #expect(TidyTests.files.count > 60)
  }

  @Test func `Every module has a floor`() throws {
    let modules = Set(TidyTests.files.map { $0.module })
    for module in modules { #expect(TidyTests.floors[module] != nil, "\(module) has no floor") }
  }

  @Test(arguments: TidyTests.files)
  func `A module imports only floors below its own`(file: SourceFile) throws {
    let floor = try #require(TidyTests.floors[file.module])
    for name in file.imports {
      if let other = TidyTests.floors[name] {
        #expect(other < floor, "\(file.path) imports \(name)")
      } else {
        let allowed = TidyTests.toolchain[file.module] ?? []
        #expect(allowed.contains(name), "\(file.path) imports \(name)")
      }
    }
  }

  @Test func `Nothing that is folded from the log reads the vault`() {
    let readers = Set(TidyTests.files.filter { $0.imports.contains("Vault") }.map { $0.module })
    #expect(readers == ["Daemon", "sluice"])
  }

  @Test(arguments: TidyTests.files)
  func `Lines, functions and files have their limits`(file: SourceFile) {
    #expect(file.lines.count <= TidyTests.linesMax, "\(file.path) is too long")
    for (index, line) in file.lines.enumerated() where line.count > TidyTests.columnsMax {
      Issue.record("\(file.path):\(index + 1) has \(line.count) columns")
    }
    for function in file.functions where function.length > TidyTests.functionLinesMax {
      Issue.record("\(file.path):\(function.line) is a function of \(function.length) lines")
    }
  }

  @Test(arguments: TidyTests.files)
  func `Nothing is left unfinished and nothing is banned`(file: SourceFile) {
    let unfinished = ["TODO", "FIXME", "XXX", "fatalError("]
    let impure = ["WallClock(", "ContinuousClock", "SystemRandom", ".random(", "Double"]
    let isStatistic = file.path == TidyTests.statistic
    for (index, line) in file.lines.enumerated() {
      for word in unfinished where line.contains(word) {
        Issue.record("\(file.path):\(index + 1) holds \(word)")
      }
      guard TidyTests.pure.contains(file.module), !line.isComment else { continue }
      for word in impure where line.contains(word) && !(word == "Double" && isStatistic) {
        Issue.record("\(file.path):\(index + 1) holds \(word), which \(file.module) may not")
      }
    }
  }

  @Test(arguments: TidyTests.files)
  func `A file opens with a sentence that says what it is`(file: SourceFile) {
    #expect(file.lines.first?.hasPrefix("//") == true, "\(file.path) opens with code")
  }

  @Test func `Package.swift names no package`() {
    let text = SourceFile(path: "Package.swift").lines.joined(separator: "\n")
    #expect(!text.isEmpty)
    #expect(!text.contains(".package("))
  }

  @Test func `The top of the tree holds what the house has and nothing else`() {
    let known: Set<String> = [
      "Package.swift", "Sources", "Tests", "events", "tools", ".ci", "README.md",
      "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", ".swift-format",
      ".gitignore", ".git", ".build", ".swiftpm", "Package.resolved",
    ]
    for name in SourceFile.names(in: "") where !name.hasPrefix(".build") {
      #expect(known.contains(name), "\(name) stands at the top of the tree")
    }
  }
}
