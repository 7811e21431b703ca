// The closed lists of words that requests use.

import Events

/// The words of the wire with what they mean.
enum Words {
  enum Verb: CaseIterable {
    case payment, offer, attempt, merchant, stop
    case closeMerchant, excludeMerchant, reinstateMerchant
    case consult, announce, approve, start, pause, resume, abort, rollBack, reinstate
    case confirmClock, publishDump

    var name: String {
      var name = ""
      for character in "\(self)" {
        if character.isUppercase { name.append("-") }
        name.append(contentsOf: character.lowercased())
      }
      return name
    }
  }

  enum Query { case clock, open, status, dump }

  static let verbs = list(Verb.allCases) { $0.name }
  static let queries: [(name: ShortText, value: Query)] = list([
    Query.clock, .open, .status, .dump,
  ]) { "\($0)" }
  static let institutions = list(Institution.allCases) { $0.name }
  static let outcomes = list(Outcome.allCases) { $0.name }
  static let platforms = list(ShopPlatform.allCases) { $0.name }
  static let tiers = list(Tier.allCases) { $0.name }
  static let scopes = list(OrderScope.allCases) { $0.name }
  /// ISO 4217 codes met in the trade, with their numbers.
  static let currencies: [(name: ShortText, value: UInt16)] = list([
    ("CNY", 156), ("HKD", 344), ("MOP", 446), ("TWD", 901), ("USD", 840), ("EUR", 978),
    ("JPY", 392), ("KRW", 410), ("GBP", 826), ("SGD", 702), ("AUD", 36), ("CAD", 124),
    ("THB", 764), ("MYR", 458), ("CHF", 756), ("NZD", 554),
  ]) { $0.0 }.map { ($0.name, UInt16($0.value.1)) }

  private static func list<Value>(
    _ values: [Value], _ name: (Value) -> String
  ) -> [(name: ShortText, value: Value)] {
    values.map { value in
      guard let word = ShortText(name(value)) else {
        preconditionFailure("a word of the wire is longer than a short text")
      }
      return (word, value)
    }
  }
}
