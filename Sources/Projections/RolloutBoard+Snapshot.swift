// The rollouts in a snapshot.

public import Events
public import Platform

extension RolloutBoard {
  public func write(to section: inout SectionWriter) {
    section.count(rollouts.count)
    for rollout in rollouts { rollout.write(to: &section) }
  }

  /// Reads what `write` wrote, whatever the bytes are.
  ///
  /// - Parameters:
  ///   - end: one past the last event that was folded.
  ///   - merchants: how many are registered.
  public init(
    from section: inout SectionReader, end: Position, merchants: Int
  ) throws(SectionFault) {
    let count = section.count(ofBytes: 256)
    try section.require(count < Int(UInt16.max), "\(count) rollouts")
    for number in 0..<count {
      rollouts.append(
        try Rollout(
          from: &section, number: RolloutNumber(UInt16(number + 1)), end: end,
          merchants: merchants))
    }
  }
}

extension Rollout {
  fileprivate func write(to section: inout SectionWriter) {
    section.u16(planVersion)
    section.text(plan)
    section.u8(institution.rawValue)
    section.u8(phase.rawValue)
    for flag in [isPaused, isWindowOver, mayContinue] { section.flag(flag) }
    for instant in [consultedAt, announcedAt, effectiveAt, windowEnd, startedAt, endedAt] {
      section.instant(instant)
    }
    section.text(pauseReason)
    section.u32(amendments)
    section.instant(amendedAt)
    section.count(pauses.count)
    for pause in pauses {
      section.position(pause.position)
      section.instant(pause.since)
      section.instant(pause.until)
    }
    section.count(approvals.count)
    for approval in approvals { approval.write(to: &section) }
    section.actor(proposer)
    section.plain(document)
    section.digest(documentDigest)
    section.digest(orderDigest)
    section.u16(hashVersion)
    section.u32(merchantsInOrder)
    section.u16(wavesPlanned)
    for position in [registryPosition, announcement, start, ending] { section.position(position) }
    section.count(waves.count)
    for wave in waves { wave.write(to: &section) }
    section.count(orders.count)
    for order in orders { order.write(to: &section) }
    section.count(enabledByDay.count)
    for (day, count) in enabledByDay {
      section.i32(day.rawValue)
      section.u32(count)
    }
    quota.write(to: &section)
    evidence.write(to: &section)
    section.u64(revision)
    moved.write(to: &section)
  }

  fileprivate init(
    from section: inout SectionReader, number: RolloutNumber, end: Position, merchants: Int
  ) throws(SectionFault) {
    self.init(
      number: number, planVersion: section.u16(), plan: section.text(),
      institution: section.u8(or: .alipay), phase: section.u8(or: .consulted))
    (isPaused, isWindowOver, mayContinue) = (section.flag(), section.flag(), section.flag())
    (consultedAt, announcedAt) = (section.instant(), section.instant())
    (effectiveAt, windowEnd) = (section.instant(), section.instant())
    (startedAt, endedAt) = (section.instant(), section.instant())
    pauseReason = section.text()
    (amendments, amendedAt) = (try section.count32(), section.instant())
    for _ in 0..<section.count(ofBytes: 24) {
      let position = try section.event(before: end)
      pauses.append(Pause(position: position, since: section.instant(), until: section.instant()))
    }
    for _ in 0..<section.count(ofBytes: Approval.bytesMin) {
      approvals.append(try Approval(from: &section, end: end))
    }
    proposer = section.actor()
    document = try section.plain()
    (documentDigest, orderDigest) = (section.digest(), section.digest())
    hashVersion = section.u16()
    merchantsInOrder = section.u32()
    wavesPlanned = section.u16()
    // What the registry stood at is what the log says, and it is only shown.
    registryPosition = section.position()
    announcement = try section.position(before: end)
    start = try section.position(before: end)
    ending = try section.position(before: end)
    try readLists(&section, end, merchants)
    quota = try Quota(from: &section, end: end)
    evidence = try ClosedEvidence(from: &section, end: end, merchants: merchants)
    revision = section.u64()
    try section.require(revision <= UInt64.max >> 8, "a rollout has a revision of \(revision)")
    moved = try MovedMerchants(from: &section, end: end, merchants: merchants)
  }

