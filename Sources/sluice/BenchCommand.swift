// sluice bench: what this machine reaches, with a peer beside it in the same run.

import Platform

struct BenchCommand: Subcommand {
  static let guide = Guide(
    name: "bench", sentence: "Measures append, the socket and replay, and prints the machine.",
    options: [
      .value("dir", "DIR", "where the logs of the bench are made and removed; . if absent"),
      .flag("small", "a quick run with a hundredth of the events"),
      .value("only", "PART", "append, replay, socket or scheduler; all of them if absent"),
    ],
    examples: ["sluice bench --dir /var/tmp", "sluice bench --small"])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let scale = arguments.flag("small") ? 100 : 1
    let folder = try BenchFolder(arguments.value("dir") ?? ".")
    defer { folder.remove() }
    let machine = Machine.current()
    let memory = machine.memoryBytes >> 30
    let disk = (try? FileSystem(at: folder.path).name) ?? "unknown"
    say("\(machine.processor), \(machine.cores) cores, \(memory) GiB, ")
    say("kernel \(machine.kernel), \(disk)\n\n")
    let only = arguments.value("only")
    guard only == nil || ["append", "replay", "socket", "scheduler"].contains(only) else {
      throw UsageFault(
        what: "--only \(only ?? "")", hint: "It takes append, replay, socket or scheduler")
    }
    if only ?? "append" == "append" { try BenchAppend(folder: folder, scale: scale).run() }
    if only ?? "replay" == "replay" {
      try BenchReplay(folder: folder, events: 10_000_000 / scale).run()
    }
    if only ?? "socket" == "socket" {
      try BenchSocket(folder: folder, lines: 2_000_000 / scale).run()
    }
    if only ?? "scheduler" == "scheduler" {
      try BenchScheduler(folder: folder, merchants: 10_000_000 / scale).run()
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
  private var seconds: [Double] = []
  private let clock = WallClock()

  mutating func measure(_ body: () throws -> Void) rethrows {
    let start = clock.monotonicNanoseconds()
    try body()
    seconds.append(Double(clock.monotonicNanoseconds() - start) / 1e9)
  }

  /// `2.31 M/s  (2.10 to 2.44)` for a number of things done in each run.
  func rate(_ count: Int) -> String {
    let sorted = seconds.sorted()
    guard let least = sorted.first, let most = sorted.last else { return "-" }
    let median = sorted[sorted.count / 2]
    return "\(BenchFigures.text(Double(count) / median))/s"
      + "  (\(BenchFigures.text(Double(count) / most)) to"
      + " \(BenchFigures.text(Double(count) / least)))"
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
