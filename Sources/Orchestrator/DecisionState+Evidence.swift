// The evidence of running rollouts as events bring it.

public import Events
import Projections
public import Rollout

extension DecisionState {
  /// The guardrails and the evidence of a rollout; nil where its plan has none or it never started.
  public func watch(_ rollout: RolloutNumber) -> GuardrailWatch? {
    let row = Int(rollout.rawValue) - 1
    return attempts.indices.contains(row) ? attempts[row]?.watch : nil
  }

  /// Begins to watch a rollout that has started.
  mutating func beginWatch(_ row: Int) {
    while attempts.count <= row { attempts.append(nil) }
    let rollout = board.rollouts[row]
    attempts[row] = nil
    guard let rules = plans[row]?.guardrails, rollout.start != .none else { return }
    attempts[row] = AttemptBook(GuardrailWatch(rules, rollout))
    isWatching = true
  }

  /// Takes what an event says of evidence; the board has folded it already.
  mutating func watch(_ event: Event) {
    switch event.payload {
    case .rolloutStarted(let fields): beginWatch(Int(fields.rollout.rawValue) - 1)
    case .rolloutAmended(let fields):
      let row = Int(fields.rollout.rawValue) - 1
      beginWatch(row)
      attempts[row]?.interrupt(at: event.header.logTime)
    case .orderAttempted(let fields): attempt(fields, event.header)
    case .orderFailed(let fields):
      answer(
        ledger.orderKey(fields.order), fields.institution, event.header,
        AttemptOutcome(fields.failureClass),
        isUnclassified: fields.failureClass == .unclassified)
    case .orderTimedOut(let fields):
      answer(
        ledger.orderKey(fields.order), fields.institution, event.header, .failed(.institution))
    case .waveOpened(let fields):
      change(Int(fields.rollout.rawValue) - 1) { book, _ in
        book.widenAnew(since: event.header.logTime)
      }
    case .evidenceClosed(let fields):
      change(Int(fields.rollout.rawValue) - 1) { $0.close($1) }
    case .guardrailCleared(let fields):
      change(Int(fields.rollout.rawValue) - 1) { $0.judgeAnew($1) }
    case .termsPublished:
      for row in attempts.indices { change(row) { $0.judgeAnew($1) } }
    case .daemonStarted, .clockStepped:
      for row in attempts.indices { attempts[row]?.interrupt(at: event.header.logTime) }
    default: break
    }
  }

  /// Whether a merchant was withdrawn for its own failures under a rollout.
  func isBreached(_ merchant: MerchantNumber, _ rollout: RolloutNumber) -> Bool {
    let row = Int(rollout.rawValue) - 1
    guard attempts.indices.contains(row), attempts[row] != nil else { return false }
    return board.rollouts[row].evidence.isBreached(.merchant, merchant)
  }

  /// A merchant that is on again is judged without the failures for which it was withdrawn.
  mutating func forget(_ merchant: MerchantNumber, _ rollout: RolloutNumber, at time: Timestamp) {
    change(Int(rollout.rawValue) - 1) { book, _ in book.forget(merchant, since: time) }
  }

  /// Takes what an institution's notice says of an attempt.
  mutating func watch(_ facts: PaymentFacts, _ flags: PolicyFlags, at time: Timestamp) {
    guard !flags.hasAny(of: PolicyFlags.unchanging) else { return }
    let outcome: AttemptOutcome
    switch facts.outcome {
    // The cashier asks in yuan.
    case .captured where facts.currency != Payment.yuan: outcome = .mismatched
    case .captured, .authorised: outcome = .held
    case .failed: outcome = AttemptOutcome(facts.failureClass)
    case .closed: outcome = .excused
    case .pending, .refunded: return
    }
    answer(
      facts.order, facts.institution, EventHeader(logTime: time, merchant: facts.merchant), outcome,
      isUnclassified: facts.outcome == .failed && facts.failureClass == .unclassified,
      paid: facts.outcome == .captured && facts.currency == Payment.yuan
        ? facts.orderAmount : nil)
  }

  /// Whether an order of an amount is a probe, or one of the staff, by a plan that evidence is
  /// gathered under: nobody looks at what becomes of it.
  func isProbe(_ asked: Money) -> Bool {
    isWatching && attempts.contains { $0.map { asked < $0.watch.rules.ignoreBelow } ?? false }
  }

  private mutating func change(_ row: Int, _ body: (inout AttemptBook, Rollout) -> Void) {
    guard attempts.indices.contains(row) else { return }
    let rollout = board.rollouts[row]
    if var book = attempts[row].take() {
      body(&book, rollout)
      attempts[row] = book
    }
  }

  private mutating func answer(
    _ key: IdentifierKey, _ institution: Institution, _ header: EventHeader,
    _ outcome: AttemptOutcome, isUnclassified: Bool = false, paid: Money? = nil
  ) {
    guard header.merchant != .none else { return }
    for row in attempts.indices where attempts[row] != nil {
      if isUnclassified { attempts[row]?.countUnclassified() }
      attempts[row]?.answer(
        key, institution, at: header.merchant, outcome, paid: paid, time: header.logTime,
        board.rollouts[row])
    }
  }

  private mutating func attempt(_ fields: OrderAttempted, _ header: EventHeader) {
    guard header.merchant != .none else { return }
    let claimed = header.occurredAt == .none ? header.logTime : header.occurredAt
    let time = min(claimed, header.logTime)
    let key = ledger.orderKey(fields.order)
    let stratum = Stratum(
      tier: book.tier(header.merchant), dailyPayments: book.dailyPayments(header.merchant))
    for row in attempts.indices where attempts[row] != nil {
      let side = side(header.merchant, row, at: time)
      attempts[row]?.attempt(
        key, fields.institution, at: header.merchant, stratum, isTreated: side,
        amount: fields.orderAmount, time: time, board.rollouts[row])
    }
  }

  /// On which side a merchant stood at an instant: true where it was on, false where it was not yet
  /// enabled, nil where it takes no part or was withdrawn.
  private func side(_ merchant: MerchantNumber, _ row: Int, at time: Timestamp) -> Bool? {
    guard let plan = plans[row], let book = attempts[row],
      book.watch.isOn(board.rollouts[row], time)
    else { return nil }
    let number = RolloutNumber(UInt16(row + 1))
    if let standing = self.book.standing(number), standing.enabledAt(merchant) != .none {
      if standing.enabledAt(merchant) > time { return false }
      return standing.wasOn(merchant, when: time) ? true : nil
    }
    guard self.book.state(merchant, number) == .pending,
      Scheduler.mayTakePart(merchant, plan: plan, book: self.book)
    else { return nil }
    return false
  }
}
