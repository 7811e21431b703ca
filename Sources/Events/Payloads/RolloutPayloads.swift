// What the events of rollouts, waves and guardrails say.

/// Opinions on the opening were asked for.
public struct RolloutConsulted: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var institution: Institution
  public var consultedAt: Timestamp
  /// The plan's id.
  public var plan: ShortText

  public init(
    rollout: RolloutNumber, planVersion: UInt16, institution: Institution, consultedAt: Timestamp,
    plan: ShortText
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.institution = institution
    self.consultedAt = consultedAt
    self.plan = plan
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u8("institution", institution.rawValue)
    sink.i64("consulted_at", consultedAt.rawValue)
    sink.text8("plan", plan)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    institution = source.u8("institution", or: .alipay)
    consultedAt = Timestamp(rawValue: source.i64())
    plan = source.text8()
  }
}

/// The plan is public and frozen.
public struct RolloutAnnounced: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var institution: Institution
  /// No enablement before it.
  public var effectiveAt: Timestamp
  /// One past the last instant of the window.
  public var windowEnd: Timestamp
  /// SHA-256 of the document.
  public var digest: Digest
  public var plan: ShortText
  /// The plan as it was handed in, byte for byte.
  public var document: [UInt8]

  public init(
    rollout: RolloutNumber, planVersion: UInt16, institution: Institution, effectiveAt: Timestamp,
    windowEnd: Timestamp, digest: Digest, plan: ShortText, document: [UInt8]
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.institution = institution
    self.effectiveAt = effectiveAt
    self.windowEnd = windowEnd
    self.digest = digest
    self.plan = plan
    self.document = document
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u8("institution", institution.rawValue)
    sink.i64("effective_at", effectiveAt.rawValue)
    sink.i64("window_end", windowEnd.rawValue)
    sink.digest("digest", digest)
    sink.text8("plan", plan)
    sink.text16("document", document)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    institution = source.u8("institution", or: .alipay)
    effectiveAt = Timestamp(rawValue: source.i64())
    windowEnd = Timestamp(rawValue: source.i64())
    digest = source.digest()
    plan = source.text8()
    document = source.text16()
  }
}

/// The order of merchants is frozen; waves open from here on.
public struct RolloutStarted: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  /// Which rule made the order.
  public var hashVersion: UInt16
  public var waves: UInt16
  /// How many stand in the order.
  public var merchants: UInt32
  /// The order is made of the registry before this position.
  public var registryPosition: Position
  /// SHA-256 over the order: wave and merchant number of each, four bytes big-endian.
  public var orderDigest: Digest

  public init(
    rollout: RolloutNumber, planVersion: UInt16, hashVersion: UInt16, waves: UInt16,
    merchants: UInt32, registryPosition: Position, orderDigest: Digest
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.hashVersion = hashVersion
    self.waves = waves
    self.merchants = merchants
    self.registryPosition = registryPosition
    self.orderDigest = orderDigest
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u16("hash_version", hashVersion)
    sink.u16("waves", waves)
    sink.u32("merchants", merchants)
    sink.u64("registry_position", registryPosition.rawValue)
    sink.digest("order_digest", orderDigest)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    hashVersion = source.u16()
    waves = source.u16()
    merchants = source.u32()
    registryPosition = Position(rawValue: source.u64())
    orderDigest = source.digest()
  }
}

/// The rollout was paused, resumed or aborted.
public struct RolloutStep: Hashable, Sendable {
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

/// The window is over; some merchants may be pending, which is no error.
public struct WindowEnded: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var enabled: UInt32
  public var pending: UInt32

  public init(rollout: RolloutNumber, planVersion: UInt16, enabled: UInt32, pending: UInt32) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.enabled = enabled
    self.pending = pending
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u32("enabled", enabled)
    sink.u32("pending", pending)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    enabled = source.u32()
    pending = source.u32()
  }
}

/// No merchant is pending any more.
public struct RolloutCompleted: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var enabled: UInt32
  /// Excluded, closed or rolled back when it completed.
  public var skipped: UInt32

  public init(rollout: RolloutNumber, planVersion: UInt16, enabled: UInt32, skipped: UInt32) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.enabled = enabled
    self.skipped = skipped
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u32("enabled", enabled)
    sink.u32("skipped", skipped)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    enabled = source.u32()
    skipped = source.u32()
  }
}

/// The merchants of a wave may be enabled from now on.
public struct WaveOpened: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var wave: WaveNumber
  public var merchants: UInt32
  public var plannedAt: Timestamp

  public init(
    rollout: RolloutNumber, planVersion: UInt16, wave: WaveNumber, merchants: UInt32,
    plannedAt: Timestamp
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.wave = wave
    self.merchants = merchants
    self.plannedAt = plannedAt
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u16("wave", wave.rawValue)
    sink.u32("merchants", merchants)
    sink.i64("planned_at", plannedAt.rawValue)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    wave = WaveNumber(rawValue: source.u16())
    merchants = source.u32()
    plannedAt = Timestamp(rawValue: source.i64())
  }
}

