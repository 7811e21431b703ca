// Documents of terms for tests.

/// A sound document with one word, and what a test changes in it.
public struct TermsDocument: Sendable {
  public var name: String
  public var version: Int
  public var published: String
  public var effective: String
  public var english: String

  public init(
    _ name: String = "t", version: Int = 1, published: String = "2024-09-01",
    effective: String = "2024-09-12", english: String = "order transaction amount"
  ) {
    self.name = name
    self.version = version
    self.published = published
    self.effective = effective
    self.english = english
  }

  public var text: String {
    """
    {"terms":"\(name)","version":\(version),"published":"\(published)",
    "effective_at":"\(effective)","words":[{"field":"order_amount",
    "old":"实付金额","new":"订单成交金额","english":"\(english)"}]}
    """
  }

  public var bytes: [UInt8] { Array(text.utf8) }
}
