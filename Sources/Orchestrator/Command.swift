// Commands: requests, imperative, each with the key by which a repeat is known.

import CRecord
import EventLog
public import Events
import Merkle
public import Rollout
import Text

/// A request to change something, from whoever asks.
public struct Command: Sendable {
  /// The same for every repeat of the request.
  public var id: CommandID
  /// The first 8 bytes of the SHA-256 of the body: the same id with another digest is refused.
  public var digest: UInt64
  public var actor: Actor
  /// The source's own time, where it has one.
  public var occurredAt: Timestamp
  public var body: Body

  public init(
    id: CommandID, digest: UInt64, actor: Actor, occurredAt: Timestamp = .none, body: Body
  ) {
    self.id = id
    self.digest = digest
    self.actor = actor
    self.occurredAt = occurredAt
    self.body = body
  }

  /// What is asked for.
  public enum Body: Sendable {
    case createLog(LogCreated, openToAll: [Institution])
    case startDaemon(DaemonStarted)
    case recordRecovery(LogRecovered)
    case stopDaemon(DaemonStopped)
    case stepClock(ClockStepped)
    case confirmClock
    case publishDump(DumpPublished)
    case nameKey(SigningKeyNamed)
    case commitMerchantTree(MerchantTreeCommitted)
    case publishTerms(document: [UInt8])
    case registerMerchant(MerchantRegistered)
    case closeMerchant(ExternalID, Reason)
    case excludeMerchant(ExternalID, plan: ShortText?, Reason)
    case reinstateMerchant(ExternalID, plan: ShortText?)
    case consult(document: [UInt8])
    case announce(document: [UInt8])
    case amend(document: [UInt8])
    case approve(plan: ShortText, role: ShortText, ApprovalRequest = .ofStart)
    case start(plan: ShortText)
    case pause(plan: ShortText, Reason)
    case resume(plan: ShortText, Reason)
    case abort(plan: ShortText, Reason)
    case rollBack(plan: ShortText, Scope, Reason)
    case reinstate(plan: ShortText, Scope, Reason)
    case schedule(RolloutNumber, ScheduledStep)
    case offerOrder(OrderOffered)
    case attemptOrder(OrderAttempted)
    case failOrder(OrderFailed)
    case timeOutOrder(OrderTimedOut)
    case recordPayment(Payment)
    case holdNotice(NoticeHeld)
    case reconcileStatement(StatementReconciled)
    case adjustPayment(PaymentAdjusted)
    /// Without a flag: all that is open of the event.
    case resolveDiscrepancy(DiscrepancyResolved)
    case recordDispute(PaymentDisputed)
    case recordCombined(PaymentCombined)
    case eraseSubject(SubjectErased)
  }

  /// Which merchants a roll-back or a reinstatement is to concern.
  public enum Scope: Hashable, Sendable {
    case all
    case wave(WaveNumber)
    case tier(Tier)
    case category(ShortText)
    case merchant(ExternalID)
  }
}

extension Command.Body {
  /// Whether it must get through on a full disk: it is none of what comes by the million,
  /// nor what can be made later.
  public var isControl: Bool {
    switch self {
    case .recordPayment, .offerOrder, .attemptOrder, .failOrder, .timeOutOrder,
      .registerMerchant, .holdNotice, .recordDispute, .recordCombined, .commitMerchantTree:
      false
    default: true
    }
  }
}

extension Command {
  /// The id of a command that carries its own, or a stand-in that a repeat would give again: the
  /// first 16 bytes of the SHA-256 of a purpose, a zero byte and the text.
  public static func id(_ purpose: StaticString, _ text: [UInt8]) -> CommandID {
    let digest = hash(purpose, text)
    return CommandID(low: digest.words.0, high: digest.words.1)
  }

  /// The digest of a body given as text: the first 8 bytes of its SHA-256.
  public static func digest(_ text: [UInt8]) -> UInt64 {
    SHA256.hash(unsafe text.span.bytes).words.0
  }

  /// The digest of a payment notice: over its outcome and its fields as the log holds them.
  public static func digest(_ draft: PaymentDraft) -> UInt64 {
    SHA256.hash(draft.body).words.0
  }

  /// The id of a payment notice that carries none.
  public static func id(ofNotice draft: PaymentDraft) -> CommandID {
    let (institution, transaction, refund) = draft.identity
    let bytes = draft.bytes
    return NoticeName.commandID(
      institution, draft.outcome, bytes.extracting(transaction.start..<transaction.end),
      bytes.extracting(refund.start..<refund.end))
  }

  /// The id of a payment notice that carries one of at most 64 bytes.
  public static func id(ofNotification text: RawSpan) -> CommandID {
    var hash = begun("notification")
    hash.update(text)
    let digest = hash.digest()
    return CommandID(low: digest.words.0, high: digest.words.1)
  }

  private static func hash(_ purpose: StaticString, _ text: [UInt8]) -> Digest {
    var hash = begun(purpose)
    hash.update(unsafe text.span.bytes)
    return hash.digest()
  }

  /// A hash that has taken a purpose and a zero byte.
  private static func begun(_ purpose: StaticString) -> SHA256 {
    var hash = SHA256()
    unsafe hash.update(
      RawSpan(_unsafeStart: purpose.utf8Start, byteCount: purpose.utf8CodeUnitCount))
    hash.update(byte: 0)
    return hash
  }

  /// The id of a step that the scheduler takes: a function of the intent and the merchant, so that
  /// a step taken before a crash is known after it.
  ///
  /// - Parameters:
  ///   - intent: the position of the event that the step carries out.
  ///   - step: the number of the step's kind.
  ///   - subject: the merchant or the wave.
  public static func stepID(intent: Position, step: UInt8, subject: UInt32) -> CommandID {
    StepIDs(intent: intent, step: step)[subject]
  }

  /// The ids of one intent's steps of one kind, which begin with the same bytes: those are hashed
  /// once.
  struct StepIDs {
    let intent: Position
    let step: UInt8
    private let begun: SHA256

    init(intent: Position, step: UInt8) {
      self.intent = intent
      self.step = step
      var hash = Command.begun("scheduled step")
      hash.update(byte: step)
      unsafe withUnsafeBytes(of: intent.rawValue.bigEndian) { unsafe hash.update($0.bytes) }
      begun = hash
    }

    @inline(__always)
    subscript(subject: UInt32) -> CommandID {
      var hash = begun
      unsafe withUnsafeBytes(of: subject.bigEndian) { unsafe hash.update($0.bytes) }
      let digest = hash.digest()
      return CommandID(low: digest.words.0, high: digest.words.1)
    }
  }
}
