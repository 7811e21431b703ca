// The closed lists of words that requests use.

import Events
import Institutions

/// The words of the wire with what they mean.
enum Words {
  enum Verb: CaseIterable {
    case payment, offer, attempt, orderFailed, orderTimedOut, merchant, stop
    case closeMerchant, excludeMerchant, reinstateMerchant
    case consult, announce, amend, approve, start, pause, resume, abort, rollBack, reinstate
    case confirmClock, publishDump, publishTerms, notice, reconcileStatement, adjustPayment
    case resolveDiscrepancy, dispute, eraseSubject

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
  static let queries = list([
    Query.clock, .open, .status, .dump,
  ]) { "\($0)" }
  static let institutions = list(Institution.allCases) { $0.name }
  static let outcomes = list(Outcome.allCases) { $0.name }
  static let platforms = list(ShopPlatform.allCases) { $0.name }
  static let tiers = list(Tier.allCases) { $0.name }
  static let subjects = list(ApprovalSubject.allCases) { $0.name }
  static let scopes = list(OrderScope.allCases) { $0.name }
  static let refundReports = WireWords<RefundBasis>([
    ("incremental", .single), ("cumulative", .sum),
  ])
  static let discrepancies = WireWords(
    PolicyFlags.names.filter { PolicyFlags.discrepancies.contains($0.flag) }
      .map { (name: $0.name, value: $0.flag) })
  static let answers = list(DiscrepancyAnswer.allCases) { $0.name }
  static let stages = list(DisputeStage.allCases) { $0.name }
  static let currencies = WireWords<UInt16>(
    Currency.all.map { ($0.letters, $0.number) }, names: "the currencies of ISO 4217, as CNY")

  private static func list<Value>(
    _ values: [Value], _ name: (Value) -> String
  ) -> WireWords<Value> {
    WireWords(values.map { (name($0), $0) })
  }
}

/// A closed list of words, found by their bytes as three integers.
struct WireWords<Value: Sendable>: Sendable {
  private static var bytesMax: Int { 24 }

  private struct Word: Sendable {
    var low: UInt64
    var middle: UInt64
    var high: UInt64
    var count: Int
    var value: Value
  }

  private let words: [Word]
  /// All of them, for a fault.
  let names: String

  /// - Parameter names: what they are, where they are too many to be listed.
  init(_ words: [(name: String, value: Value)], names: String? = nil) {
    self.names = names ?? words.map(\.name).joined(separator: ", ")
    self.words = words.map { name, value in
      guard let text = ShortText(name), text.count <= WireWords.bytesMax else {
        preconditionFailure("a word of the wire is longer than a short text")
      }
      return Word(
        low: text.word(0), middle: text.word(1), high: text.word(2), count: Int(text.count),
        value: value)
    }
  }

  func find(_ text: RawSpan) -> Value? { find(text, 0, text.byteCount) }

  /// The word that stands in the bytes from one offset to another.
  @inline(__always)
  func find(_ text: RawSpan, _ start: Int, _ end: Int) -> Value? {
    let count = end &- start
    guard count <= WireWords.bytesMax, count > 0 else { return nil }
    let low = text.word(at: start, count: min(8, count))
    let middle = count > 8 ? text.word(at: start &+ 8, count: min(8, count &- 8)) : 0
    let high = count > 16 ? text.word(at: start &+ 16, count: count &- 16) : 0
    for word in words
    where word.low == low && word.count == count && word.middle == middle && word.high == high {
      return word.value
    }
    return nil
  }
}
