// What an operator writes about time in the words of a place, and the closed intervals it becomes.
//
//   zone                 an IANA name; the fields below are in its local time
//   opening_hours        {from, to}: times of day between which merchants are enabled
//   blackouts            [{from, to, why}]: local times such as 2024-10-01T00:00, or instants
//   recurring_blackouts  [{days, from, to, why}]: days is "every" or a list of mon to sun
//
// An end that is not after its beginning is one of the next day. This is done once, before a plan
// is announced or amended: the log holds UTC instants alone, and a replay asks no time zone
// database. Where several reasons close the same time, the one that comes first in this order is
// named: an interval of `closed` that stands in the document already, a blackout, a recurring one,
// the opening hours. Intervals are made from the day of effect to the window's end; where the plan
// goes on behind it, for 31 days more.

import Events
import Text

/// The calendar of a plan as an operator writes it.
public struct PlanCalendar {
  /// The fields that a document has before it is resolved, and never after.
  public static let fieldNames = ["zone", "opening_hours", "blackouts", "recurring_blackouts"]
  /// How long behind the window intervals are made where the plan may go on.
  static let daysBehindWindow: Int64 = 31
  static let blackoutsMax = 500
  static let recurringMax = 50

  /// A local time, or an instant; seconds since 1970 of either.
  enum Moment: Hashable {
    case local(Int64)
    case instant(Int64)
  }

  struct Blackout {
    var from: Moment
    var to: Moment
    var why: ShortText
  }

  struct Recurring {
    /// From Sunday on.
    var days: [Bool]
    /// Seconds after midnight.
    var from: Int64
    var to: Int64
    var why: ShortText
  }

  var openingHours: (from: Int64, to: Int64)?
  var blackouts: [Blackout] = []
  var recurring: [Recurring] = []
  /// What the document closes by instants already.
  var closed: [ClosedInterval] = []
}

// MARK: - Intervals

extension PlanCalendar {
  private struct Piece {
    var from: Int64
    var to: Int64
    var why: ShortText
    /// The lower goes before where two close the same time.
    var rank: Int
  }

  private static let day: Int64 = 86_400
  private static let openingHoursCode = "opening-hours"

  /// Everything that is closed from one instant to another, sorted and without overlap.
  func intervals(
    _ zone: any ZoneOffsets, from start: Timestamp, to end: Timestamp
  ) -> [ClosedInterval] {
    let clock = LocalClock(zone)
    var pieces = closed.map {
      Piece(from: $0.from.seconds, to: $0.to.seconds, why: $0.why, rank: 0)
    }
    for blackout in blackouts {
      pieces.append(
        Piece(
          from: PlanCalendar.seconds(blackout.from, clock, isEnd: false),
          to: PlanCalendar.seconds(blackout.to, clock, isEnd: true), why: blackout.why, rank: 1))
    }
    for day in clock.day(at: start.seconds) - 1...clock.day(at: end.seconds) + 1 {
      add(day, clock, to: &pieces)
    }
    return PlanCalendar.joined(pieces).compactMap { piece in
      // What was written as instants stays as it was, wherever it lies.
      let from = piece.rank == 0 ? piece.from : max(piece.from, start.seconds)
      let to = piece.rank == 0 ? piece.to : min(piece.to, end.seconds)
      guard from < to else { return nil }
      return ClosedInterval(
        from: Timestamp(seconds: from), to: Timestamp(seconds: to), why: piece.why)
    }
  }

  private static func seconds(_ moment: Moment, _ clock: LocalClock, isEnd: Bool) -> Int64 {
    switch moment {
    case .instant(let seconds): seconds
    case .local(let local): clock.instant(local, isEnd: isEnd)
    }
  }

  /// What recurs on a local day, and the night behind its opening hours.
  private func add(_ day: Int64, _ clock: LocalClock, to pieces: inout [Piece]) {
    let midnight = day * PlanCalendar.day
    func next(_ from: Int64, _ to: Int64) -> Int64 { to > from ? 0 : PlanCalendar.day }
    // The first of January 1970 was a Thursday.
    let weekday = Int((day + 4) % 7)
    for blackout in recurring where blackout.days[weekday] {
      pieces.append(
        Piece(
          from: clock.instant(midnight + blackout.from, isEnd: false),
          to: clock.instant(
            midnight + next(blackout.from, blackout.to) + blackout.to, isEnd: true),
          why: blackout.why, rank: 2))
    }
    guard let (from, to) = openingHours, let why = ShortText(PlanCalendar.openingHoursCode) else {
      return
    }
    let closes = midnight + next(from, to) + to
    let opens = midnight + PlanCalendar.day + from
    guard closes < opens else { return }
    pieces.append(
      Piece(
        from: clock.instant(closes, isEnd: false), to: clock.opening(opens), why: why, rank: 3))
  }

  /// The pieces cut where they overlap, each part with the reason that goes before.
  private static func joined(_ pieces: [Piece]) -> [Piece] {
    let sorted = pieces.filter { $0.from < $0.to }.sorted { $0.from < $1.from }
    let cuts = Set(sorted.flatMap { [$0.from, $0.to] }).sorted()
    var joined: [Piece] = []
    var open: [Piece] = []
    var next = 0
    for (from, to) in zip(cuts, cuts.dropFirst()) {
      open.removeAll { $0.to <= from }
      while next < sorted.count, sorted[next].from <= from {
        open.append(sorted[next])
        next += 1
      }
      guard let first = open.min(by: { $0.rank < $1.rank }) else { continue }
      if let last = joined.last, last.to == from, last.why == first.why, last.rank == first.rank {
        joined[joined.count - 1].to = to
      } else {
        joined.append(Piece(from: from, to: to, why: first.why, rank: first.rank))
      }
    }
    return joined
  }
}
