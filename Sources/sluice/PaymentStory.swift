// All that the log says of one transaction, one order or one combined payment.

import CRecord
import EventLog
import Events
import Projections

/// A notice with its place.
struct PaymentNoticeLine {
  var position: Position
  var header: EventHeader
  var payment: Payment

  var flagNames: [String] {
    PolicyFlags.names(of: header.flags)
  }

  /// What the log made of it.
  var treatment: PaymentRules.Treatment {
    PaymentRules.treatment(of: payment.outcome, header.flags)
  }
}

/// What is told of a payment by no notice of it, and may be a discrepancy: an attempt, a dispute.
struct PaymentRemark {
  var position: Position
  var header: EventHeader
  var kind: EventKind
  var institution: Institution
  /// Of a dispute.
  var transaction: ExternalID
  /// Of an attempt.
  var order: ExternalID
  var amount: Money
  var currency: UInt16

  var flagNames: [String] { PolicyFlags.names(of: header.flags) }
}

/// What was done about discrepancies of a notice, an attempt or a dispute.
struct PaymentAnswer {
  var position: Position
  var fields: DiscrepancyResolved
}

/// What the cashier asked for.
struct PaymentAttempt {
  var position: Position
  var fields: OrderAttempted
  /// `.none` where the merchant is not registered.
  var merchant = MerchantNumber.none

  /// What its merchant is called.
  func name(_ names: MerchantNames) -> ExternalID {
    merchant == .none ? fields.external : names[merchant]
  }
}

/// A transaction as institutions tell them apart.
private struct TransactionName: Hashable {
  let institution: Institution
  let transaction: ExternalID

  init(_ institution: Institution, _ transaction: ExternalID) {
    self.institution = institution
    self.transaction = transaction
  }
}

/// The notices that name a transaction or an order, disputes of their transactions, and answers.
struct PaymentStory {
  private(set) var lines: [PaymentNoticeLine] = []
  private(set) var disputes = Disputes()
  /// What events tell of combined payments, by their positions.
  private var told: [Position: PaymentCombined] = [:]
  private(set) var combined = CombinedPayments()
  /// Those that were asked for by their own id: all their parts are here.
  private(set) var named: [CombinedPayment] = []
  /// Attempts and disputes that break policy, in the order of the log.
  private(set) var remarks: [PaymentRemark] = []
  /// By the position of what they answer.
  private(set) var answers: [Position: [PaymentAnswer]] = [:]
  /// What the cashier asked for, in the order of the log.
  private var attempts: [PaymentAttempt] = []
  /// Captures that bring the rest of an order, also those of transactions that nobody asked for.
  private var rests: [PaymentNoticeLine] = []
  /// In the order of the log.
  private var adjustments: [(position: Position, fields: PaymentAdjusted)] = []

  private static let stringsBegin =
    MemoryLayout<sluice_head>.size + MemoryLayout<sluice_payment>.size

  /// A story of notices that are at hand.
  init(
    _ lines: [PaymentNoticeLine],
    attempts: [PaymentAttempt] = [],
    combined: [CombinedPayment] = []
  ) {
    self.lines = lines
    self.attempts = attempts
    named = combined
  }

  /// Found in the index, and behind it by reading.
  init(of name: ExternalID, _ view: LogView) throws {
    if let hash = view.sealed?.hash {
      for institution in Institution.allCases {
        let transaction = name.withSpan { hash.transaction(institution.rawValue, $0) }
        for found in try view.find(.transactions, transaction) {
          take(found.event, found.position, name)
        }
      }
      for found in try view.find(.orders, name.withSpan { hash.order($0) }) {
        take(found.event, found.position, name)
      }
    }
    var others: [(event: Event, position: Position)] = []
    try view.read(from: view.sealedEnd) { batch in
      for index in 0..<batch.count {
        let kind = batch.kind(index)
        if kind == EventKind.paymentCombined.rawValue {
          take(try batch.event(index), batch.position(index), name)
        }
        if PaymentStory.isOther(kind) {
          others.append((try batch.event(index), batch.position(index)))
          continue
        }
        guard EventKind.isPayment(kind) else { continue }
        // Two strings are read in place; the whole notice is decoded only where one is the name.
        var source = FieldSource(
          batch.bytes(of: index), from: PaymentStory.stringsBegin, kind: kind)
        let isTransaction = source.nextText8(is: name)
        source.skipText8()
        guard isTransaction || source.nextText8(is: name) else { continue }
        take(try batch.event(index), batch.position(index), name)
      }
    }
    combined = CombinedPayments(told)
    named = combined.named(name)
    if !named.isEmpty { try addParts(view) }
    // A transaction may be called as its order is.
    lines.sort { $0.position < $1.position }
    lines = lines.indices.filter { $0 == 0 || lines[$0].position != lines[$0 - 1].position }
      .map { lines[$0] }
    try addAttempts(view)
    try addOthers(others, view, asked: name)
    combined = CombinedPayments(told)
    remarks.sort { $0.position < $1.position }
    try addAnswers(others, view)
  }

