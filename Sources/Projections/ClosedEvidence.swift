// What the closed blocks of a rollout have come to since its evidence began anew, and what was
// concluded from them.

public import Events

/// A breach of a guardrail and what became of it.
public struct Breach: Hashable, Sendable {
  public var position: Position
  public var kind: GuardrailKind
  public var wave: WaveNumber
  /// Whose own failures they were; `.none` for every other guardrail.
  public var merchant: MerchantNumber
  public var breachedAt: Timestamp
  public var clearedAt: Timestamp = .none
  /// The roll-back that it led to.
  public var order: Position = .none

  public var isCleared: Bool { clearedAt != .none }
}

/// Closed blocks, in their order.
public struct ClosedEvidence: Hashable, Sendable {
  /// One block, or several without an order.
  public struct Block: Hashable, Sendable {
    public var position: Position
    public var from: Timestamp
    public var to: Timestamp
    public var gap: EvidenceGap
    public var rows: [EvidenceRow]
    public var merchants: [MerchantEvidence]

    /// Whether it counts for anything.
    public var isWhole: Bool { gap == .none }

    /// Orders and failures on the side that was on, and on the other one.
    public var sides: (treated: ArmCount, control: ArmCount) {
      var (treated, control) = (ArmCount(), ArmCount())
      for row in rows {
        treated += row.treated
        control += row.control
      }
      return (treated, control)
    }

    /// Attempts through the institution at merchants that were on, whosever failures they were.
    public func attempts(ownApart: Bool) -> ArmCount {
      var sum = ArmCount()
      for row in rows {
        sum += row.institution
        if ownApart { sum.failures += row.own }
      }
      return sum
    }

    public var isSilent: Bool {
      rows.allSatisfy { $0.treated.orders == 0 && $0.control.orders == 0 }
    }
  }

  /// Since the evidence began anew.
  public internal(set) var blocks: [Block] = []
  /// Every block before it is closed; `.none` before the first.
  public internal(set) var closedUntil = Timestamp.none
  /// Attempts that came too late for their block, and failures with an unknown code; ever.
  public internal(set) var late: UInt64 = 0
  public internal(set) var unclassified: UInt64 = 0
  public internal(set) var breaches: [Breach] = []
  /// When the evidence began anew last; `.none` where it never did.
  ///
  /// A block that had begun before belongs to neither.
  public internal(set) var beganAt = Timestamp.none
  /// How often it has begun anew.
  public internal(set) var restarts: UInt32 = 0

  public init() {}

  /// The breaches that nobody has cleared.
  public var open: [Breach] { breaches.filter { !$0.isCleared } }

  /// Whether a guardrail is breached and not cleared; of own failures, a merchant's.
  public func isBreached(_ kind: GuardrailKind, _ merchant: MerchantNumber = .none) -> Bool {
    breaches.contains { $0.kind == kind && $0.merchant == merchant && !$0.isCleared }
  }
}

// What events change.
extension ClosedEvidence {
  /// Takes a closed block; false where its tables are none, or it does not follow.
  mutating func close(
    _ fields: EvidenceClosed, _ header: EventHeader, at position: Position
  ) -> Bool {
    guard let rows = EvidenceTable.rows(fields.table),
      let merchants = EvidenceTable.merchants(fields.merchants), fields.from < fields.to,
      fields.to <= min(header.logTime, .latest),
      closedUntil == .none || fields.from == closedUntil
    else { return false }
    if beganAt == .none || fields.from >= beganAt {
      blocks.append(
        Block(
          position: position, from: fields.from, to: fields.to, gap: fields.gap, rows: rows,
          merchants: merchants))
    }
    closedUntil = fields.to
    late += UInt64(fields.late)
    unclassified += UInt64(fields.unclassified)
    return true
  }

  mutating func breach(_ fields: GuardrailBreached, _ header: EventHeader, at position: Position) {
    // A guardrail of an unknown name was recorded before there were any: nothing follows from it.
    guard let kind = GuardrailKind(name: fields.guardrail.description) else { return }
    breaches.append(
      Breach(
        position: position, kind: kind, wave: fields.wave, merchant: header.merchant,
        breachedAt: header.logTime))
  }

  /// Takes back the breaches of a guardrail, a merchant's own failures aside.
  mutating func clear(_ fields: GuardrailCleared, _ header: EventHeader) {
    let name = fields.guardrail.description
    for row in breaches.indices
    where breaches[row].kind.name == name && breaches[row].kind != .merchant
      && !breaches[row].isCleared
    {
      breaches[row].clearedAt = header.logTime
    }
    beginAnew(at: header.logTime)
  }

  /// A merchant that is on again begins without the failures for which it was withdrawn; what is
  /// closed stays as it is.
  mutating func reinstate(_ merchant: MerchantNumber, _ time: Timestamp) {
    guard !breaches.isEmpty, isBreached(.merchant, merchant) else { return }
    for row in breaches.indices
    where breaches[row].merchant == merchant && !breaches[row].isCleared {
      breaches[row].clearedAt = time
    }
  }

  /// What was seen says nothing of what comes: terms, plan or judgement have changed.
  mutating func beginAnew(at time: Timestamp) {
    blocks.removeAll()
    beganAt = time
    restarts += 1
  }

  mutating func order(_ cause: Position, at position: Position) {
    for row in breaches.indices where breaches[row].position == cause {
      breaches[row].order = position
    }
  }
}
