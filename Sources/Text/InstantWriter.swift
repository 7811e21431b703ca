// Writes instants as RFC 3339, one after another: what most of them share is made once.
//
// The instants of a table lie on a few days, so the dates of the days met last are kept. The clock
// is one number, `hh0mm0ss`, whose eight digits are made at once; the zeros between become colons.

public import Events

/// Writes instants with one offset.
public struct InstantWriter: Sendable {
  private let offsetSeconds: Int64
  /// `Z` or `+08:00`.
  private let ending: UInt64
  private let endingLength: Int
  private var dates = InlineArray<16, Date>(repeating: Date())

  /// A day's first second, counted in the offset's own clock, and its text: `2024-09-` and `12T`.
  private struct Date: BitwiseCopyable, Sendable {
    var start: Int64 = .min
    var yearAndMonth: UInt64 = 0
    var day: UInt64 = 0
  }

  private static let colons: UInt64 =
    UInt64(Byte.colon - Byte.zero) << 16 | UInt64(Byte.colon - Byte.zero) << 40

  /// - Parameter offsetSeconds: whole minutes, less than a day.
  public init(offsetSeconds: Int) {
    precondition(
      offsetSeconds % 60 == 0 && abs(offsetSeconds) < Int(BeijingDay.secondsPerDay),
      "an offset is whole minutes, less than a day")
    self.offsetSeconds = Int64(offsetSeconds)
    var bytes: [UInt8] = []
    if offsetSeconds == 0 {
      bytes.append(UInt8(ascii: "Z"))
    } else {
      bytes.append(offsetSeconds < 0 ? Byte.minus : Byte.plus)
      let minutes = UInt64(abs(offsetSeconds) / 60)
      appendDigits(minutes / 60, width: 2, to: &bytes)
      bytes.append(Byte.colon)
      appendDigits(minutes % 60, width: 2, to: &bytes)
    }
    ending = InstantWriter.word(bytes[...])
    endingLength = bytes.count
  }

  /// Appends an instant: no fraction where it is whole, else 3, 6 or 9 digits of it.
  public mutating func append(_ time: Timestamp, to cursor: inout ByteCursor) {
    let (whole, fraction) = InstantWriter.divide(time.rawValue, 1_000_000_000)
    let local = whole &+ offsetSeconds
    let (day, second) = InstantWriter.divide(local, 86_400)
    let start = day &* 86_400
    let slot = Int(truncatingIfNeeded: day) & 15
    if dates[slot].start != start { dates[slot] = InstantWriter.date(day) }
    cursor.append(dates[slot].yearAndMonth, 8)
    cursor.append(dates[slot].day, 3)
    let seconds = UInt32(truncatingIfNeeded: second)
    let minutes = seconds / 60
    let hours = minutes / 60
    let clock =
      hours &* 1_000_000 &+ (minutes &- hours &* 60) &* 1000 &+ (seconds &- minutes &* 60)
    cursor.append(eightDigits(clock) &+ InstantWriter.colons, 8)
    if fraction > 0 { append(fraction: UInt32(truncatingIfNeeded: fraction), to: &cursor) }
    cursor.append(ending, endingLength)
  }

  /// Quotient and remainder, rounded towards minus infinity; inlined, so that a constant divisor
  /// becomes a multiplication.
  @inline(__always)
  private static func divide(_ dividend: Int64, _ divisor: Int64) -> (Int64, Int64) {
    let quotient = dividend / divisor
    let rest = dividend &- quotient &* divisor
    return rest < 0 ? (quotient &- 1, rest &+ divisor) : (quotient, rest)
  }

  private func append(fraction: UInt32, to cursor: inout ByteCursor) {
    cursor.append(Byte.point)
    let tenth = fraction / 10
    cursor.append(eightDigits(tenth), 8)
    cursor.append(Byte.zero + UInt8(truncatingIfNeeded: fraction &- tenth &* 10))
    if fraction % 1_000_000 == 0 {
      cursor.removeLast(6)
    } else if fraction % 1000 == 0 {
      cursor.removeLast(3)
    }
  }

  private static func date(_ dayNumber: Int64) -> Date {
    var bytes: [UInt8] = []
    CivilDate(dayNumber: Int(dayNumber)).append(to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    return Date(
      start: dayNumber * BeijingDay.secondsPerDay, yearAndMonth: word(bytes[..<8]),
      day: word(bytes[8...]))
  }

  /// At most eight bytes, the first in the lowest place.
  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
