// sluice diff: what changed between two positions of the log, by merchant and by total.

import CRecord
import EventLog
import Events
import Platform
import Projections

struct DiffCommand: Subcommand {
  static let guide = Guide(
    name: "diff",
    sentence: "Tells what changed between two positions, by merchant and by total.",
    options: [
      .data,
      .value("from", "POSITION", "as it stood after the events before this position"),
      .value("to", "POSITION", "the later one; the end of the log if absent"),
      .value("limit", "N", "how many merchants are listed; \(limitUsual) if absent"),
      .fromZero, .json,
    ],
    examples: [
      "sluice diff --data events/log --from 120000 --to 180000",
      "sluice diff --data events/log --from 120000 --limit 1000000 --json",
    ])

  private static let limitUsual = 100

  static func run(_ arguments: Arguments) throws -> ExitCode {
    _ = try arguments.required("from")
    let limit = try arguments.integer("limit", in: 0...Int64(UInt32.max)) ?? Int64(limitUsual)
    // The end first: it may be the first to be refused, and the log may grow meanwhile.
    let end = try LogView(arguments, endingAt: "to")
    let begin = try LogView(arguments, endingAt: "from")
    guard begin.reader.durableEnd <= end.reader.durableEnd else {
      throw UsageFault(
        what: "--from \(begin.reader.durableEnd.rawValue) lies behind --to "
          + "\(end.reader.durableEnd.rawValue)",
        hint: "Give the earlier position with --from")
    }
    var before = ModelFold(hashesLeaves: true)
    try before.follow(begin)
    var after = before
    var moves = MerchantMoves(knowing: before.model.merchants.count)
    try after.follow(end) { batch in try moves.take(batch) }
    let difference = LogDifference(before, after, moves, limit: Int(limit))
    say(arguments.flag("json") ? difference.document : Array(difference.text.utf8))
    return .done
  }
}

/// Where the last events stand that moved merchants.
struct MerchantMoves {
  /// Of the merchants that were registered, in the order of their numbers.
  private var registrations: [Position] = []
  private var closings: [MerchantNumber: Position] = [:]
  /// By rollout, then by merchant.
  private var switches: [[Position]] = []
  /// How many merchants there were at the beginning.
  private let known: Int

  init(knowing count: Int) { known = count }

  mutating func take(_ batch: borrowing EventBatch) throws {
    for index in 0..<batch.count where !EventKind.isPayment(batch.kind(index)) {
      let position = batch.position(index)
      if let step = MerchantSwitch(batch, index) {
        note(step.header.merchant, step.rollout, position)
        continue
      }
      let event = try batch.event(index)
      switch event.payload {
      case .merchantRegistered: registrations.append(position)
      case .merchantClosed: closings[event.header.merchant] = position
      case .merchantExcluded(let fields):
        note(event.header.merchant, fields.rollout, position)
      case .merchantReinstated(let fields):
        note(event.header.merchant, fields.rollout, position)
      default: break
      }
    }
  }

  private mutating func note(
    _ merchant: MerchantNumber, _ rollout: RolloutNumber, _ position: Position
  ) {
    let (row, place) = (Int(rollout.rawValue) - 1, Int(merchant.rawValue) - 1)
    while switches.count <= row { switches.append([]) }
    if switches[row].count <= place {
      let missing = max(place + 1, known + registrations.count) - switches[row].count
      switches[row].append(contentsOf: repeatElement(.none, count: missing))
    }
    switches[row][place] = position
  }

  func registration(_ merchant: MerchantNumber) -> Position {
    let place = Int(merchant.rawValue) - 1 - known
    return registrations.indices.contains(place) ? registrations[place] : .none
  }

  func closing(_ merchant: MerchantNumber) -> Position { closings[merchant] ?? .none }

  func switching(_ merchant: MerchantNumber, _ rollout: RolloutNumber) -> Position {
    let (row, place) = (Int(rollout.rawValue) - 1, Int(merchant.rawValue) - 1)
    guard switches.indices.contains(row), switches[row].indices.contains(place) else {
      return .none
    }
    return switches[row][place]
  }
}