  /// Whose payments and disputes they are.
  var merchants: Set<MerchantNumber> {
    Set(lines.map(\.header.merchant) + disputes.rows.map(\.merchant) + attempts.map(\.merchant))
  }

  /// Whether the log says anything of it.
  var isEmpty: Bool { lines.isEmpty && named.isEmpty && disputes.rows.isEmpty }

  /// Adds the notices of all parts: of the index, and of another reading of what is behind it, for
  /// they may stand before the event that says whose parts they are.
  private mutating func addParts(_ view: LogView) throws {
    let parts = named.reduce(into: [Institution: Set<ExternalID>]()) { parts, payment in
      parts[payment.told.institution, default: []].formUnion(payment.parts.map(\.transaction))
    }
    if let hash = view.sealed?.hash {
      for (institution, transactions) in parts {
        for transaction in transactions {
          let key = transaction.withSpan { hash.transaction(institution.rawValue, $0) }
          for found in try view.find(.transactions, key) {
            take(found.event, found.position, parts)
          }
        }
      }
    }
    try view.read(from: view.sealedEnd) { batch in
      for index in 0..<batch.count where EventKind.isPayment(batch.kind(index)) {
        var source = FieldSource(
          batch.bytes(of: index), from: PaymentStory.stringsBegin, kind: batch.kind(index))
        let transaction = source.text8()
        guard parts.values.contains(where: { $0.contains(transaction) }) else { continue }
        take(try batch.event(index), batch.position(index), parts)
      }
    }
  }

  private mutating func take(
    _ event: Event, _ position: Position, _ parts: [Institution: Set<ExternalID>]
  ) {
    guard case .payment(let payment) = event.payload,
      parts[payment.institution]?.contains(payment.transaction) == true
    else { return }
    lines.append(PaymentNoticeLine(position: position, header: event.header, payment: payment))
  }

  private static func isOther(_ kind: UInt16) -> Bool {
    kind == EventKind.discrepancyResolved.rawValue || kind == EventKind.paymentDisputed.rawValue
      || kind == EventKind.paymentAdjusted.rawValue || kind == EventKind.paymentCombined.rawValue
  }

  /// Adds what the cashier says of the orders, and what else was captured of them: their names are
  /// known once the notices are.
  private mutating func addAttempts(_ view: LogView) throws {
    var orders: [ExternalID] = []
    for line in lines where !orders.contains(line.payment.order) {
      orders.append(line.payment.order)
    }
    if let hash = view.sealed?.hash {
      for order in orders {
        for found in try view.find(.orders, order.withSpan { hash.order($0) }) {
          take(found.event, found.position, of: orders)
        }
      }
      attempts.sort { $0.position < $1.position }
    }
    // An institution, two tiers, an instant and an amount stand before the order.
    let orderBegins = MemoryLayout<sluice_head>.size + 3 + 2 * MemoryLayout<Int64>.size
    let attempted = EventKind.orderAttempted.rawValue
    let captured = EventKind.paymentCaptured.rawValue
    try view.read(from: view.sealedEnd) { batch in
      for index in 0..<batch.count {
        let kind = batch.kind(index)
        guard kind == attempted || kind == captured else { continue }
        let begins = kind == attempted ? orderBegins : PaymentStory.stringsBegin
        var source = FieldSource(batch.bytes(of: index), from: begins, kind: kind)
        if kind == captured { source.skipText8() }
        guard PaymentStory.isNext(oneOf: orders, source) else { continue }
        take(try batch.event(index), batch.position(index), of: orders)
      }
    }
  }

  private static func isNext(oneOf orders: [ExternalID], _ source: borrowing FieldSource) -> Bool {
    for order in orders where source.nextText8(is: order) { return true }
    return false
  }

  private mutating func take(_ event: Event, _ position: Position, of orders: [ExternalID]) {
    switch event.payload {
    case .orderAttempted(let fields) where orders.contains(fields.order):
      take(fields, event.header, position)
    case .payment(let payment)
    where payment.outcome == .captured && orders.contains(payment.order)
      && !event.header.flags.hasAny(of: PolicyFlags.notTheRest):
      rests.append(PaymentNoticeLine(position: position, header: event.header, payment: payment))
    default: break
    }
  }

  private mutating func take(
    _ fields: OrderAttempted, _ header: EventHeader, _ position: Position
  ) {
    attempts.append(
      PaymentAttempt(position: position, fields: fields, merchant: header.merchant))
    remark(
      PaymentRemark(
        position: position, header: header, kind: .orderAttempted,
        institution: fields.institution, transaction: .none, order: fields.order,
        amount: fields.orderAmount, currency: Payment.yuan))
  }

  private mutating func remark(_ remark: PaymentRemark) {
    let asked = PolicyFlags.discrepanciesBesidePayments
    if remark.header.flags.hasAny(of: asked) { remarks.append(remark) }
  }

