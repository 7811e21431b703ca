// Which words a screen speaks: a language, and the published terms where the log has them in force.
//
// A label of a term (`Label.institution` and its kind) is the published word of that field; where
// nothing is published, or the rule set says nothing of the field, it is the word built in here,
// which is that of the announcement of September 2024. So a correction of the terms corrects every
// screen, and a log without terms has screens all the same. What scripts read (columns, keys of
// JSON, words of closed lists in dumps) is English and never changes.

public import Events
public import Projections
import Text

/// The languages of screens, by the word used on the command line.
public enum Language: String, CaseIterable, Sendable {
  case english = "en"
  case chinese = "zh"
}

/// The words of one screen.
public struct Wording: Sendable {
  public let language: Language
  private let terms: Terms?
  /// What stands between the thousands of a number.
  private let thousands: Character

  /// - Parameter terms: those in force; nil where there are none.
  public init(
    _ language: Language = .english, terms: Terms? = nil, thousands: Character = " "
  ) {
    self.language = language
    self.terms = terms
    self.thousands = thousands
  }

  /// The word of a label, as it stands inside a sentence.
  public subscript(label: Label) -> String {
    if let word = label.field.flatMap({ terms?.word($0) }) {
      return (language == .english ? word.english : word.chinese).description
    }
    return language == .english ? label.english : label.chinese
  }

  /// What stands between two clauses.
  public var comma: String { language == .english ? ", " : "，" }

  /// What stands between two sentences.
  public var semicolon: String { language == .english ? "; " : "；" }

  /// Several words one behind the other.
  public func list(_ words: [String]) -> String {
    words.joined(separator: language == .english ? ", " : "、")
  }

  /// The word as the head of a column or a line: it begins with a capital where letters have them.
  public func title(_ label: Label) -> String {
    let word = self[label]
    return word.prefix(1).uppercased() + word.dropFirst()
  }
}

// MARK: - Numbers and time

extension Wording {
  /// A number with its thousands apart.
  public func count(_ number: some BinaryInteger) -> String {
    Wording.count(number, thousands: thousands)
  }

  public static func count(_ number: some BinaryInteger, thousands: Character) -> String {
    var digits = Array(String(number.magnitude))
    var index = digits.count - 3
    while index > 0 {
      digits.insert(thousands, at: index)
      index -= 3
    }
    return (number < 0 ? "-" : "") + String(digits)
  }

  /// An instant by Beijing's clocks, to the second: `2024-09-12 00:00:07`; `-` for none.
  public static func time(_ instant: Timestamp) -> String {
    if instant == .none { return "-" }
    let text = RFC3339.beijing(Timestamp(seconds: instant.seconds))
    return text.prefix(10) + " " + text.dropFirst(11).prefix(8)
  }

  /// How long it is from one instant to a later one: `5 d 13 h`, `2 h 5 min`, `40 s`.
  public func span(from: Timestamp, to: Timestamp) -> String {
    let seconds = max(0, to.seconds - from.seconds)
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60)
    if days > 0 { return self[StatusWords.daysAndHours(days, hours)] }
    if hours > 0 { return self[StatusWords.hoursAndMinutes(hours, minutes)] }
    return self[minutes > 0 ? StatusWords.minutes(minutes) : StatusWords.seconds(seconds)]
  }
}
