// From a line to a request: every field checked, every fault naming its field.

import CRecord
public import Events
import Institutions
import Merkle
public import Orchestrator
import Text

/// Reads the lines of one connection.
public struct RequestReader: ~Copyable {
  var line = WireLine()
  var encoder = FieldEncoder()
  /// Who sits at the other end, as the system says.
  let user: UInt32

  public init(user: UInt32) { self.user = user }

  /// The request of a line; the fields of a payment notice go into `draft`.
  ///
  /// - Throws: `WireFault` naming the field and what would be right.
  public mutating func read(
    _ bytes: Span<UInt8>, into draft: PaymentDraft
  ) throws(WireFault) -> Request {
    if let notice = try readNotice(bytes, into: draft) { return .payment(notice) }
    return try readOther(bytes)
  }

  /// The request of a line whose notice, if it is one, nobody wants.
  public mutating func read(_ bytes: Span<UInt8>) throws(WireFault) -> Request {
    let drafts = PaymentDrafts(count: 1)
    return try read(bytes, into: drafts[0])
  }

  /// Scans a line and, where it is a payment notice, writes its fields into `draft`.
  ///
  /// - Returns: whose notice it is; nil where the line is another request, to be read by
  ///   `readOther`.
  public mutating func readNotice(
    _ bytes: Span<UInt8>, into draft: PaymentDraft
  ) throws(WireFault) -> PaymentNoticeHeader? {
    try line.scan(bytes)
    let usual = line.usual
    if let notice = usual.read(unsafe bytes.bytes, of: user, usualFields, into: draft) {
      return notice
    }
    return try anyNotice(bytes, into: draft)
  }

  /// The notice of the line scanned last, checked field by field.
  func anyNotice(
    _ bytes: Span<UInt8>, into draft: PaymentDraft
  ) throws(WireFault) -> PaymentNoticeHeader? {
    guard !line.has(.query), try line.word(.command, of: bytes, Words.verbs) == .payment else {
      return nil
    }
    return try payment(bytes, draft)
  }

  /// The request of the line that `readNotice` has scanned.
  mutating func readOther(_ bytes: Span<UInt8>) throws(WireFault) -> Request {
    if line.has(.query) { return .query(try query(bytes)) }
    let verb = try line.word(.command, of: bytes, Words.verbs)
    switch verb {
    case .payment: preconditionFailure("a notice is read as another request")
    case .offer: return .command(try offer(bytes))
    case .attempt: return .command(try attempt(bytes))
    case .orderFailed: return .command(try orderFailed(bytes))
    case .orderTimedOut: return .command(try orderTimedOut(bytes))
    case .merchant: return .command(try merchant(bytes))
    case .notice: return .notice(try delivery(bytes))
    case .dispute: return .command(try dispute(bytes))
    case .stop:
      try line.allow(WireFields([.command]))
      return .stop
    case .eraseSubject: return .erase(try erasure(bytes))
    default: return try withWords(try control(verb, bytes), verb, bytes)
    }
  }

  private func query(_ bytes: Span<UInt8>) throws(WireFault) -> Request.Query {
    switch try line.word(.query, of: bytes, Words.queries) {
    case .clock:
      try line.allow(WireFields([.query]))
      return .clock
    case .status:
      try line.allow(WireFields([.query]))
      return .status
    case .open:
      try line.allow(WireFields([.query, .since, .limit]))
      let since = try line.integer(.since, in: 0...Int64.max, or: 0)
      let limit = try line.integer(.limit, in: 1...50_000, or: 10_000)
      return .open(since: Position(UInt64(since)), limit: Int(limit))
    case .dump:
      try line.allow(WireFields([.query, .name, .format]))
      let name = try line.identifier(.name, of: bytes)
      let format = try line.identifier(.format, of: bytes)
      return .dump(name: name.description, format: format.description)
    }
  }

  // MARK: Payments and the cashier

