// Instants as text: RFC 3339, read strictly and written in one way.
//
// Read: `2024-09-12T00:00:00+08:00`, a fraction of 1 to 9 digits, `Z` or an offset up to 23:59, `t`
// and `z` as well; and a bare date, which is midnight in Beijing. A time without an offset is
// refused, for nobody can know which instant it is. The years are 1970 to 2199.
//
// The log counts POSIX time, which has no leap seconds: 23:59:60Z on the last day of a June or a
// December, the only ends a leap second has ever had, is read as the second that follows it.

public import Events

/// Reads and writes instants.
public enum RFC3339 {
  public static let years = 1970...2199
  /// The longest text: nine digits of fraction and an offset.
  public static let bytesMax = 35
  public static let beijingOffset = Int(BeijingDay.offsetSeconds)

  private static let secondsPerDay = Int(BeijingDay.secondsPerDay)

  public static func parse(_ bytes: Span<UInt8>) throws(TextFault) -> Timestamp {
    if let time = usual(unsafe bytes.bytes, 0, bytes.count) { return time }
    return try parseAny(bytes)
  }

  private static func parseAny(_ bytes: Span<UInt8>) throws(TextFault) -> Timestamp {
    guard bytes.count <= bytesMax else {
      throw .at(bytesMax, of: bytes, "a time has more than \(bytesMax) bytes", form)
    }
    var cursor = DigitCursor(bytes)
    let date = try date(&cursor)
    if cursor.isAtEnd { return try day(date, bytes).start }
    guard cursor.take(UInt8(ascii: "T")) || cursor.take(UInt8(ascii: "t")) else {
      throw cursor.fault("a T must stand between date and time", form)
    }
    let clock = try clock(&cursor)
    let offset = try offset(&cursor)
    guard cursor.isAtEnd else { throw cursor.fault("more stands behind the offset", form) }
    var seconds = date.dayNumber * secondsPerDay + clock.seconds - offset
    if clock.isLeap {
      // The fields count the leap second already as the one that follows.
      let next = CivilDate(dayNumber: Int(floorDivide(Int64(seconds), BeijingDay.secondsPerDay)))
      guard seconds % secondsPerDay == 0, next.day == 1, next.month == 1 || next.month == 7 else {
        throw .at(
          17, of: bytes, "second 60 is no leap second there",
          "Leap seconds are 23:59:60Z at the end of June or December.")
      }
      seconds = next.dayNumber * secondsPerDay
    }
    guard seconds >= 0, seconds < Int(Timestamp.latest.seconds) else {
      throw .at(
        0, of: bytes,
        "the instant lies outside the years \(years.lowerBound) to \(years.upperBound)"
      )
    }
    return Timestamp(
      nanoseconds: Int64(seconds) * Timestamp.nanosecondsPerSecond + clock.nanoseconds)
  }

  public static func parse(_ text: String) throws(TextFault) -> Timestamp {
    try parse(Array(text.utf8).span)
  }

  /// Reads `2024-09-12` and nothing else.
  public static func parseDay(_ bytes: Span<UInt8>) throws(TextFault) -> BeijingDay {
    var cursor = DigitCursor(bytes)
    let date = try date(&cursor)
    guard cursor.isAtEnd else {
      throw cursor.fault("more stands behind the date", "Write a day as 2024-09-12.")
    }
    return BeijingDay(date)
  }

  public static func parseDay(_ text: String) throws(TextFault) -> BeijingDay {
    try parseDay(Array(text.utf8).span)
  }
}

// MARK: - The usual form

extension RFC3339 {
  private static let zeros: UInt64 = 0x3030_3030_3030_3030

  /// `2024-09-12T00:00:00+08:00` or the same with `Z`, as nearly every sender writes it, read eight
  /// bytes at a time from one offset to another; nil for any other text, right or wrong.
  public static func usual(_ raw: RawSpan, _ start: Int, _ end: Int) -> Timestamp? {
    let isBeijing = end &- start == 25
    guard start >= 0, end <= raw.byteCount, isBeijing || end &- start == 20 else { return nil }
    let tail = raw.word(at: start &+ 16, count: 4)
    if isBeijing {
      // "+08:00" without its plus stands at 20.
      guard tail >> 24 == UInt64(Byte.plus), raw.word(at: start &+ 20, count: 5) == 0x30_303a_3830
      else { return nil }
    } else if tail >> 24 != UInt64(UInt8(ascii: "Z")) {
      return nil
    }
    // "2024-09-" "12T00:00" ":00"
    guard let date = digits(raw.word(at: start, count: 8), signs: 0xff00_00ff_0000_0000, "-", "-"),
      let clock = digits(
        raw.word(at: start &+ 8, count: 8), signs: 0x0000_ff00_00ff_0000, "T", ":"),
      tail & 0xff == UInt64(Byte.colon)
    else { return nil }
    let tens = UInt8(truncatingIfNeeded: tail >> 8) &- Byte.zero
    let ones = UInt8(truncatingIfNeeded: tail >> 16) &- Byte.zero
    guard tens < 6, ones < 10 else { return nil }
    func part(_ word: UInt64, _ index: UInt64) -> Int {
      let shifted = word >> (index &* 8)
      return Int(shifted & 0xf) &* 10 &+ Int(shifted >> 8 & 0xf)
    }
    let year = part(date, 0) &* 100 &+ part(date, 2)
    let (month, day) = (part(date, 5), part(clock, 0))
    let (hour, minute) = (part(clock, 3), part(clock, 6))
    guard hour < 24, minute < 60, years.contains(year),
      let civil = CivilDate(year: year, month: month, day: day)
    else { return nil }
    let second = Int(tens) &* 10 &+ Int(ones)
    let ofDay = hour &* 3600 &+ minute &* 60 &+ second
    let seconds = civil.dayNumber &* secondsPerDay &+ ofDay &- (isBeijing ? beijingOffset : 0)
    guard seconds >= 0, seconds < Int(Timestamp.latest.seconds) else { return nil }
    return Timestamp(nanoseconds: Int64(seconds) &* Timestamp.nanosecondsPerSecond)
  }

