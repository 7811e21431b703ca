// What the events of merchants say.

/// A shop of Taobao or Tmall is known from now on.
package struct MerchantRegistered: Hashable, Sendable {
  package var platform: ShopPlatform
  /// Tier of the city of the shop.
  package var tier: Tier
  /// Usual payments a day, for caps by volume; 0 = not stated.
  package var dailyPayments: UInt32
  /// The platform's id of the shop.
  package var external: ExternalID
  package var category: ShortText
  package var city: ShortText

  package init(
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

  package func write(to sink: inout some FieldSink) {
    sink.u8("platform", platform.rawValue)
    sink.u8("tier", tier.rawValue)
    sink.u32("daily_payments", dailyPayments)
    sink.text8("merchant", external)
    sink.text8("category", category)
    sink.text8("city", city)
  }

  package init(from source: inout FieldSource) {
    platform = source.u8("platform", or: .taobao)
    tier = source.u8("tier", or: .unknown)
    dailyPayments = source.u32()
    external = source.text8()
    category = source.text8()
    city = source.text8()
  }
}

/// What is known of a shop changed; the whole record stands here.
package struct MerchantUpdated: Hashable, Sendable {
  package var platform: ShopPlatform
  /// Tier of the city of the shop.
  package var tier: Tier
  /// Usual payments a day, for caps by volume; 0 = not stated.
  package var dailyPayments: UInt32
  package var category: ShortText
  package var city: ShortText

  package init(
    platform: ShopPlatform, tier: Tier, dailyPayments: UInt32, category: ShortText, city: ShortText
  ) {
    self.platform = platform
    self.tier = tier
    self.dailyPayments = dailyPayments
    self.category = category
    self.city = city
  }

  package func write(to sink: inout some FieldSink) {
    sink.u8("platform", platform.rawValue)
    sink.u8("tier", tier.rawValue)
    sink.u32("daily_payments", dailyPayments)
    sink.text8("category", category)
    sink.text8("city", city)
  }

  package init(from source: inout FieldSource) {
    platform = source.u8("platform", or: .taobao)
    tier = source.u8("tier", or: .unknown)
    dailyPayments = source.u32()
    category = source.text8()
    city = source.text8()
  }
}

/// A step on a merchant, with its reason.
package struct Reason: Hashable, Sendable {
  /// A code such as `risk-review`; never free text, which may name people.
  package var reason: ShortText
  /// Where the vault keeps the words; zeros where there are none.
  package var reasonReference: Digest

  package init(reason: ShortText, reasonReference: Digest) {
    self.reason = reason
    self.reasonReference = reasonReference
  }

  package func write(to sink: inout some FieldSink) {
    sink.text8("reason", reason)
    sink.digest("reason_reference", reasonReference)
  }

  package init(from source: inout FieldSource) {
    reason = source.text8()
    reasonReference = source.digest()
  }
}

/// The institution is open at this merchant from this log time on.
package struct MerchantEnabled: Hashable, Sendable {
  package var rollout: RolloutNumber
  package var planVersion: UInt16
  package var wave: WaveNumber
  /// When the plan had its wave open; `enabled_at` is the log time, never back-dated.
  package var plannedAt: Timestamp

  package init(rollout: RolloutNumber, planVersion: UInt16, wave: WaveNumber, plannedAt: Timestamp)
  {
    self.rollout = rollout
    self.planVersion = planVersion
    self.wave = wave
    self.plannedAt = plannedAt
  }

  package func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u16("wave", wave.rawValue)
    sink.i64("planned_at", plannedAt.rawValue)
  }

  package init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    wave = WaveNumber(rawValue: source.u16())
    plannedAt = Timestamp(rawValue: source.i64())
  }
}

/// The institution was withdrawn from, or given back to, one merchant.
package struct MerchantSwitched: Hashable, Sendable {
  package var rollout: RolloutNumber
  package var planVersion: UInt16
  package var wave: WaveNumber

  package init(rollout: RolloutNumber, planVersion: UInt16, wave: WaveNumber) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.wave = wave
  }

  package func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u16("wave", wave.rawValue)
  }

  package init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    wave = WaveNumber(rawValue: source.u16())
  }
}

/// The merchant takes no part until it is reinstated.
package struct MerchantExcluded: Hashable, Sendable {
  package var rollout: RolloutNumber
  package var planVersion: UInt16
  /// A code such as `risk-review`; never free text, which may name people.
  package var reason: ShortText
  /// Where the vault keeps the words; zeros where there are none.
  package var reasonReference: Digest

  package init(
    rollout: RolloutNumber, planVersion: UInt16, reason: ShortText, reasonReference: Digest
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.reason = reason
    self.reasonReference = reasonReference
  }

  package func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.text8("reason", reason)
    sink.digest("reason_reference", reasonReference)
  }

  package init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    reason = source.text8()
    reasonReference = source.digest()
  }
}
