// The proleptic Gregorian calendar as day numbers, by integers alone.
//
// The years begin in March, so that the leap day is the last of its year, and go round in eras of
// 400 years, which have 146,097 days each.

public import Events

/// A date of the calendar.
public struct CivilDate: Hashable, Sendable {
  public let year: Int
  public let month: Int
  public let day: Int

  private static let daysOfEra = 146_097
  /// Days from 0000-03-01 to 1970-01-01.
  private static let daysTo1970 = 719_468

  /// The date of these numbers; nil where the calendar has none.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= CivilDate.days(of: month, in: year)
    else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date this many days after 1970-01-01.
  public init(dayNumber: Int) {
    let days = dayNumber + CivilDate.daysTo1970
    let era = (days >= 0 ? days : days - (CivilDate.daysOfEra - 1)) / CivilDate.daysOfEra
    let dayOfEra = days - era * CivilDate.daysOfEra
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01.
  public var dayNumber: Int {
    let marchYear = month <= 2 ? year - 1 : year
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let monthFromMarch = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * CivilDate.daysOfEra + dayOfEra - CivilDate.daysTo1970
  }

  /// How many days a month has.
  public static func days(of month: Int, in year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Appends the date as `2024-09-12`.
  public func append(to out: inout [UInt8]) {
    precondition((0...9999).contains(year), "a year of more than four digits is written")
    appendDigits(UInt64(year), width: 4, to: &out)
    out.append(Byte.minus)
    appendDigits(UInt64(month), width: 2, to: &out)
    out.append(Byte.minus)
    appendDigits(UInt64(day), width: 2, to: &out)
  }
}

extension BeijingDay {
  public init(_ date: CivilDate) { self.init(Int32(date.dayNumber)) }

  public var date: CivilDate { CivilDate(dayNumber: Int(rawValue)) }

  /// The day as `2024-09-12`.
  public var text: String {
    var bytes: [UInt8] = []
    date.append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