/// Every merchant of the wave is enabled or skipped.
public struct WaveCompleted: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var wave: WaveNumber
  public var enabled: UInt32
  public var skipped: UInt32

  public init(
    rollout: RolloutNumber, planVersion: UInt16, wave: WaveNumber, enabled: UInt32, skipped: UInt32
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.wave = wave
    self.enabled = enabled
    self.skipped = skipped
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u16("wave", wave.rawValue)
    sink.u32("enabled", enabled)
    sink.u32("skipped", skipped)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    wave = WaveNumber(rawValue: source.u16())
    enabled = source.u32()
    skipped = source.u32()
  }
}

/// A roll-back or a reinstatement of many merchants was ordered; one event a merchant follows.
public struct ScopedOrder: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var scope: OrderScope
  /// For scope tier.
  public var tier: Tier
  /// For scope wave.
  public var wave: WaveNumber
  /// How many it concerned when it was ordered.
  public var merchants: UInt32
  /// A code such as `risk-review`; never free text, which may name people.
  public var reason: ShortText
  /// Where the vault keeps the words; zeros where there are none.
  public var reasonReference: Digest
  /// For scope category, otherwise empty; nil in an event of version 1, which knew no such scope.
  public var category: ShortText?

  public init(
    rollout: RolloutNumber, planVersion: UInt16, scope: OrderScope, tier: Tier, wave: WaveNumber,
    merchants: UInt32, reason: ShortText, reasonReference: Digest,
    category: ShortText? = ShortText.none
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.scope = scope
    self.tier = tier
    self.wave = wave
    self.merchants = merchants
    self.reason = reason
    self.reasonReference = reasonReference
    self.category = category
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u8("scope", scope.rawValue)
    sink.u8("tier", tier.rawValue)
    sink.u16("wave", wave.rawValue)
    sink.u32("merchants", merchants)
    sink.text8("reason", reason)
    sink.digest("reason_reference", reasonReference)
    if let category { sink.text8("category", category) }
  }

  public init(from source: inout FieldSource) {
    self.init(allButCategory: &source)
    category = source.text8()
  }

  /// The fields that both versions have.
  init(allButCategory source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    scope = source.u8("scope", or: .all)
    tier = source.u8("tier", or: .unknown)
    wave = WaveNumber(rawValue: source.u16())
    merchants = source.u32()
    reason = source.text8()
    reasonReference = source.digest()
  }
}

/// The last merchant of the order named as cause was switched.
///
/// A roll-back's has one field more than a reinstatement's.
public struct ScopedOrderCompleted: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var merchants: UInt32
  /// How many merchants of a roll-back's scope are still on: none, or the log is refused; nil in a
  /// reinstatement and in a roll-back of version 1, which did not say.
  public var stillOn: UInt32?

  public init(
    rollout: RolloutNumber, planVersion: UInt16, merchants: UInt32, stillOn: UInt32? = nil
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.merchants = merchants
    self.stillOn = stillOn
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u32("merchants", merchants)
    if let stillOn { sink.u32("still_on", stillOn) }
  }

  /// The fields of a roll-back, which says how many are still on.
  init(ofRollback source: inout FieldSource) {
    self.init(from: &source)
    stillOn = source.u32()
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    merchants = source.u32()
  }
}

/// The evidence crossed the guardrail's limit.
public struct GuardrailBreached: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var wave: WaveNumber
  public var guardrail: ShortText
  /// First event of the evidence.
  public var first: Position
  public var last: Position
  /// The table it was judged by, as JSON.
  public var evidence: [UInt8]

  public init(
    rollout: RolloutNumber, planVersion: UInt16, wave: WaveNumber, guardrail: ShortText,
    first: Position, last: Position, evidence: [UInt8]
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.wave = wave
    self.guardrail = guardrail
    self.first = first
    self.last = last
    self.evidence = evidence
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u16("wave", wave.rawValue)
    sink.text8("guardrail", guardrail)
    sink.u64("first", first.rawValue)
    sink.u64("last", last.rawValue)
    sink.text16("evidence", evidence)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    wave = WaveNumber(rawValue: source.u16())
    guardrail = source.text8()
    first = Position(rawValue: source.u64())
    last = Position(rawValue: source.u64())
    evidence = source.text16()
  }
}

/// A breach was taken back.
public struct GuardrailCleared: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var wave: WaveNumber
  public var guardrail: ShortText

  public init(rollout: RolloutNumber, planVersion: UInt16, wave: WaveNumber, guardrail: ShortText) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.wave = wave
    self.guardrail = guardrail
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u16("wave", wave.rawValue)
    sink.text8("guardrail", guardrail)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    wave = WaveNumber(rawValue: source.u16())
    guardrail = source.text8()
  }
}