  private mutating func take(_ event: Event, _ position: Position, _ name: ExternalID) {
    if case .paymentCombined(let fields) = event.payload {
      if fields.combined == name || fields.parts.contains(where: { $0.transaction == name }) {
        told[position] = fields
      }
      return
    }
    guard case .payment(let payment) = event.payload,
      payment.transaction == name || payment.order == name
    else { return }
    lines.append(PaymentNoticeLine(position: position, header: event.header, payment: payment))
  }

  /// Adds disputes, adjustments and what combines its transactions: of the index, then those that
  /// were read behind it.
  ///
  /// - Parameter name: may be that of a transaction of which no notice has come.
  private mutating func addOthers(
    _ read: [(event: Event, position: Position)], _ view: LogView, asked name: ExternalID
  ) throws {
    var found: [(event: Event, position: Position)] = []
    if let hash = view.sealed?.hash {
      var keys = Set(
        lines.map { line in
          line.payment.transaction.withSpan {
            hash.transaction(line.payment.institution.rawValue, $0)
          }
        })
      for institution in Institution.allCases {
        keys.insert(name.withSpan { hash.transaction(institution.rawValue, $0) })
      }
      for key in keys {
        found += try view.find(.transactions, key).map { ($0.event, $0.position) }
      }
    }
    let transactions = Set(
      lines.map { TransactionName($0.payment.institution, $0.payment.transaction) })
    func isAbout(_ institution: Institution, _ transaction: ExternalID) -> Bool {
      transaction == name || transactions.contains(TransactionName(institution, transaction))
    }
    var last = Position.none
    for (event, position) in found.sorted(by: { $0.position < $1.position }) + read
    where position != last {
      last = position
      switch event.payload {
      case .paymentDisputed(let fields) where isAbout(fields.institution, fields.transaction):
        disputes.fold(event, at: position)
        remark(
          PaymentRemark(
            position: position, header: event.header, kind: .paymentDisputed,
            institution: fields.institution, transaction: fields.transaction, order: .none,
            amount: fields.amount, currency: fields.currency))
      case .paymentAdjusted(let fields) where isAbout(fields.institution, fields.transaction):
        adjustments.append((position, fields))
      case .paymentCombined(let fields)
      where fields.parts.contains(where: { isAbout(fields.institution, $0.transaction) }):
        told[position] = fields
      default: break
      }
    }
  }

  /// Adds what was answered about notices, attempts and disputes.
  private mutating func addAnswers(
    _ read: [(event: Event, position: Position)], _ view: LogView
  ) throws {
    let positions = Set(lines.map(\.position) + remarks.map(\.position))
    var found: [(event: Event, position: Position)] = []
    if let hash = view.sealed?.hash {
      for position in positions {
        found += try view.find(.transactions, hash.answer(position))
          .map { ($0.event, $0.position) }
      }
    }
    var last = Position.none
    for (event, position) in found.sorted(by: { $0.position < $1.position }) + read
    where position != last {
      guard case .discrepancyResolved(let fields) = event.payload,
        positions.contains(fields.position)
      else { continue }
      last = position
      answers[fields.position, default: []].append(
        PaymentAnswer(position: position, fields: fields))
    }
  }

  /// The cashier's last attempt to have an order paid through an institution; nil where the log has
  /// none.
  func asked(_ institution: Institution, _ order: ExternalID) -> PaymentAttempt? {
    attempts.last { $0.fields.institution == institution && $0.fields.order == order }
  }

  /// What finance added to days, or took from them, because of a transaction.
  func adjustments(
    _ institution: Institution, _ transaction: ExternalID
  ) -> [(position: Position, fields: PaymentAdjusted)] {
    adjustments.filter {
      $0.fields.institution == institution && $0.fields.transaction == transaction
    }
  }

  /// The discrepancies of a notice that no event has answered.
  func open(of line: PaymentNoticeLine) -> PolicyFlags {
    var open = unanswered(line.header.flags.intersection(PolicyFlags.discrepancies), line.position)
    let isJoined = lines.contains {
      $0.position > line.position && $0.payment.outcome == .captured
        && $0.payment.institution == line.payment.institution
        && $0.payment.transaction == line.payment.transaction
        && !$0.header.flags.hasAny(of: PolicyFlags.unchanging)
    }
    if isJoined { open.remove(.refundBeforeCapture) }
    if line.payment.outcome == .captured, hasRest(line) { open.remove(.amountDiffers) }
    return open
  }

  /// Whether a later capture brings the rest of the order that a capture is a part of.
  private func hasRest(_ line: PaymentNoticeLine) -> Bool {
    line.header.merchant != .none
      && rests.contains {
        $0.position > line.position && $0.payment.order == line.payment.order
          && $0.header.merchant == line.header.merchant
      }
  }

  /// The discrepancies of an attempt or a dispute that no event has answered.
  func open(of remark: PaymentRemark) -> PolicyFlags {
    unanswered(
      remark.header.flags.intersection(PolicyFlags.discrepanciesBesidePayments), remark.position)
  }

  private func unanswered(_ flags: PolicyFlags, _ position: Position) -> PolicyFlags {
    (answers[position] ?? []).reduce(flags) { $0.subtracting($1.fields.flags) }
  }
}
