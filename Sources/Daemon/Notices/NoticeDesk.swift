// Where deliveries of institutions become commands. The desk decides nothing: it proves, reads and
// maps, on whichever thread brings a delivery, and hands on what the front thread is to record.
//
//   door (socket, HTTP) ─ delivery ─> NoticeDesk ─ commands ─> Runtime ─> log
//                                         └─ held beside the log, notice-held in it

public import Events
public import Institutions
public import Orchestrator
public import Platform
import Merkle
import Synchronization
public import Vault

/// Reads deliveries with the keys of the moment.
public final class NoticeDesk: Sendable {
  /// How soon the keys are read again for the sake of one that is not known.
  private static let lookAgainNanoseconds: Int64 = 10_000_000_000

  private struct Moment {
    var keys: NoticeKeys
    /// On the machine's clock.
    var readAt: Int64
  }

  private let moment: Mutex<Moment>
  private let readAgain: (@Sendable () throws(KeyFault) -> NoticeKeys)?
  private let shelf: HeldShelf
  private let vault: Vault?
  private let machine: any TimeSource
  private let say: @Sendable (Severity, String) -> Void

  /// - Parameters:
  ///   - readAgain: reads the keys anew; nil where they stay for ever.
  ///   - vault: gives accounts their tokens; nil where their pseudonyms are those.
  ///   - machine: the machine's clock, by which keys are read again.
  ///   - say: takes one line for the operator.
  public init(
    _ keys: NoticeKeys, shelf: HeldShelf, vault: Vault? = nil,
    machine: any TimeSource = WallClock(),
    readAgain: (@Sendable () throws(KeyFault) -> NoticeKeys)? = nil,
    say: @escaping @Sendable (Severity, String) -> Void
  ) {
    moment = Mutex(Moment(keys: keys, readAt: machine.monotonicNanoseconds()))
    self.shelf = shelf
    self.vault = vault
    self.machine = machine
    self.readAgain = readAgain
    self.say = say
  }

  /// The institutions whose notices can be read.
  public var institutions: [Institution] { moment.withLock { $0.keys.institutions } }

  /// The pseudonym of an account, as its notices bring it.
  func pseudonym(_ institution: Institution, _ account: String) -> ExternalID {
    moment.withLock { $0.keys.pseudonyms.pseudonym(institution, account) }
  }

  /// What the institution hears where nothing else can be said: it sends the delivery again.
  public func refusal(_ institution: Institution, _ reason: String) -> Acknowledgement {
    moment.withLock { $0.keys.reader(institution) }?.refused(reason)
      ?? Acknowledgement(status: 503, body: reason)
  }

  /// Reads the keys again; they stay as they were where the folder is at fault.
  public func reload() {
    shelf.recount()
    guard let readAgain else { return }
    do throws(KeyFault) {
      let keys = try readAgain()
      let now = machine.monotonicNanoseconds()
      moment.withLock { $0 = Moment(keys: keys, readAt: now) }
    } catch {
      let now = machine.monotonicNanoseconds()
      moment.withLock { $0.readAt = now }
      say(.error, "the institutions' keys stay as they were: \(error)")
    }
  }

