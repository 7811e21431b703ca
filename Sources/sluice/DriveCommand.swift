// `sluice drive`: plays the shoppers against a running daemon, or writes a market to play with.

import Events
import Platform
import Simulation
import Text

/// What is wrong with the words behind `sluice drive`.
struct DriveUsage: Error, CustomStringConvertible {
  var description: String
}

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
  static let help = """
    sluice drive plays the shoppers against a running daemon and keeps its own books.

      --merchants FILE        the shops, CSV in the import format, .gz too
      --payments FILE         counted payments instead of drawn ones: the columns
                              second_of_window and merchant; only moment and shop are taken
      --map FIELD=COLUMN,..   names the columns where they differ, in both files
      --count N               orders to draw in a week (2000000)
      --from INSTANT          where the window begins (2024-09-12T00:00:00+08:00)
      --days N                how long it is (7)
      --until INSTANT         the last instant anything is due (a day behind the window)
      --seed S                the same seed on the same log gives the same lines (1)
      --rate N                lines a second at most
      --socket PATH           the daemon's socket; --data DIR means DIR/sluice.sock
      --ledger FILE           keeps the books in this file, JSON
      --acknowledged FILE     lists every acknowledged command
      --cashier-sample 1/N    offers and attempts are told of one order in N (1/20); 0 = none

      --write-merchants FILE  writes a made-up market instead; - for standard output
      --count-merchants N     how many shops it has (20000)

    Examples:
      sluice drive --write-merchants shops.csv --count-merchants 20000 --seed 1
      sluice drive --merchants shops.csv --data events/log --ledger ledger.json --seed 1

    """

  private let options: DriveOptions
  private let wantsHelp: Bool

  init(options: DriveOptions) {
    self.options = options
    wantsHelp = false
  }

  /// Reads the words behind `drive`.
  init(_ arguments: [String]) throws(DriveUsage) {
    wantsHelp = arguments.contains("--help")
    options = wantsHelp ? DriveOptions() : try DriveOptions(arguments)
  }

  /// Plays to the end, or writes the market; returns the exit code.
  func run() throws -> Int32 {
    if wantsHelp {
      try StandardStream.output.write(DriveCommand.help)
      return 0
    }
    do {
      if let path = options.writeMerchants {
        try write(path)
        return 0
      }
      let drive = try Drive(options)
      return try drive.run()
    } catch let fault as MarketFault {
      try StandardStream.error.write("sluice: \(fault)\n")
      return 4
    } catch let fault as DriveFault {
      try StandardStream.error.write("sluice: \(fault)\n")
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

extension DriveOptions {
  /// Reads options of the form `--name value`.
  init(_ arguments: [String]) throws(DriveUsage) {
    self.init()
    var index = 0
    while index < arguments.count {
      let name = arguments[index]
      guard index + 1 < arguments.count else {
        throw DriveUsage(description: "\(name) has no value, or is no option; see --help.")
      }
      try take(name, arguments[index + 1])
      index += 2
    }
    guard writeMerchants == nil else { return }
    guard !merchants.isEmpty else { throw DriveUsage(description: "--merchants FILE is missing.") }
    guard !socket.isEmpty else {
      throw DriveUsage(description: "--socket PATH or --data DIR is missing.")
    }
    guard from < end else { throw DriveUsage(description: "--until lies before --from.") }
  }

  private mutating func take(_ name: String, _ value: String) throws(DriveUsage) {
    switch name {
    case "--merchants": merchants = value
    case "--payments": payments = value
    case "--socket": socket = value
    case "--data": if socket.isEmpty { socket = "\(value)/sluice.sock" }
    case "--ledger": ledger = value
    case "--acknowledged": acknowledged = value
    case "--write-merchants": writeMerchants = value
    case "--map":
      guard let columns = MarketColumns(value) else {
        throw DriveUsage(description: "--map takes FIELD=COLUMN,FIELD=COLUMN.")
      }
      self.columns = columns
    case "--from": from = try instant(name, value)
    case "--until": until = try instant(name, value)
    case "--cashier-sample":
      let denominator = value.hasPrefix("1/") ? String(value.dropFirst(2)) : value
      cashierSample = try number(name, denominator, in: 0...1_000_000)
    default: try takeNumber(name, value)
    }
  }

  private mutating func takeNumber(_ name: String, _ value: String) throws(DriveUsage) {
    switch name {
    case "--count": count = try number(name, value, in: 1...MarketMoments.countMax)
    case "--days": days = Int(try number(name, value, in: 1...UInt64(MarketMoments.daysMax)))
    case "--seed": seed = try number(name, value, in: 0...UInt64.max)
    case "--rate": rate = try number(name, value, in: 1...100_000_000)
    case "--count-merchants":
      countMerchants = Int(try number(name, value, in: 1...UInt64(Market.merchantsMax)))
    default: throw DriveUsage(description: "\(name) is no option of drive; see --help.")
    }
  }

  private func number(
    _ name: String, _ value: String, in range: ClosedRange<UInt64>
  ) throws(DriveUsage) -> UInt64 {
    guard let number = UInt64(value), range.contains(number) else {
      throw DriveUsage(
        description: "\(name) takes a number from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }

  private func instant(_ name: String, _ value: String) throws(DriveUsage) -> Timestamp {
    do {
      return try RFC3339.parse(value)
    } catch {
      guard let day = try? RFC3339.parseDay(value) else {
        throw DriveUsage(description: "\(name): \(error.reason) \(error.hint)")
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
