// Instants of the log and the Beijing calendar that quotas and reports are cut by.

/// An instant: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
public struct Timestamp: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: Int64
  public init(rawValue: Int64) { self.rawValue = rawValue }
  public init(nanoseconds: Int64) { self.rawValue = nanoseconds }
  public init(seconds: Int64) { self.rawValue = seconds * Timestamp.nanosecondsPerSecond }

  public static let nanosecondsPerSecond: Int64 = 1_000_000_000
  /// What a head carries where the source named no time.
  public static let none = Timestamp(nanoseconds: 0)
  /// The latest instant accepted from outside: the end of the year 2199.
  public static let latest = Timestamp(seconds: 7_258_118_400)

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The instant this many nanoseconds later; traps where that leaves the range of Int64.
  public func advanced(byNanoseconds nanoseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: rawValue + nanoseconds)
  }

  public func advanced(bySeconds seconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: rawValue + seconds * Timestamp.nanosecondsPerSecond)
  }

  /// Whole seconds since 1970, rounded down.
  public var seconds: Int64 { floorDivide(rawValue, Timestamp.nanosecondsPerSecond) }

  /// The day of this instant in Beijing.
  public var beijingDay: BeijingDay {
    BeijingDay(Int32(floorDivide(seconds + BeijingDay.offsetSeconds, BeijingDay.secondsPerDay)))
  }

  /// The clock minute of this instant, counted from 1970-01-01T00:00Z.
  public var minute: Int64 { floorDivide(seconds, 60) }

  /// The clock hour of this instant in Beijing, counted from 1970-01-01T00:00+08:00.
  public var beijingHour: Int64 { floorDivide(seconds + BeijingDay.offsetSeconds, 3600) }

  /// The hour of the Beijing day, 0 to 23.
  public var hourOfBeijingDay: Int { Int(beijingHour - Int64(beijingDay.rawValue) * 24) }
}

/// A calendar day in Beijing (UTC+8, no daylight saving): days since 1970-01-01.
public struct BeijingDay: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }
  public init(_ rawValue: Int32) { self.rawValue = rawValue }

  public static let offsetSeconds: Int64 = 8 * 3600
  public static let secondsPerDay: Int64 = 86_400

  public static func < (left: BeijingDay, right: BeijingDay) -> Bool {
    left.rawValue < right.rawValue
  }

  /// Midnight in Beijing at which this day begins.
  public var start: Timestamp {
    Timestamp(seconds: Int64(rawValue) * BeijingDay.secondsPerDay - BeijingDay.offsetSeconds)
  }

  public func advanced(byDays days: Int) -> BeijingDay { BeijingDay(rawValue + Int32(days)) }
}

/// The quotient rounded towards minus infinity; the divisor is positive.
public func floorDivide(_ dividend: Int64, _ divisor: Int64) -> Int64 {
  let quotient = dividend / divisor
  return dividend % divisor < 0 ? quotient - 1 : quotient
}