  /// Reads a delivery.
  ///
  /// - Parameters:
  ///   - now: when it came, on the log's clock.
  ///   - user: who brought it, for the head of its events.
  public func take(
    _ delivery: Delivery, from institution: Institution, at now: Timestamp, user: UInt32
  ) -> NoticeTaken {
    var keys = moment.withLock { $0.keys }
    guard var reader = keys.reader(institution) else {
      return .unread("no keys of \(institution.name) are there")
    }
    do throws(NoticeFault) {
      var reading = try reader.read(delivery, at: now, pseudonyms: keys.pseudonyms)
      if case .held(.unknownKey) = reading, lookAgain() {
        keys = moment.withLock { $0.keys }
        reader = keys.reader(institution) ?? reader
        reading = try reader.read(delivery, at: now, pseudonyms: keys.pseudonyms)
      }
      let source = Source(
        institution: institution, receivedAt: now, user: user,
        digest: SHA256.hash(unsafe delivery.body.span.bytes), reader: reader)
      switch reading {
      case .notices(let notices):
        guard !notices.isEmpty else { throw .malformed("body", "it says nothing") }
        guard let notices = named(notices) else { return Self.unnamed }
        return .commands(try commands(notices, keys, source), reader.accepted)
      case .combined(let notices, let combined):
        guard let notices = named(notices) else { return Self.unnamed }
        let told = try commands(notices, keys, source)
        return .commands(told + [command(combined, keys, source)], reader.accepted)
      case .disputes(let disputes, let notices):
        guard let notices = named(notices) else { return Self.unnamed }
        return .commands(
          try commands(notices, keys, source) + commands(disputes, keys, source), reader.accepted)
      case .partly(let notices, let held, let disputes):
        guard let reason = held.first else { throw .malformed("body", "it says nothing") }
        guard let notices = named(notices) else { return Self.unnamed }
        let told = try commands(notices, keys, source) + commands(disputes, keys, source)
        // The whole delivery is kept: what is told of it now is a repeat when it is read again.
        let kept = hold(delivery, reason, source)
        guard case .commands(let more, _) = kept else { return kept }
        return .commands(told + more, reader.accepted)
      case .held(let reason): return hold(delivery, reason, source)
      }
    } catch {
      return .refused(error, reader.refused("\(error)"))
    }
  }

  /// No amount goes into the log that a fold of it would refuse.
  private static func check(_ payment: Payment) throws(NoticeFault) {
    let amounts = [payment.orderAmount, payment.paidAmount, payment.balanceAmount ?? Money(fen: 0)]
    guard amounts.allSatisfy({ $0 >= Money(fen: 0) && $0 <= Money.paymentMax }) else {
      throw .senseless("amount", "no payment is worth that much")
    }
  }

  /// Reads the keys again where that was long enough ago.
  private func lookAgain() -> Bool {
    let now = machine.monotonicNanoseconds()
    let isTime = moment.withLock { moment in
      guard readAgain != nil, now - moment.readAt >= NoticeDesk.lookAgainNanoseconds else {
        return false
      }
      moment.readAt = now
      return true
    }
    if isTime { reload() }
    return isTime
  }
}

// What becomes of a delivery.
extension NoticeDesk {
  /// Where a delivery comes from.
  struct Source {
    let institution: Institution
    let receivedAt: Timestamp
    let user: UInt32
    /// SHA-256 of its body.
    let digest: Digest
    let reader: any NoticeReader
  }

  /// The commands of a delivery's notices.
  ///
  /// The same notice is the same command, through whichever door and however often it comes: an
  /// institution that seals a repeat anew sends other bytes and says the same. Another content
  /// under the same name is another command, because what happened is recorded.
  private func commands(
    _ notices: [Notice], _ keys: NoticeKeys, _ source: Source
  ) throws(NoticeFault) -> [Command] {
    for notice in notices { try NoticeDesk.check(notice.payment) }
    var encoder = FieldEncoder()
    return notices.map { notice in
      var payment = notice.payment
      payment.external = keys.merchant(payment.external, at: source.institution)
      payment.payloadDigest = nil
      if payment.outcome == .refunded, notice.refundReport == .cumulative {
        payment.refundBasis = .sum
        payment.paidAmount = payment.orderAmount
      }
      encoder.reset()
      encoder.u8("outcome", payment.outcome.rawValue)
      encoder.i64("occurred_at", notice.occurredAt.rawValue)
      payment.write(to: &encoder)
      let content = encoder.bytes
      payment.payloadDigest = source.digest
      return Command(
        id: Command.id("delivery", Array("\(notice.id ?? "")\0".utf8) + content),
        digest: Command.digest(content), actor: Actor(.institution, id: source.user),
        occurredAt: notice.occurredAt, body: .recordPayment(payment))
    }
  }

