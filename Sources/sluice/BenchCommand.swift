// sluice bench: what this machine reaches, with a peer beside it in the same run.

import Glibc
import Platform

struct BenchCommand: Subcommand {
  /// What is measured, in this order: each part by its word, with the events or merchants it takes.
  private static let parts: [(name: String, run: @Sendable (BenchFolder, Int) throws -> Void)] = [
    ("machine", { try BenchMachine(folder: $0, scale: $1).run() }),
    ("append", { try BenchAppend(folder: $0, scale: $1).run() }),
    ("pipeline", { try BenchPipeline(folder: $0, lines: 2_000_000 / $1, scale: $1).run() }),
    ("socket", { try BenchSocket(folder: $0, lines: 2_000_000 / $1).run() }),
    ("replay", { try BenchReplay(folder: $0, events: 10_000_000 / $1).run() }),
    ("growth", { try BenchGrowth(folder: $0, scale: $1).run() }),
    (
      "full",
      { try BenchGrowth(folder: $0, scale: $1, merchants: 10_000_000, sizes: [100_000_000]).run() }
    ),
    ("scheduler", { try BenchScheduler(folder: $0, merchants: 10_000_000 / $1).run() }),
    ("preview", { try BenchPreview(folder: $0, merchants: 10_000_000 / $1).run() }),
    ("dumps", { try BenchDumps(folder: $0, merchants: 10_000_000 / $1).run() }),
  ]
  private static let names = parts.map(\.name).joined(separator: ", ")

  static let guide = Guide(
    name: "bench",
    sentence: "Measures append, the socket, replay and more, and prints the machine.",
    options: [
      .value("dir", "DIR", "where the logs of the bench are made and removed; . if absent"),
      .flag("small", "a quick run with a hundredth of the events"),
      .value("only", "PART", "one of \(names); all if absent"),
    ],
    examples: ["sluice bench --dir /var/tmp", "sluice bench --small --only socket"])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let only = arguments.value("only")
    guard only == nil || parts.contains(where: { $0.name == only }) else {
      throw UsageFault(what: "--only \(only ?? "")", hint: "It takes one of \(names)")
    }
    let folder = try BenchFolder(arguments.value("dir") ?? ".")
    defer { folder.remove() }
    let machine = Machine.current()
    let memory = machine.memoryBytes >> 30
    let disk = (try? FileSystem(at: folder.path).name) ?? "unknown"
    say("\(machine.processor), \(machine.cores) cores, \(memory) GiB, ")
    say("kernel \(machine.kernel), \(disk)\n\n")
    for part in parts where only ?? part.name == part.name {
      try part.run(folder, arguments.flag("small") ? 100 : 1)
    }
    if let peak = CurrentProcess.memoryPeak {
      say("\npeak memory of this process: \(peak >> 20) MiB\n")
    }
    return .done
  }
}

/// A folder of its own below the one that was named, removed at the end.
final class BenchFolder {
  let path: String
  private let disk = SystemDisk()

  init(_ parent: String) throws {
    path = "\(parent)/sluice-bench-\(CurrentProcess.identifier)"
    try disk.makeDirectory(path)
  }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Removes everything; what cannot be removed is left and does no harm.
  func remove() { removeTree(path) }

  func removeTree(_ path: String) {
    if let names = try? disk.list(path) {
      for name in names { removeTree("\(path)/\(name)") }
      try? disk.removeDirectory(path)
    } else {
      try? disk.remove(path)
    }
  }
}

/// Figures of several runs: median and spread.
struct BenchFigures {
  private var runs: [Double] = []
  private let clock = WallClock()
  private var began: Int64 = 0

  /// Processor time of all runs together.
  private var used: Int64 = 0

  /// The two ends of a run that is not one call.
  mutating func begin() { began = clock.monotonicNanoseconds() }
  mutating func end() { runs.append(Double(clock.monotonicNanoseconds() - began) / 1e9) }

  mutating func measure(_ body: () throws -> Void) rethrows {
    let start = clock.monotonicNanoseconds()
    let startUsed = BenchFigures.processorNanoseconds()
    try body()
    used += BenchFigures.processorNanoseconds() - startUsed
    runs.append(Double(clock.monotonicNanoseconds() - start) / 1e9)
  }

  /// `2.31 M/s  (2.10 to 2.44)` for a number of things done in each run.
  func rate(_ count: Int) -> String {
    let sorted = runs.sorted()
    guard let least = sorted.first, let most = sorted.last else { return "-" }
    let median = sorted[sorted.count / 2]
    return "\(BenchFigures.text(Double(count) / median))/s"
      + "  (\(BenchFigures.text(Double(count) / most)) to"
      + " \(BenchFigures.text(Double(count) / least)))"
  }

  /// The rate, and how long each thing has kept a core busy: `…, 84 ns of a core each`.
  func rateAndLoad(_ count: Int) -> String {
    "\(rate(count)), \(used / Int64(max(1, count * runs.count))) ns of a core each"
  }

  /// Time that this process has kept a core busy, the system's work for it included.
  static func processorNanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// The median of the runs: `2.31 s`.
  var seconds: String {
    let sorted = runs.sorted()
    return sorted.isEmpty ? "-" : "\(BenchFigures.fixed(sorted[sorted.count / 2])) s"
  }

  static func text(_ value: Double) -> String {
    if value >= 1e6 { return fixed(value / 1e6) + " M" }
    if value >= 1e3 { return fixed(value / 1e3) + " k" }
    return fixed(value)
  }

  /// Two decimals.
  static func fixed(_ value: Double) -> String {
    let hundredths = Int(value * 100 + 0.5)
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }

  static func row(_ name: String, _ figure: String) {
    let gap = String(repeating: " ", count: max(1, 52 - name.count))
    say("\(name)\(gap)\(figure)\n")
  }
}