  private mutating func readLists(
    _ section: inout SectionReader, _ end: Position, _ merchants: Int
  ) throws(SectionFault) {
    let count = section.count(ofBytes: 52)
    try section.require(count <= Int(UInt16.max), "a rollout has \(count) waves")
    for row in 0..<count {
      waves.append(try Wave(from: &section, number: WaveNumber(UInt16(row + 1)), end: end))
    }
    for _ in 0..<section.count(ofBytes: 80) {
      orders.append(try RunningOrder(from: &section, end: end, merchants: merchants))
    }
    while openOrder < orders.count, orders[openOrder].isCompleted { openOrder += 1 }
    for _ in 0..<section.count(ofBytes: 8) {
      let day = BeijingDay(section.i32())
      enabledByDay.append((day, try section.count32()))
      try section.require(day.isOfInstants, "a day of enablements is no day")
    }
  }
}

extension Rollout.Quota {
  fileprivate func write(to section: inout SectionWriter) {
    section.i64(minute)
    section.u64(minuteMerchants)
    section.u64(minutePayments)
    section.i64(hour)
    section.u64(hourMerchants)
    section.u64(hourPayments)
    section.i32(day.rawValue)
    section.u64(dayMerchants)
    section.u64(dayPayments)
  }

  fileprivate init(from section: inout SectionReader, end: Position) throws(SectionFault) {
    minute = section.i64()
    (minuteMerchants, minutePayments) = (section.u64(), section.u64())
    hour = section.i64()
    (hourMerchants, hourPayments) = (section.u64(), section.u64())
    day = BeijingDay(section.i32())
    (dayMerchants, dayPayments) = (section.u64(), section.u64())
    try section.require(
      max(minuteMerchants, hourMerchants, dayMerchants) <= end.rawValue
        && max(minutePayments, hourPayments, dayPayments) <= UInt64.max >> 8,
      "more was enabled in an hour than there were events")
  }
}

extension Wave {
  fileprivate func write(to section: inout SectionWriter) {
    for instant in [plannedAt, openedAt, completedAt] { section.instant(instant) }
    section.position(opening)
    for count in [merchants, enabled, rolledBack] { section.u32(count) }
  }

  fileprivate init(
    from section: inout SectionReader, number: WaveNumber, end: Position
  ) throws(SectionFault) {
    let (plannedAt, openedAt, completedAt) = (
      section.instant(), section.instant(), section.instant()
    )
    self.init(
      number: number, plannedAt: plannedAt, openedAt: openedAt,
      opening: try section.event(before: end), completedAt: completedAt,
      merchants: section.u32(), enabled: try section.count32(),
      rolledBack: try section.count32())
  }
}

extension RunningOrder {
  fileprivate func write(to section: inout SectionWriter) {
    section.position(position)
    section.flag(isRollback)
    section.u16(order.rollout.rawValue)
    section.u16(order.planVersion)
    section.u8(order.scope.rawValue)
    section.u8(order.tier.rawValue)
    section.u16(order.wave.rawValue)
    section.u32(order.merchants)
    section.text(order.reason)
    section.digest(order.reasonReference)
    section.flag(order.category != nil)
    section.text(order.category ?? .none)
    section.u32(merchant.rawValue)
    section.instant(orderedAt)
    section.u32(switched)
    section.instant(completedAt)
  }

  fileprivate init(
    from section: inout SectionReader, end: Position, merchants: Int
  ) throws(SectionFault) {
    let position = try section.event(before: end)
    let isRollback = section.flag()
    var order = ScopedOrder(
      rollout: RolloutNumber(section.u16()), planVersion: section.u16(),
      scope: section.u8(or: .all), tier: section.u8(or: .unknown),
      wave: WaveNumber(section.u16()), merchants: section.u32(), reason: section.text(),
      reasonReference: section.digest())
    let isNamed = section.flag()
    let category = section.text()
    order.category = isNamed ? category : nil
    self.init(
      position: position, isRollback: isRollback, order: order,
      merchant: try section.merchant(of: merchants), orderedAt: section.instant(),
      switched: try section.count32(), completedAt: section.instant())
  }
}