  /// The fields that most notices have; `UsualNotice` reads no others.
  private let usualFields = WireFields([
    .command, .id, .institution, .transaction, .order, .merchant, .outcome, .orderAmount,
    .paidAmount, .currency, .balanceAmount, .buyerTier, .orderedAt, .occurredAt, .code, .refund,
    .account,
  ])
  private var paymentFields: WireFields { usualFields.union(WireFields([.refundReport])) }

  /// Writes the notice of a line into `draft` and gives whose it is.
  private func payment(
    _ bytes: Span<UInt8>, _ draft: PaymentDraft
  ) throws(WireFault) -> PaymentNoticeHeader {
    try line.allow(paymentFields)
    let occurredAt = try line.instant(.occurredAt, of: bytes)
    try notice(bytes, occurredAt, draft)
    let id =
      line.has(.id)
      ? Command.id("notification", try line.identifier(.id, of: bytes).bytes)
      : Command.id(ofNotice: draft)
    return PaymentNoticeHeader(
      id: id, digest: Command.digest(draft), actor: Actor(.institution, id: user),
      occurredAt: occurredAt, bringsID: line.has(.id))
  }

  /// Writes every field of a notice.
  private func notice(
    _ bytes: Span<UInt8>, _ occurredAt: Timestamp, _ draft: PaymentDraft
  ) throws(WireFault) {
    let institution = try line.word(.institution, of: bytes, Words.institutions)
    let outcome = try line.word(.outcome, of: bytes, Words.outcomes)
    let amountMax = Money.paymentMax.rawValue
    let amount = try line.integer(.orderAmount, in: 0...amountMax)
    let balance = try line.integer(.balanceAmount, in: -1...amountMax, or: -1)
    let code = try line.text(.code, of: bytes, optional: true)
    let refund = try line.text(.refund, of: bytes, optional: true)
    guard outcome != .refunded || refund.byteCount > 0 else {
      throw WireFault("refund", "it is missing", hint: "A refund carries its refund id.")
    }
    guard outcome == .refunded || refund.byteCount == 0 else {
      throw WireFault(
        "refund", "only the outcome refunded has a refund id", hint: "Leave it out here.")
    }
    let basis = try refundBasis(bytes, outcome)
    let failureClass: FailureClass =
      outcome == .failed
      ? FailureCodes.failureClass(
        institution, ExternalID(bytes: code, from: 0, count: code.byteCount)) : .none
    draft.begin(
      outcome,
      sluice_payment(
        ordered_at: try line.instant(.orderedAt, of: bytes, or: occurredAt).rawValue,
        order_amount: amount,
        paid_amount: try line.integer(.paidAmount, in: 0...amountMax, or: amount),
        balance_amount: balance < 0 ? Payment.balanceUnknown : balance,
        institution: institution.rawValue, failure_class: failureClass.rawValue,
        merchant_tier: Tier.unknown.rawValue,
        buyer_tier: try line.word(.buyerTier, of: bytes, Words.tiers, or: .unknown).rawValue,
        currency: try line.word(.currency, of: bytes, Words.currencies, or: Payment.yuan),
        refund_basis: basis.rawValue))
    draft.append(try line.text(.transaction, of: bytes))
    draft.append(try line.text(.order, of: bytes))
    draft.append(try line.text(.account, of: bytes, optional: true))
    draft.append(code)
    draft.append(refund)
    draft.end(merchant: try line.text(.merchant, of: bytes), payloadDigest: nil)
  }

  /// How a refund's amount is reported; a sum stands in `paid_amount` too, so that is not sent.
  private func refundBasis(
    _ bytes: Span<UInt8>, _ outcome: Outcome
  ) throws(WireFault) -> RefundBasis {
    let basis = try line.word(.refundReport, of: bytes, Words.refundReports, or: .single)
    guard outcome == .refunded || !line.has(.refundReport) else {
      throw WireFault(
        "refund_report", "only the outcome refunded has one", hint: "Leave it out here.")
    }
    guard !basis.isSum || !line.has(.paidAmount) else {
      throw WireFault(
        "paid_amount", "a cumulative report has none", hint: "Its order_amount is the sum so far.")
    }
    return basis
  }

