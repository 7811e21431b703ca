// What the scheduler finds due, and why a merchant waits.

public import Events
public import Projections

/// One step that is due now.
///
/// The caller makes an event of each, in this order.
public enum ScheduledStep: Hashable, Sendable {
  case openWave(WaveNumber, plannedAt: Timestamp, merchants: UInt32)
  case enable(MerchantNumber, WaveNumber, plannedAt: Timestamp)
  /// `skipped` are the wave's merchants that were never enabled.
  case completeWave(WaveNumber, enabled: UInt32, skipped: UInt32)
  case endWindow(enabled: UInt32, pending: UInt32)
  /// `enabled` are on now; `skipped` are all others that took part.
  case complete(enabled: UInt32, skipped: UInt32)
  case switchOff(MerchantNumber, WaveNumber, order: Position)
  case switchOn(MerchantNumber, WaveNumber, order: Position)
  case completeOrder(Position, switched: UInt32)
  /// A block of evidence can hold nothing more, or several without an order.
  case closeEvidence(from: Timestamp, to: Timestamp)
  case breach(GuardrailKind, MerchantNumber)
  /// What a breach, by its position, leads to.
  case pauseFor(Position)
  case orderRollback(Position)
}

/// The limits on new enablements.
public enum CapKind: UInt8, CaseIterable, Sendable {
  case merchantsPerHour = 1
  case merchantsPerDay = 2
  case paymentsPerHour = 3
  case paymentsPerDay = 4
  case merchantsPerMinute = 5
  case paymentsPerMinute = 6

  public var name: String {
    switch self {
    case .merchantsPerHour: "merchants-per-hour"
    case .merchantsPerDay: "merchants-per-day"
    case .paymentsPerHour: "payments-per-hour"
    case .paymentsPerDay: "payments-per-day"
    case .merchantsPerMinute: "merchants-per-minute"
    case .paymentsPerMinute: "payments-per-minute"
    }
  }
}

/// A cap that keeps the next merchant waiting, with its numbers.
public struct CapHold: Hashable, Sendable {
  public var merchant: MerchantNumber
  public var kind: CapKind
  /// The whole cap of the minute, the hour or the day.
  public var limit: UInt64
  /// How much of the limit the hour has released by now; for a minute or a day, all of it.
  public var allowed: UInt64
  public var used: UInt64
  /// What the merchant would add.
  public var needed: UInt64
  /// When it may go; nil where its volume is above the whole cap.
  public var freesAt: Timestamp?
}

/// Why a merchant is not in yet.
public enum PendingReason: Hashable, Sendable {
  case notAnnounced
  case notStarted
  case beforeEffective(Timestamp)
  case waveNotOpen(WaveNumber, Timestamp)
  /// Its wave is the next to open, and the one before it is complete and soaks until then.
  case soaking(WaveNumber, Timestamp)
  /// The plan enables nobody now.
  case closedTime(ClosedInterval)
  case cap(CapHold)
  /// A roll-back or a reinstatement is being carried out, which goes first.
  case orderRunning(Position)
  case paused(ShortText)
  /// The guardrails' evidence does not allow it.
  case evidence(EvidenceHold)
  /// Its wave is the next to open, and nothing but approvals is missing.
  case approval(ApprovalStanding)
  case windowOver
  case excluded(ShortText)
  case categoryExcluded(ShortText)
  case platformExcluded(ShopPlatform)
  case tierExcluded(Tier)
  case closed
  /// The rollout is over.
  case ended(RolloutPhase)
  /// It may go, and so many go before it.
  case queued(ahead: Int)
}

extension ScheduledStep {
  /// The merchant that it switches; none where it is a step of a wave or of a rollout.
  public var merchant: MerchantNumber {
    switch self {
    case .enable(let merchant, _, _), .switchOff(let merchant, _, _),
      .switchOn(let merchant, _, _):
      merchant
    case .openWave, .completeWave, .endWindow, .complete, .completeOrder, .closeEvidence, .breach,
      .pauseFor, .orderRollback:
      .none
    }
  }

  /// Whether it switches one merchant: of such steps there are millions.
  @inline(__always)
  public var isOfOneMerchant: Bool {
    switch self {
    case .enable, .switchOff, .switchOn: true
    case .openWave, .completeWave, .endWindow, .complete, .completeOrder, .closeEvidence, .breach,
      .pauseFor, .orderRollback:
      false
    }
  }

  /// Whether it is of the evidence, or of what evidence leads to.
  public var isOfEvidence: Bool {
    switch self {
    case .closeEvidence, .breach, .pauseFor, .orderRollback: true
    default: false
    }
  }

  /// Whether it carries out a roll-back or a reinstatement that an operator ordered.
  public var isOfAnOrder: Bool {
    switch self {
    case .switchOff, .switchOn, .completeOrder: true
    case .openWave, .enable, .completeWave, .endWindow, .complete, .closeEvidence, .breach,
      .pauseFor,
      .orderRollback:
      false
    }
  }
}
