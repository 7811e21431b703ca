// A published rule set as a value: which unified word stands for which field of a payment.

public import Events

/// The terms of a document: unified words in place of the institutions' own.
public struct Terms: Hashable, Sendable {
  /// The same for every version: `unified-2024-09`.
  public var name: ShortText
  /// From 1.
  public var version: UInt32
  /// The day of Beijing on which they were made known.
  public var published: BeijingDay
  /// From when they count.
  public var effectiveAt: Timestamp
  /// In the order of the document; a field stands there once.
  public var words: [Word]

  public init(
    name: ShortText, version: UInt32, published: BeijingDay, effectiveAt: Timestamp, words: [Word]
  ) {
    self.name = name
    self.version = version
    self.published = published
    self.effectiveAt = effectiveAt
    self.words = words
  }

  /// What of a payment may have a published word; the raw value is the log's name for it.
  public enum Field: String, CaseIterable, Sendable {
    case institution
    case account
    case balanceAmount = "balance_amount"
    case orderAmount = "order_amount"
    case paidAmount = "paid_amount"
  }

  /// One unified word, with what it takes the place of.
  public struct Word: Hashable, Sendable {
    public var field: Field
    public var old: ShortText
    public var chinese: ShortText
    public var english: ShortText

    public init(field: Field, old: ShortText, chinese: ShortText, english: ShortText) {
      self.field = field
      self.old = old
      self.chinese = chinese
      self.english = english
    }
  }

  /// The word of a field; nil where the rule set says nothing of it.
  public func word(_ field: Field) -> Word? { words.first { $0.field == field } }
}
