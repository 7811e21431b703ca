// What guards a rollout, as its plan says it: how evidence is gathered, and what ends the opening.

/// A ratio in thousandths: 1250 is a quarter more.
public struct Ratio: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public init(thousandths: UInt32) { self.rawValue = thousandths }

  public static let one = Ratio(thousandths: 1000)

  public static func < (left: Ratio, right: Ratio) -> Bool { left.rawValue < right.rawValue }
}

extension Ratio: CustomStringConvertible {
  /// As the document writes it: `1.25`.
  public var description: String { decimalText(rawValue, decimals: 3) }
}

/// What a breach of a guardrail leads to.
public enum BreachAction: String, Hashable, CaseIterable, Sendable {
  /// No new enablement until somebody resumes.
  case pause = "pause"
  /// The same, and the method is withdrawn from the wave that opened last.
  case rollBackWave = "roll-back-wave"
}

/// A guardrail, by what it watches.
public enum GuardrailKind: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  /// Orders at merchants that are on fail more often than those at merchants not yet enabled.
  case checkout = 1
  /// Attempts through the rollout's institution fail more often than those through the others, at
  /// merchants that are on.
  case institution = 2
  /// Attempts through the institution fail more often than an absolute limit.
  case limit = 3
  /// One merchant's own failures are above a limit of their own.
  case merchant = 4
  /// Both sides are above the absolute limit: nobody's opening is the cause.
  case outage = 5

  /// The name in events and on screens.
  public var name: String {
    switch self {
    case .checkout: "checkout-harm"
    case .institution: "institution-harm"
    case .limit: "failure-limit"
    case .merchant: "merchant-failures"
    case .outage: "institution-outage"
    }
  }

  /// The name as the log holds it, and the reason of what a breach leads to.
  public var text: ShortText {
    guard let text = ShortText(name) else { preconditionFailure("a name is too long") }
    return text
  }

  public init?(name: some StringProtocol) {
    guard let found = GuardrailKind.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

/// The guardrails of a plan.
public struct Guardrails: Hashable, Sendable {
  /// A comparison of two sides.
  public struct Comparison: Hashable, Sendable {
    /// How many times as often the watched side may fail.
    public var tolerated: Ratio
    public var action: BreachAction

    public init(tolerated: Ratio, action: BreachAction) {
      self.tolerated = tolerated
      self.action = action
    }
  }

  /// An absolute limit on the institution's failures at merchants that are on.
  public struct Limit: Hashable, Sendable {
    public var failures: Share
    public var action: BreachAction

    public init(failures: Share, action: BreachAction) {
      self.failures = failures
      self.action = action
    }
  }

  /// A limit on a test of its own, with its own error.
  public struct Gate: Hashable, Sendable {
    public var ratio: Ratio
    public var alpha: Share

    public init(ratio: Ratio, alpha: Share) {
      self.ratio = ratio
      self.alpha = alpha
    }
  }

  /// A limit on each merchant's own failures.
  public struct MerchantLimit: Hashable, Sendable {
    public var failures: Share
    /// The chance of a false alarm at one merchant.
    public var alpha: Share

    public init(failures: Share, alpha: Share) {
      self.failures = failures
      self.alpha = alpha
    }
  }

  public static let blockSecondsMin: Int64 = 60

  /// How long a block is.
  public var blockSeconds: Int64
  /// How long an attempt may go without an answer before it has failed; a block is closed so long
  /// after its end.
  public var answerSeconds: Int64
  /// The chance of a false alarm in the whole rollout, split over `checkout`, `institution` and
  /// `limit`.
  public var alpha: Share
  public var checkout: Comparison?
  public var institution: Comparison?
  public var limit: Limit?
  public var merchant: MerchantLimit?
  /// What must be shown before a further wave opens: that orders at merchants that are on fail less
  /// than so many times as often as the others'.
  public var widen: Gate?
  /// How many orders each side must have had in closed blocks before a further wave opens.
  public var ordersMin: UInt32
  /// After so many closed blocks in a row without an order nobody is enabled until orders come.
  public var silentBlocksMax: Int
  /// Orders of less are in no evidence: probes and orders of the staff.
  public var ignoreBelow: Money

  public init(
    blockSeconds: Int64, answerSeconds: Int64, alpha: Share, checkout: Comparison?,
    institution: Comparison?, limit: Limit?, merchant: MerchantLimit?, widen: Gate?,
    ordersMin: UInt32, silentBlocksMax: Int, ignoreBelow: Money = .zero
  ) {
    self.blockSeconds = blockSeconds
    self.answerSeconds = answerSeconds
    self.alpha = alpha
    self.checkout = checkout
    self.institution = institution
    self.limit = limit
    self.merchant = merchant
    self.widen = widen
    self.ordersMin = ordersMin
    self.silentBlocksMax = silentBlocksMax
    self.ignoreBelow = ignoreBelow
  }

  /// Over how many guardrails alpha is split.
  public var parts: Int {
    (checkout == nil ? 0 : 1) + (institution == nil ? 0 : 1) + (limit == nil ? 0 : 1)
  }

  /// What a breach leads to; an outage and a merchant's own failures have an action of their own.
  public func action(_ kind: GuardrailKind) -> BreachAction {
    switch kind {
    case .checkout: checkout?.action ?? .pause
    case .institution: institution?.action ?? .pause
    case .limit: limit?.action ?? .pause
    case .merchant, .outage: .pause
    }
  }

  /// The beginning of the block that an instant lies in.
  public func blockStart(_ instant: Timestamp) -> Timestamp {
    let length = blockSeconds * Timestamp.nanosecondsPerSecond
    let rest = instant.rawValue % length
    return Timestamp(rawValue: instant.rawValue - (rest < 0 ? rest + length : rest))
  }
}