  private mutating func offer(_ bytes: Span<UInt8>) throws(WireFault) -> Command {
    try line.allow(
      WireFields([.command, .order, .merchant, .institutions, .buyerTier, .occurredAt]))
    let order = try line.identifier(.order, of: bytes)
    let fields = OrderOffered(
      institutions: UInt8(try line.integer(.institutions, in: 0...255)),
      buyerTier: try line.word(.buyerTier, of: bytes, Words.tiers, or: .unknown), order: order,
      external: try line.identifier(.merchant, of: bytes))
    encoder.reset()
    fields.write(to: &encoder)
    return Command(
      id: Command.id("offer", order.bytes), digest: Command.digest(encoder.bytes),
      actor: Actor(.cashier, id: user),
      occurredAt: try line.instant(.occurredAt, of: bytes, or: Timestamp.none),
      body: .offerOrder(fields))
  }

  private mutating func attempt(_ bytes: Span<UInt8>) throws(WireFault) -> Command {
    try line.allow(
      WireFields([
        .command, .id, .order, .merchant, .institution, .orderAmount, .buyerTier, .orderedAt,
        .occurredAt,
      ]))
    let occurredAt = try line.instant(.occurredAt, of: bytes)
    let fields = OrderAttempted(
      institution: try line.word(.institution, of: bytes, Words.institutions),
      merchantTier: .unknown,
      buyerTier: try line.word(.buyerTier, of: bytes, Words.tiers, or: .unknown),
      orderedAt: try line.instant(.orderedAt, of: bytes, or: occurredAt),
      orderAmount: Money(
        fen: try line.integer(.orderAmount, in: 0...Money.paymentMax.rawValue)),
      order: try line.identifier(.order, of: bytes),
      external: try line.identifier(.merchant, of: bytes))
    encoder.reset()
    fields.write(to: &encoder)
    let body = encoder.bytes
    let name = line.has(.id) ? try line.identifier(.id, of: bytes).bytes : body
    return Command(
      id: Command.id("attempt", name), digest: Command.digest(body),
      actor: Actor(.cashier, id: user), occurredAt: occurredAt, body: .attemptOrder(fields))
  }

  private mutating func orderFailed(_ bytes: Span<UInt8>) throws(WireFault) -> Command {
    try line.allow(
      WireFields([.command, .id, .order, .merchant, .institution, .code, .occurredAt]))
    let institution = try line.word(.institution, of: bytes, Words.institutions)
    let code = try line.identifier(.code, of: bytes)
    let fields = OrderFailed(
      institution: institution, failureClass: FailureCodes.failureClass(institution, code),
      order: try line.identifier(.order, of: bytes), code: code,
      external: try line.identifier(.merchant, of: bytes))
    encoder.reset()
    fields.write(to: &encoder)
    return try cashiers("order failed", .failOrder(fields), bytes)
  }

  private mutating func orderTimedOut(_ bytes: Span<UInt8>) throws(WireFault) -> Command {
    try line.allow(WireFields([.command, .id, .order, .merchant, .institution, .occurredAt]))
    let fields = OrderTimedOut(
      institution: try line.word(.institution, of: bytes, Words.institutions),
      order: try line.identifier(.order, of: bytes),
      external: try line.identifier(.merchant, of: bytes))
    encoder.reset()
    fields.write(to: &encoder)
    return try cashiers("order timed out", .timeOutOrder(fields), bytes)
  }

  /// A command of the cashier's whose fields `encoder` holds: the end of one attempt.
  ///
  /// Without an id it is the same as another with these fields at this time.
  private mutating func cashiers(
    _ purpose: StaticString, _ body: Command.Body, _ bytes: Span<UInt8>
  ) throws(WireFault) -> Command {
    let occurredAt = try line.instant(.occurredAt, of: bytes)
    let digest = Command.digest(encoder.bytes)
    encoder.i64("occurred_at", occurredAt.rawValue)
    let name = line.has(.id) ? try line.identifier(.id, of: bytes).bytes : encoder.bytes
    return Command(
      id: Command.id(purpose, name), digest: digest, actor: Actor(.cashier, id: user),
      occurredAt: occurredAt, body: body)
  }

