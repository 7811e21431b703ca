// `sluice drive`: plays the shoppers against a running daemon, or writes a market to play with.

import Events
import Platform
import Simulation
import Text

/// What a play needs to know.
struct DriveOptions {
  var merchants = ""
  var payments: String?
  var columns = MarketColumns()
  var count: UInt64 = 2_000_000
  var from = MarketMoments.start
  var days = Market.days
  var seed: UInt64 = 1
  /// Lines a second of real time at most; nil = as fast as they are taken.
  var rate: UInt64?
  var socket = ""
  var ledger: String?
  var acknowledged: String?
  /// One order of so many is told by the cashier; 0 = none.
  var cashierSample: UInt64 = 20
  /// Nothing is due later; nil = a day behind the window.
  var until: Timestamp?
  /// Instead of playing: a file to write shops to, and how many.
  var writeMerchants: String?
  var countMerchants = 20_000

  var windowEnd: Timestamp { from.advanced(bySeconds: Int64(days) * BeijingDay.secondsPerDay) }
  var end: Timestamp { until ?? windowEnd.advanced(bySeconds: BeijingDay.secondsPerDay) }
}

/// The command with its options.
struct DriveCommand {
  private let options: DriveOptions

  init(options: DriveOptions) { self.options = options }

  /// Plays to the end, or writes the market; returns the exit code.
  func run() throws -> Int32 {
    do {
      if let path = options.writeMerchants {
        try write(path)
        return 0
      }
      let drive = try Drive(options)
      return try drive.run()
    } catch let fault as MarketFault {
      tell("sluice: \(fault)")
      return 4
    } catch let fault as DriveFault {
      tell("sluice: \(fault)")
      return fault.exitCode
    }
  }

  private func write(_ path: String) throws(Fault) {
    let merchants = Market.merchants(
      count: options.countMerchants, seed: options.seed, weeklyPayments: options.count)
    let bytes = Market.csv(merchants)
    if path == "-" { return try StandardStream.output.write(bytes) }
    try SystemDisk().replaceFile(path, with: unsafe bytes.span.bytes)
  }
}

extension DriveCommand: Subcommand {
  static let guide = Guide(
    name: "drive",
    sentence: "Plays the shoppers against a running daemon and keeps its own books.",
    options: [
      .socket, .data,
      .value("merchants", "FILE", "the shops, CSV in the import format, .gz too"),
      .value(
        "payments", "FILE",
        "counted payments to play: the columns second_of_window and merchant, nothing else"),
      .value("map", "FIELD=COLUMN,..", "names the columns where they differ, in both files"),
      .value("count", "N", "orders to draw where no payments are given; 2000000 if absent"),
      .value("from", "INSTANT", "where the window begins; 2024-09-12 if absent"),
      .value("days", "N", "how long the window is; 7 if absent"),
      .value("until", "INSTANT", "the last instant anything is due; a day behind the window"),
      .value("seed", "S", "the same seed on the same log gives the same lines; 1 if absent"),
      .value("rate", "N", "lines a second at most"),
      .value("ledger", "FILE", "keep the books in this file, as JSON"),
      .value("acknowledged", "FILE", "list every acknowledged command in this file"),
      .value(
        "cashier-sample", "1/N", "tell offers and attempts of one order in N; 0 = none, 1/20"),
      .value("write-merchants", "FILE", "write a made-up market instead; - = standard output"),
      .value("count-merchants", "N", "how many shops it has; 20000 if absent"),
    ],
    examples: [
      "sluice drive --write-merchants shops.csv --count-merchants 20000 --seed 1",
      "sluice drive --merchants shops.csv --data events/log --ledger ledger.json --seed 1",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let options = try DriveOptions(arguments)
    return ExitCode(rawValue: try DriveCommand(options: options).run()) ?? .fault
  }
}

extension DriveOptions {
  /// Reads the options of a command line.
  init(_ arguments: Arguments) throws(UsageFault) {
    self.init()
    for shape in arguments.guide.options {
      guard let value = arguments.value(shape.name) else { continue }
      try take(shape.name, value)
    }
    guard writeMerchants == nil else { return }
    if merchants.isEmpty { throw missing("--merchants FILE") }
    if socket.isEmpty { throw missing("--socket PATH or --data DIR") }
    guard from < end else {
      throw UsageFault(what: "--until lies before --from", hint: "Give a later instant")
    }
  }

  private func missing(_ option: String) -> UsageFault {
    UsageFault(what: "\(option) is missing", hint: "See sluice drive --help")
  }

  private mutating func take(_ name: String, _ value: String) throws(UsageFault) {
    switch name {
    case "merchants": merchants = value
    case "payments": payments = value
    case "socket": socket = value
    case "data": if socket.isEmpty { socket = "\(value)/sluice.sock" }
    case "ledger": ledger = value
    case "acknowledged": acknowledged = value
    case "write-merchants": writeMerchants = value
    case "map":
      guard let columns = MarketColumns(value) else {
        throw UsageFault(
          what: "--map \(value) is not understood", hint: "Write FIELD=COLUMN,FIELD=COLUMN")
      }
      self.columns = columns
    case "from": from = try instant(name, value)
    case "until": until = try instant(name, value)
    case "cashier-sample":
      let denominator = value.hasPrefix("1/") ? String(value.dropFirst(2)) : value
      cashierSample = try number(name, denominator, in: 0...1_000_000)
    default: try takeNumber(name, value)
    }
  }

  private mutating func takeNumber(_ name: String, _ value: String) throws(UsageFault) {
    switch name {
    case "count": count = try number(name, value, in: 1...MarketMoments.countMax)
    case "days": days = Int(try number(name, value, in: 1...UInt64(MarketMoments.daysMax)))
    case "seed": seed = try number(name, value, in: 0...UInt64.max)
    case "rate": rate = try number(name, value, in: 1...100_000_000)
    case "count-merchants":
      countMerchants = Int(try number(name, value, in: 1...UInt64(Market.merchantsMax)))
    default: preconditionFailure("the option \(name) is in the guide and not read")
    }
  }

  private func number(
    _ name: String, _ value: String, in range: ClosedRange<UInt64>
  ) throws(UsageFault) -> UInt64 {
    guard let number = UInt64(value), range.contains(number) else {
      throw UsageFault(
        what: "--\(name) \(value) is not within \(range.lowerBound) to \(range.upperBound)",
        hint: "Give a whole number")
    }
    return number
  }

  private func instant(_ name: String, _ value: String) throws(UsageFault) -> Timestamp {
    do {
      return try RFC3339.parse(value)
    } catch {
      guard let day = try? RFC3339.parseDay(value) else {
        throw UsageFault(what: "--\(name): \(error.reason)", hint: error.hint)
      }
      return day.start
    }
  }
}

/// Why a play cannot go on.
struct DriveFault: Error, CustomStringConvertible {
  var exitCode: Int32
  var description: String
}
