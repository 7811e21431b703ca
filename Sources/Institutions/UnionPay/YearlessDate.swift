// Dates that come without a year.

internal import Events
internal import Text

/// Gives a month and a day the year in which they lie nearest to a day that is known: 1231 beside
/// 1 January is of the year before, 0101 beside 31 December of the year after.
enum YearlessDate {
  /// The nearest day of that month and number; nil where neither the year of the known day nor the
  /// ones beside it have such a day: 29 February far from a leap year.
  ///
  /// Of two that are equally near it is the earlier one.
  static func day(month: Int, day: Int, near known: BeijingDay) -> BeijingDay? {
    let year = known.date.year
    var nearest: BeijingDay?
    for year in year - 1...year + 1 {
      guard let date = CivilDate(year: year, month: month, day: day) else { continue }
      let candidate = BeijingDay(date)
      if let nearest, distance(nearest, known) <= distance(candidate, known) { continue }
      nearest = candidate
    }
    return nearest
  }

  private static func distance(_ left: BeijingDay, _ right: BeijingDay) -> Int32 {
    abs(left.rawValue - right.rawValue)
  }
}