  private mutating func merchant(_ bytes: Span<UInt8>) throws(WireFault) -> Command {
    try line.allow(
      WireFields([.command, .id, .merchant, .platform, .category, .city, .tier, .dailyPayments]))
    let fields = MerchantRegistered(
      platform: try line.word(.platform, of: bytes, Words.platforms),
      tier: try line.word(.tier, of: bytes, Words.tiers),
      dailyPayments: UInt32(try line.integer(.dailyPayments, in: 0...Int64(UInt32.max), or: 0)),
      external: try line.identifier(.merchant, of: bytes),
      category: try line.identifier(.category, of: bytes, optional: true),
      city: try line.identifier(.city, of: bytes, optional: true))
    encoder.reset()
    fields.write(to: &encoder)
    let body = encoder.bytes
    let name = line.has(.id) ? try line.identifier(.id, of: bytes).bytes : body
    return Command(
      id: Command.id("merchant", name), digest: Command.digest(body),
      actor: Actor(.importer, id: user), body: .registerMerchant(fields))
  }
}

// Control commands.
extension RequestReader {
  private func control(_ verb: Words.Verb, _ bytes: Span<UInt8>) throws(WireFault) -> Command {
    let id = try line.identifier(.id, of: bytes)
    let body = try controlBody(verb, bytes)
    // The same id with another line is another command: the digest covers the line as it came.
    let digest = Command.digest((0..<bytes.count).map { bytes[$0] })
    return Command(
      id: Command.id("control", id.bytes), digest: digest, actor: Actor(.operator, id: user),
      body: body)
  }

  private func controlBody(
    _ verb: Words.Verb, _ bytes: Span<UInt8>
  ) throws(WireFault) -> Command.Body {
    let always: [WireField] = [.command, .id]
    switch verb {
    case .closeMerchant:
      try line.allow(WireFields(always + [.merchant] + RequestReader.reasonFields))
      return .closeMerchant(try line.identifier(.merchant, of: bytes), try reason(bytes))
    case .excludeMerchant:
      try line.allow(WireFields(always + [.merchant, .plan] + RequestReader.reasonFields))
      return .excludeMerchant(
        try line.identifier(.merchant, of: bytes), plan: try optionalPlan(bytes),
        try reason(bytes))
    case .reinstateMerchant:
      try line.allow(WireFields(always + [.merchant, .plan]))
      return .reinstateMerchant(
        try line.identifier(.merchant, of: bytes), plan: try optionalPlan(bytes))
    case .consult, .announce, .amend, .publishTerms:
      try line.allow(WireFields(always + [.document]))
      let document = try line.bytes(.document, of: bytes)
      guard document.count <= RequestReader.documentMax else {
        throw WireFault(
          "document", "it has \(document.count) bytes",
          hint: "A document has at most \(RequestReader.documentMax).")
      }
      return switch verb {
      case .consult: .consult(document: document)
      case .amend: .amend(document: document)
      case .publishTerms: .publishTerms(document: document)
      default: .announce(document: document)
      }
    case .approve:
      return .approve(
        plan: try line.identifier(.plan, of: bytes),
        role: try line.identifier(.role, of: bytes, optional: true),
        try approval(bytes, always + [.plan, .role]))
    case .start:
      try line.allow(WireFields(always + [.plan]))
      return .start(plan: try line.identifier(.plan, of: bytes))
    case .confirmClock:
      try line.allow(WireFields(always))
      return .confirmClock
    case .publishDump: return try publication(bytes, always)
    case .reconcileStatement, .adjustPayment, .resolveDiscrepancy:
      return try financeBody(verb, bytes, always)
    default: return try rolloutBody(verb, bytes, always)
    }
  }

  /// How long a plan's or the terms' document may be, so that it fits one event.
  private static let documentMax = 60_000