  /// The commands of a delivery's disputes, each the same for every delivery of the same stage.
  private func commands(
    _ disputes: [DisputeNotice], _ keys: NoticeKeys, _ source: Source
  ) throws(NoticeFault) -> [Command] {
    var encoder = FieldEncoder()
    var commands: [Command] = []
    for notice in disputes {
      var fields = notice.dispute
      guard fields.amount >= .zero, fields.amount <= .paymentMax else {
        throw .senseless("amount", "no payment is worth that much")
      }
      fields.external = keys.merchant(fields.external, at: source.institution)
      fields.payloadDigest = nil
      encoder.reset()
      encoder.i64("occurred_at", notice.occurredAt.rawValue)
      fields.write(to: &encoder)
      let content = encoder.bytes
      fields.payloadDigest = source.digest
      commands.append(
        Command(
          id: Command.id("delivered dispute", Array("\(notice.id)\0".utf8) + content),
          digest: Command.digest(content), actor: Actor(.institution, id: source.user),
          occurredAt: notice.occurredAt, body: .recordDispute(fields)))
    }
    return commands
  }

  /// The notices with their accounts' tokens in place of pseudonyms.
  ///
  /// Nil where the vault cannot give them; then no account is recorded.
  private func named(_ notices: [Notice]) -> [Notice]? {
    guard let vault else { return notices }
    var notices = notices
    do throws(VaultFault) {
      for place in notices.indices {
        notices[place].payment.account = try vault.token(for: notices[place].payment.account)
      }
    } catch {
      say(.error, "a notice waits for the vault: \(error)")
      return nil
    }
    return notices
  }

  private static let unnamed = NoticeTaken.unread("its account cannot be given a token")

  private func hold(
    _ delivery: Delivery, _ reason: HoldReason, _ source: Source
  ) -> NoticeTaken {
    let (why, detail) = reason.parts
    let institution = source.institution
    do throws(Fault) {
      guard
        try shelf.keep(
          delivery, of: institution, at: source.receivedAt, why, source.digest)
      else {
        return .unread("too many notices under unknown keys are kept already")
      }
    } catch {
      say(.error, "a notice of \(institution.name) cannot be kept: \(error)")
      return .unread("it cannot be kept")
    }
    let text = ExternalID(detail.utf8.prefix(ExternalID.lengthMax)) ?? .none
    let fields = NoticeHeld(
      institution: institution, why: why, detail: text, payloadDigest: source.digest)
    // Under an unknown key it is anybody's word: kept, told to the operator, and in no event.
    guard why == .unknownType else {
      say(.warning, "a notice of \(institution.name) is kept: its key \(text) is not known")
      return .kept(fields, source.reader.refused("the key is not known yet"))
    }
    let name = Array("\(institution.name)\0\(source.digest.hex)".utf8)
    let command = Command(
      id: Command.id("held", name), digest: Command.digest(name),
      actor: Actor(.institution, id: source.user), body: .holdNotice(fields))
    return .commands([command], source.reader.accepted)
  }
}

/// What a delivery came to at the desk.
public enum NoticeTaken: Sendable {
  /// To be recorded; once that is durable, the institution hears this.
  case commands([Command], Acknowledgement)
  /// Kept beside the log, and in no event.
  case kept(NoticeHeld, Acknowledgement)
  /// It is nobody's word.
  case refused(NoticeFault, Acknowledgement)
  /// It could not be looked at; the institution is to send it again.
  case unread(String)
}

extension HoldReason {
  /// Why, as the log says it, and the key or the type.
  var parts: (HoldKind, String) {
    switch self {
    case .unknownKey(let key): (.unknownKey, key)
    case .unknownType(let type): (.unknownType, type)
    }
  }
}