  /// The word with each digit's value in its byte, where all bytes but the two signs are digits.
  @inline(__always)
  private static func digits(
    _ word: UInt64, signs: UInt64, _ first: Unicode.Scalar, _ second: Unicode.Scalar
  ) -> UInt64? {
    let places = signs & 0x0101_0101_0101_0101
    let low = places & (~places &+ 1)
    let wanted = low &* UInt64(first.value) | (places ^ low) &* UInt64(second.value)
    guard word & signs == wanted else { return nil }
    let values = (word & ~signs) ^ (zeros & ~signs)
    // Six more than a digit's value stays below sixteen; every other byte goes above.
    let isOver = (values &+ 0x0606_0606_0606_0606) | values
    guard isOver & 0xf0f0_f0f0_f0f0_f0f0 == 0 else { return nil }
    return values
  }
}

// MARK: - Reading

extension RFC3339 {
  private static let form = "Write a time as 2024-09-12T00:00:00+08:00."

  private struct Clock {
    var seconds: Int
    var nanoseconds: Int64
    var isLeap: Bool
  }

  /// The day of a bare date, where its midnight is an instant that can be kept.
  private static func day(
    _ date: CivilDate, _ bytes: Span<UInt8>
  ) throws(TextFault) -> BeijingDay {
    let day = BeijingDay(date)
    guard day.rawValue > 0 else {
      throw .at(0, of: bytes, "the day begins before 1970 in UTC", "Name a later day.")
    }
    return day
  }

  private static func date(_ cursor: inout DigitCursor) throws(TextFault) -> CivilDate {
    let year = try cursor.number(digits: 4, "the year", years)
    try cursor.demand(Byte.minus, form)
    let month = try cursor.number(digits: 2, "the month", 1...12)
    try cursor.demand(Byte.minus, form)
    let last = CivilDate.days(of: month, in: year)
    let day = try cursor.number(digits: 2, "the day", 1...last)
    guard let date = CivilDate(year: year, month: month, day: day) else {
      throw cursor.fault("the calendar has no such day", form)
    }
    return date
  }

  private static func clock(_ cursor: inout DigitCursor) throws(TextFault) -> Clock {
    let hour = try cursor.number(digits: 2, "the hour", 0...23)
    try cursor.demand(Byte.colon, form)
    let minute = try cursor.number(digits: 2, "the minute", 0...59)
    try cursor.demand(Byte.colon, form)
    let second = try cursor.number(digits: 2, "the second", 0...60)
    var nanoseconds: Int64 = 0
    if cursor.take(Byte.point) {
      var unit: Int64 = 100_000_000
      repeat {
        guard unit > 0 else { throw cursor.fault("a fraction has more than 9 digits", form) }
        nanoseconds += Int64(try cursor.number(digits: 1, "the fraction", 0...9)) * unit
        unit /= 10
      } while Byte.isDigit(cursor.current)
    }
    return Clock(
      seconds: hour * 3600 + minute * 60 + second, nanoseconds: nanoseconds, isLeap: second == 60)
  }

  /// The offset in seconds, east of Greenwich positive.
  private static func offset(_ cursor: inout DigitCursor) throws(TextFault) -> Int {
    if cursor.take(UInt8(ascii: "Z")) || cursor.take(UInt8(ascii: "z")) { return 0 }
    let isEast = cursor.take(Byte.plus)
    guard isEast || cursor.take(Byte.minus) else {
      throw cursor.fault("the time has no offset", "End it with Z, or with +08:00 for Beijing.")
    }
    let hours = try cursor.number(digits: 2, "the offset's hour", 0...23)
    try cursor.demand(Byte.colon, form)
    let minutes = try cursor.number(digits: 2, "the offset's minute", 0...59)
    let seconds = hours * 3600 + minutes * 60
    return isEast ? seconds : -seconds
  }
}

// MARK: - Writing

extension RFC3339 {
  /// Appends an instant: `Z` where the offset is 0, no fraction where it is whole, else 3, 6 or 9
  /// digits of it.
  public static func append(
    _ time: Timestamp, offsetSeconds: Int = 0, to out: inout [UInt8]
  ) {
    var writer = InstantWriter(offsetSeconds: offsetSeconds)
    out.append(room: bytesMax) { writer.append(time, to: &$0) }
  }

  public static func text(_ time: Timestamp, offsetSeconds: Int = 0) -> String {
    var bytes: [UInt8] = []
    append(time, offsetSeconds: offsetSeconds, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The instant as Beijing's clocks show it: `2024-09-12T00:00:00+08:00`.
  public static func beijing(_ time: Timestamp) -> String {
    text(time, offsetSeconds: beijingOffset)
  }
}