  private func rolloutBody(
    _ verb: Words.Verb, _ bytes: Span<UInt8>, _ always: [WireField]
  ) throws(WireFault) -> Command.Body {
    if verb == .rollBack || verb == .reinstate {
      try line.allow(
        WireFields(
          always + [.plan, .scope, .wave, .tier, .category, .merchant]
            + RequestReader.reasonFields))
      let plan = try line.identifier(.plan, of: bytes)
      let scope = try scope(bytes)
      let reason = try reason(bytes)
      return verb == .rollBack
        ? .rollBack(plan: plan, scope, reason) : .reinstate(plan: plan, scope, reason)
    }
    try line.allow(WireFields(always + [.plan] + RequestReader.reasonFields))
    let plan = try line.identifier(.plan, of: bytes)
    let reason = try reason(bytes)
    switch verb {
    case .pause: return .pause(plan: plan, reason)
    case .resume: return .resume(plan: plan, reason)
    default: return .abort(plan: plan, reason)
    }
  }

  /// A signed note, or the fields of an approval that is not signed.
  private func approval(
    _ bytes: Span<UInt8>, _ always: [WireField]
  ) throws(WireFault) -> ApprovalRequest {
    if line.has(.note) {
      try line.allow(WireFields(always + [.note]))
      return .note(try line.bytes(.note, of: bytes))
    }
    try line.allow(WireFields(always + [.subject, .wave, .evidence, .expiresAt]))
    let subject = try line.word(.subject, of: bytes, Words.subjects, or: .start)
    if !subject.isOfWave, line.has(.wave) {
      throw WireFault(
        "wave", "the subject \(subject.name) has none", hint: "Leave it out, or approve a wave.")
    }
    let wave = subject.isOfWave ? try line.integer(.wave, in: 1...Int64(UInt16.max)) : 0
    let evidence = line.has(.evidence) ? try line.integer(.evidence, in: 0...Int64.max) : nil
    return .plain(
      ApprovalRequest.Plain(
        subject: subject, wave: subject.isOfWave ? WaveNumber(UInt16(wave)) : .none,
        evidence: evidence.map { Position(UInt64($0)) },
        expiresAt: try line.instant(.expiresAt, of: bytes, or: Timestamp.none)))
  }

  private func scope(_ bytes: Span<UInt8>) throws(WireFault) -> Command.Scope {
    switch try line.word(.scope, of: bytes, Words.scopes) {
    case .all: return .all
    case .wave:
      return .wave(WaveNumber(UInt16(try line.integer(.wave, in: 1...Int64(UInt16.max)))))
    case .tier: return .tier(try line.word(.tier, of: bytes, Words.tiers))
    case .category: return .category(try line.identifier(.category, of: bytes))
    case .merchant: return .merchant(try line.identifier(.merchant, of: bytes))
    }
  }

  private func publication(
    _ bytes: Span<UInt8>, _ always: [WireField]
  ) throws(WireFault) -> Command.Body {
    try line.allow(WireFields(always + [.name, .format, .position, .rows, .digest]))
    return .publishDump(
      DumpPublished(
        name: try line.identifier(.name, of: bytes),
        format: try line.identifier(.format, of: bytes),
        position: Position(UInt64(try line.integer(.position, in: 0...Int64.max))),
        rows: UInt64(try line.integer(.rows, in: 0...Int64.max)), digest: try digest(bytes)))
  }

  func digest(_ bytes: Span<UInt8>) throws(WireFault) -> Digest {
    let text = String(decoding: try line.bytes(.digest, of: bytes), as: UTF8.self)
    guard let digest = Digest(hex: text) else {
      throw WireFault(
        "digest", "it is not 64 hexadecimal digits", hint: "Write a SHA-256 as sha256sum does.")
    }
    return digest
  }

  private func optionalPlan(_ bytes: Span<UInt8>) throws(WireFault) -> ShortText? {
    let plan = try line.identifier(.plan, of: bytes, optional: true)
    return plan.isEmpty ? nil : plan
  }

  private func reason(_ bytes: Span<UInt8>) throws(WireFault) -> Reason {
    Reason(reason: try line.identifier(.reason, of: bytes), reasonReference: .zero)
  }
}
