// The plan of a rollout as a value: every instant in it was computed once, from the document.

/// A part of a whole in parts per million: 4 % is 40,000.
public struct Share: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public init(partsPerMillion: UInt32) { self.rawValue = partsPerMillion }

  public static let none = Share(partsPerMillion: 0)
  public static let whole = Share(partsPerMillion: 1_000_000)

  public static func < (left: Share, right: Share) -> Bool { left.rawValue < right.rawValue }

  /// This part of a total, rounded down.
  public func of(_ total: UInt64) -> UInt64 { division(total).quotient }

  /// This part of a total, rounded up.
  public func roundedUp(of total: UInt64) -> UInt64 {
    let (quotient, remainder) = division(total)
    return remainder == 0 ? quotient : quotient + 1
  }

  private func division(_ total: UInt64) -> (quotient: UInt64, remainder: UInt64) {
    precondition(self <= Share.whole, "a share is more than the whole")
    let product = total.multipliedFullWidth(by: UInt64(rawValue))
    return UInt64(Share.whole.rawValue).dividingFullWidth(product)
  }
}

extension Share: CustomStringConvertible {
  /// As the document writes it: `0.5%`.
  public var description: String { decimalText(rawValue, decimals: 4) + "%" }
}

/// A number of so many decimals without the zeros at its end: `1.25` for 1250 of three.
func decimalText(_ value: UInt32, decimals: Int) -> String {
  let power = (0..<decimals).reduce(UInt32(1)) { product, _ in product * 10 }
  var rest = value % power
  guard rest > 0 else { return "\(value / power)" }
  var digits = decimals
  while rest % 10 == 0 {
    rest /= 10
    digits -= 1
  }
  let text = String(rest)
  return "\(value / power).\(String(repeating: "0", count: digits - text.count))\(text)"
}

/// A limit on what may be newly enabled in a clock hour or on a day of Beijing.
public enum Cap: Hashable, Sendable {
  case count(UInt64)
  /// A share of the merchants in the order, or of their usual daily payments together.
  case share(Share)

  /// The limit, given the whole: a share is rounded up, and a share of nothing limits nothing.
  ///
  /// The whole is nothing where no merchant states its payments.
  public func limit(of whole: UInt64) -> UInt64 {
    switch self {
    case .count(let count): count
    case .share(let share): whole == 0 ? .max : share.roundedUp(of: whole)
    }
  }
}

/// One wave as it was planned.
public struct PlannedWave: Hashable, Sendable {
  public var name: ShortText
  public var opensAt: Timestamp
  /// Its share of the merchants in the order; of the last wave, what the others leave.
  ///
  /// None of a wave that lists its merchants; then the shares are of all that no wave lists.
  public var share: Share
  public var isCanary: Bool
  /// How long it must have been complete before the next wave opens.
  public var soakMinutes: UInt32
  /// How many approvers it needs before it opens.
  public var approvalsNeeded: UInt16
  /// Its merchants in their order, where they are listed; empty otherwise.
  public var merchants: [ShortText]

  public init(
    name: ShortText, opensAt: Timestamp, share: Share, isCanary: Bool, soakMinutes: UInt32 = 0,
    approvalsNeeded: UInt16 = 0, merchants: [ShortText] = []
  ) {
    self.name = name
    self.opensAt = opensAt
    self.share = share
    self.isCanary = isCanary
    self.soakMinutes = soakMinutes
    self.approvalsNeeded = approvalsNeeded
    self.merchants = merchants
  }
}

/// What a rollout will do, frozen when it is announced.
public struct Plan: Hashable, Sendable {
  /// How merchants are put in order.
  public struct Order: Hashable, Sendable {
    /// Which rule makes the order, 1 or 2: whether the hold-back is drawn by tier or by stratum.
    public var hashVersion: UInt16
    public var seed: ShortText
    /// The share of merchants, by usual payments, that come after all others.
    public var largestLast: Share

    public init(hashVersion: UInt16, seed: ShortText, largestLast: Share) {
      self.hashVersion = hashVersion
      self.seed = seed
      self.largestLast = largestLast
    }
  }

  /// What may be enabled at most, by clock minute, by clock hour and by day of Beijing.
  public struct Caps: Hashable, Sendable {
    /// Nil where a minute has no cap of its own.
    public var merchantsPerMinute: Cap?
    public var paymentsPerMinute: Cap?
    public var merchantsPerHour: Cap
    public var merchantsPerDay: Cap
    public var paymentsPerHour: Cap
    public var paymentsPerDay: Cap

    public init(
      merchantsPerHour: Cap, merchantsPerDay: Cap, paymentsPerHour: Cap, paymentsPerDay: Cap,
      merchantsPerMinute: Cap? = nil, paymentsPerMinute: Cap? = nil
    ) {
      self.merchantsPerMinute = merchantsPerMinute
      self.paymentsPerMinute = paymentsPerMinute
      self.merchantsPerHour = merchantsPerHour
      self.merchantsPerDay = merchantsPerDay
      self.paymentsPerHour = paymentsPerHour
      self.paymentsPerDay = paymentsPerDay
    }
  }

