// Which words a screen speaks: a language, and the published terms where the log has them in force.
//
// A label of a term (`Label.institution` and its kind) is the published word of that field; where
// nothing is published, or the rule set says nothing of the field, it is the word built in here,
// which is that of the announcement of September 2024. So a correction of the terms corrects every
// screen, and a log without terms has screens all the same. What scripts read (columns, keys of
// JSON, words of closed lists in dumps) is English and never changes.

import Events
public import Projections

/// The languages of screens, by the word used on the command line.
public enum Language: String, CaseIterable, Sendable {
  case english = "en"
  case chinese = "zh"
}

/// The words of one screen.
public struct Wording: Sendable {
  public let language: Language
  private let terms: Terms?

  /// - Parameter terms: those in force; nil where there are none.
  public init(_ language: Language = .english, terms: Terms? = nil) {
    self.language = language
    self.terms = terms
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
