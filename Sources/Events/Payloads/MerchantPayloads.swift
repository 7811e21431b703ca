// What the events of merchants say.

/// A shop of Taobao or Tmall is known from now on.
public struct MerchantRegistered: Hashable, Sendable {
  public var platform: ShopPlatform
  /// Tier of the city of the shop.
  public var tier: Tier
  /// Usual payments a day, for caps by volume; 0 = not stated.
  public var dailyPayments: UInt32
  /// The platform's id of the shop.
  public var external: ExternalID
  public var category: ShortText
  public var city: ShortText

  public init(
    platform: ShopPlatform, tier: Tier, dailyPayments: UInt32, external: ExternalID,
    category: ShortText, city: ShortText
  ) {
    self.platform = platform
    self.tier = tier
    self.dailyPayments = dailyPayments
    self.external = external
    self.category = category
    self.city = city
  }

  public func write(to sink: inout some FieldSink) {
    sink.u8("platform", platform.rawValue)
    sink.u8("tier", tier.rawValue)
    sink.u32("daily_payments", dailyPayments)
    sink.text8("merchant", external)
    sink.text8("category", category)
    sink.text8("city", city)
  }

  public init(from source: inout FieldSource) {
    platform = source.u8("platform", or: .taobao)
    tier = source.u8("tier", or: .unknown)
    dailyPayments = source.u32()
    external = source.text8()
    category = source.text8()
    city = source.text8()
  }
}

/// What is known of a shop changed; the whole record stands here.
public struct MerchantUpdated: Hashable, Sendable {
  public var platform: ShopPlatform
  /// Tier of the city of the shop.
  public var tier: Tier
  /// Usual payments a day, for caps by volume; 0 = not stated.
  public var dailyPayments: UInt32
  public var category: ShortText
  public var city: ShortText

  public init(
    platform: ShopPlatform, tier: Tier, dailyPayments: UInt32, category: ShortText, city: ShortText
  ) {
    self.platform = platform
    self.tier = tier
    self.dailyPayments = dailyPayments
    self.category = category
    self.city = city
  }

  public func write(to sink: inout some FieldSink) {
    sink.u8("platform", platform.rawValue)
    sink.u8("tier", tier.rawValue)
    sink.u32("daily_payments", dailyPayments)
    sink.text8("category", category)
    sink.text8("city", city)
  }

  public init(from source: inout FieldSource) {
    platform = source.u8("platform", or: .taobao)
    tier = source.u8("tier", or: .unknown)
    dailyPayments = source.u32()
    category = source.text8()
    city = source.text8()
  }
}

/// A step on a merchant, with its reason.
public struct Reason: Hashable, Sendable {
  /// A code such as `risk-review`; never free text, which may name people.
  public var reason: ShortText
  /// Where the vault keeps the words; zeros where there are none.
  public var reasonReference: Digest

  public init(reason: ShortText, reasonReference: Digest) {
    self.reason = reason
    self.reasonReference = reasonReference
  }

  public func write(to sink: inout some FieldSink) {
    sink.text8("reason", reason)
    sink.digest("reason_reference", reasonReference)
  }

  public init(from source: inout FieldSource) {
    reason = source.text8()
    reasonReference = source.digest()
  }
}

/// The institution is open at this merchant from this log time on.
public struct MerchantEnabled: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var wave: WaveNumber
  /// When the plan had its wave open; `enabled_at` is the log time, never back-dated.
  public var plannedAt: Timestamp

  public init(rollout: RolloutNumber, planVersion: UInt16, wave: WaveNumber, plannedAt: Timestamp) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.wave = wave
    self.plannedAt = plannedAt
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u16("wave", wave.rawValue)
    sink.i64("planned_at", plannedAt.rawValue)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    wave = WaveNumber(rawValue: source.u16())
    plannedAt = Timestamp(rawValue: source.i64())
  }
}

/// The institution was withdrawn from, or given back to, one merchant.
public struct MerchantSwitched: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var wave: WaveNumber

  public init(rollout: RolloutNumber, planVersion: UInt16, wave: WaveNumber) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.wave = wave
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u16("wave", wave.rawValue)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    wave = WaveNumber(rawValue: source.u16())
  }
}

/// The merchant takes no part until it is reinstated.
public struct MerchantExcluded: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  /// A code such as `risk-review`; never free text, which may name people.
  public var reason: ShortText
  /// Where the vault keeps the words; zeros where there are none.
  public var reasonReference: Digest

  public init(
    rollout: RolloutNumber, planVersion: UInt16, reason: ShortText, reasonReference: Digest
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.reason = reason
    self.reasonReference = reasonReference
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.text8("reason", reason)
    sink.digest("reason_reference", reasonReference)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    reason = source.text8()
    reasonReference = source.digest()
  }
}