  /// What happens to merchants that are pending when the window ends.
  public enum AfterWindow: String, Hashable, CaseIterable, Sendable {
    /// They stay pending until an operator resumes the rollout.
    case hold
    /// The rollout goes on as before.
    case `continue`
    /// They stay off: the rollout is completed, and they are skipped.
    case stop
  }

  /// How long a merchant that was rolled back stays off at least.
  public struct CoolingOff: Hashable, Sendable {
    public static let minutesMax = 366 * 1440
    public static let none = CoolingOff(minutes: 0)

    public var minutes: Int

    public init(minutes: Int) { self.minutes = minutes }

    /// When a merchant that was rolled back at an instant may be reinstated.
    public func end(rolledBack instant: Timestamp) -> Timestamp {
      let (end, isBeyond) = instant.rawValue.addingReportingOverflow(
        Int64(minutes) * 60 * Timestamp.nanosecondsPerSecond)
      return Timestamp(rawValue: isBeyond ? .max : end)
    }

    /// Whether it is over at an instant for who was rolled back at another.
    @inline(__always)
    public func isOver(
      rolledBack instant: @autoclosure () -> Timestamp, at now: Timestamp
    ) -> Bool {
      minutes == 0 || end(rolledBack: instant()) <= now
    }
  }

  public static let wavesMax = 1000
  public static let windowDaysMax = 366
  /// No soak is longer than the longest window.
  public static let soakMinutesMax: Int64 = 366 * 24 * 60

  public var id: ShortText
  public var version: UInt16
  public var institution: Institution
  /// The platforms whose merchants take part.
  public var platforms: [ShopPlatform]
  /// The tiers whose merchants take part, in the order of their numbers.
  public var tiers: [Tier]
  public var consultation: BeijingDay?
  public var announced: BeijingDay?
  public var effectiveAt: Timestamp
  public var windowDays: Int
  public var waves: [PlannedWave]
  public var order: Order
  /// The share of every tier, its largest merchants aside, that is kept off until the last wave.
  public var holdBack: Share
  public var caps: Caps
  /// The categories whose merchants take part; empty where all do.
  public var categories: [ShortText]
  public var excludedCategories: [ShortText]
  public var approvalsNeeded: UInt16
  public var afterWindow: AfterWindow
  /// What ends the opening by itself; nil where nothing does.
  public var guardrails: Guardrails?
  /// When nobody is newly enabled: sorted, without overlap.
  public var closed: [ClosedInterval]
  public var coolingOff: CoolingOff
  public var approvalRules: ApprovalRules

  public init(
    id: ShortText, version: UInt16, institution: Institution, platforms: [ShopPlatform],
    consultation: BeijingDay?, announced: BeijingDay?, effectiveAt: Timestamp, windowDays: Int,
    waves: [PlannedWave], order: Order, holdBack: Share, caps: Caps,
    excludedCategories: [ShortText], approvalsNeeded: UInt16, afterWindow: AfterWindow,
    tiers: [Tier] = Tier.allCases, categories: [ShortText] = [], closed: [ClosedInterval] = [],
    guardrails: Guardrails? = nil, coolingOff: CoolingOff = .none,
    approvalRules: ApprovalRules = .usual
  ) {
    self.id = id
    self.version = version
    self.institution = institution
    self.platforms = platforms
    self.tiers = tiers
    self.consultation = consultation
    self.announced = announced
    self.effectiveAt = effectiveAt
    self.windowDays = windowDays
    self.waves = waves
    self.order = order
    self.holdBack = holdBack
    self.caps = caps
    self.categories = categories
    self.excludedCategories = excludedCategories
    self.approvalsNeeded = approvalsNeeded
    self.afterWindow = afterWindow
    self.guardrails = guardrails
    self.closed = closed
    self.coolingOff = coolingOff
    self.approvalRules = approvalRules
  }

  /// One past the last instant of the window.
  public var windowEnd: Timestamp {
    effectiveAt.advanced(bySeconds: Int64(windowDays) * BeijingDay.secondsPerDay)
  }

  /// How long a wave must have been complete before the next one opens, in nanoseconds.
  ///
  /// None where the plan has no such wave.
  public func soak(of wave: WaveNumber) -> Int64 {
    let row = Int(wave.rawValue) - 1
    guard waves.indices.contains(row) else { return 0 }
    return Int64(waves[row].soakMinutes) * 60 * Timestamp.nanosecondsPerSecond
  }

  /// The number of the last wave, which takes whoever is left.
  public var lastWave: WaveNumber { WaveNumber(UInt16(waves.count)) }
}
