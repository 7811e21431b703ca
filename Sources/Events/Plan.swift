// The plan of a rollout as a value: every instant in it was computed once, from the document.

/// A part of a whole in parts per million: 4 % is 40,000.
package struct Share: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  package var rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }
  package init(partsPerMillion: UInt32) { self.rawValue = partsPerMillion }

  package static let none = Share(partsPerMillion: 0)
  package static let whole = Share(partsPerMillion: 1_000_000)

  package static func < (left: Share, right: Share) -> Bool { left.rawValue < right.rawValue }

  /// This part of a total, rounded down.
  package func of(_ total: UInt64) -> UInt64 { division(total).quotient }

  /// This part of a total, rounded up.
  package func roundedUp(of total: UInt64) -> UInt64 {
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
  package var description: String {
    let whole = rawValue / 10_000
    var rest = rawValue % 10_000
    guard rest > 0 else { return "\(whole)%" }
    var digits = 4
    while rest % 10 == 0 {
      rest /= 10
      digits -= 1
    }
    let text = String(rest)
    return "\(whole).\(String(repeating: "0", count: digits - text.count))\(text)%"
  }
}

/// A limit on what may be newly enabled in a clock hour or on a day of Beijing.
package enum Cap: Hashable, Sendable {
  case count(UInt64)
  /// A share of the merchants in the order, or of their usual daily payments together.
  case share(Share)

  /// The limit, given the whole: a share is rounded up, and a share of nothing limits nothing.
  ///
  /// The whole is nothing where no merchant states its payments.
  package func limit(of whole: UInt64) -> UInt64 {
    switch self {
    case .count(let count): count
    case .share(let share): whole == 0 ? .max : share.roundedUp(of: whole)
    }
  }
}

/// One wave as it was planned.
package struct PlannedWave: Hashable, Sendable {
  package var name: ShortText
  package var opensAt: Timestamp
  /// Its share of the merchants in the order; of the last wave, what the others leave.
  package var share: Share
  package var isCanary: Bool

  package init(name: ShortText, opensAt: Timestamp, share: Share, isCanary: Bool) {
    self.name = name
    self.opensAt = opensAt
    self.share = share
    self.isCanary = isCanary
  }
}

/// What a rollout will do, frozen when it is announced.
package struct Plan: Hashable, Sendable {
  /// How merchants are put in order.
  package struct Order: Hashable, Sendable {
    /// Which rule makes the order; 1 is the only one so far.
    package var hashVersion: UInt16
    package var seed: ShortText
    /// The share of merchants, by usual payments, that come after all others.
    package var largestLast: Share

    package init(hashVersion: UInt16, seed: ShortText, largestLast: Share) {
      self.hashVersion = hashVersion
      self.seed = seed
      self.largestLast = largestLast
    }
  }

  /// What may be enabled at most, by clock hour and by day of Beijing.
  package struct Caps: Hashable, Sendable {
    package var merchantsPerHour: Cap
    package var merchantsPerDay: Cap
    package var paymentsPerHour: Cap
    package var paymentsPerDay: Cap

    package init(
      merchantsPerHour: Cap, merchantsPerDay: Cap, paymentsPerHour: Cap, paymentsPerDay: Cap
    ) {
      self.merchantsPerHour = merchantsPerHour
      self.merchantsPerDay = merchantsPerDay
      self.paymentsPerHour = paymentsPerHour
      self.paymentsPerDay = paymentsPerDay
    }
  }

  /// What happens to merchants that are pending when the window ends.
  package enum AfterWindow: String, Hashable, CaseIterable, Sendable {
    /// They stay pending until an operator resumes the rollout.
    case hold
    /// The rollout goes on as before.
    case `continue`
  }

  package static let wavesMax = 1000
  package static let windowDaysMax = 366

  package var id: ShortText
  package var version: UInt16
  package var institution: Institution
  /// The platforms whose merchants take part.
  package var platforms: [ShopPlatform]
  package var consultation: BeijingDay?
  package var announced: BeijingDay?
  package var effectiveAt: Timestamp
  package var windowDays: Int
  package var waves: [PlannedWave]
  package var order: Order
  /// The share of every tier, its largest merchants aside, that is kept off until the last wave.
  package var holdBack: Share
  package var caps: Caps
  package var excludedCategories: [ShortText]
  package var approvalsNeeded: UInt16
  package var afterWindow: AfterWindow

  package init(
    id: ShortText, version: UInt16, institution: Institution, platforms: [ShopPlatform],
    consultation: BeijingDay?, announced: BeijingDay?, effectiveAt: Timestamp, windowDays: Int,
    waves: [PlannedWave], order: Order, holdBack: Share, caps: Caps,
    excludedCategories: [ShortText], approvalsNeeded: UInt16, afterWindow: AfterWindow
  ) {
    self.id = id
    self.version = version
    self.institution = institution
    self.platforms = platforms
    self.consultation = consultation
    self.announced = announced
    self.effectiveAt = effectiveAt
    self.windowDays = windowDays
    self.waves = waves
    self.order = order
    self.holdBack = holdBack
    self.caps = caps
    self.excludedCategories = excludedCategories
    self.approvalsNeeded = approvalsNeeded
    self.afterWindow = afterWindow
  }

  /// One past the last instant of the window.
  package var windowEnd: Timestamp {
    effectiveAt.advanced(bySeconds: Int64(windowDays) * BeijingDay.secondsPerDay)
  }

  /// The number of the last wave, which takes whoever is left.
  package var lastWave: WaveNumber { WaveNumber(UInt16(waves.count)) }
}
