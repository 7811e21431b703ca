// The blocks of a rollout's evidence that are not closed yet: counts only. Which order lies where
// is its owner's to know.

public import Events
public import Projections

/// How an order stands that was attempted: what each institution has answered so far.
public struct AttemptedOrder: Sendable, BitwiseCopyable {
  /// The number of its block: the beginning of the block by the length of a block.
  public let block: Int64
  public let merchant: MerchantNumber
  public let stratum: Stratum
  /// Whether the merchant was on at the first attempt; otherwise it was not yet enabled.
  public let isTreated: Bool
  /// One bit an institution, by its number less one.
  fileprivate var attempted: UInt8 = 0
  fileprivate var failed: UInt8 = 0
  fileprivate var failedForMerchant: UInt8 = 0
  fileprivate var excused: UInt8 = 0
  /// Excused for want of a code that is known.
  fileprivate var unknown: UInt8 = 0
  fileprivate var held: UInt8 = 0
  /// The institution of the first attempt.
  fileprivate var first: UInt8 = 0
  /// What the cashier asked for; nothing while nobody was seen trying.
  public var asked = Money.zero
  /// What was captured of it.
  public private(set) var paid = Money.zero
  /// Who captured a part.
  public private(set) var payers: UInt8 = 0

  public init(block: Int64, merchant: MerchantNumber, stratum: Stratum, isTreated: Bool) {
    self.block = block
    self.merchant = merchant
    self.stratum = stratum
    self.isTreated = isTreated
  }

  /// What an institution has said of an order that nobody was seen trying to pay yet.
  public init(answeredIn block: Int64) {
    self.init(
      block: block, merchant: .none, stratum: Stratum(tier: .unknown, size: 0), isTreated: false)
  }

  /// Whether nothing but payments is known of it.
  public var isAnsweredOnly: Bool { merchant == .none }

  /// Notes that it was paid, or promised to be.
  ///
  /// - Parameter amount: of a capture; nil where nothing was taken yet.
  public mutating func notePaid(_ institution: Institution, _ amount: Money?) {
    held |= AttemptedOrder.bit(institution)
    if let amount { take(amount, by: institution) }
  }

  public mutating func take(_ amount: Money, by institution: Institution) {
    paid = paid + amount
    payers |= AttemptedOrder.bit(institution)
  }

  /// Takes what was paid before the attempt was seen.
  public mutating func takePayments(of earlier: AttemptedOrder) {
    (paid, payers) = (earlier.paid, earlier.payers)
  }

  public func isPaid(_ institution: Institution) -> Bool {
    held & AttemptedOrder.bit(institution) != 0
  }

  public func hasPart(of institution: Institution) -> Bool {
    payers & AttemptedOrder.bit(institution) != 0
  }

  fileprivate static func bit(_ institution: Institution) -> UInt8 {
    1 << (institution.rawValue - 1)
  }

  /// Whether it fails as it stands: no attempt has held, and one met what counts as a failure or
  /// has no answer.
  ///
  /// - Parameter own: whether the merchant's own failures count here.
  func isFailed(own: Bool) -> Bool { held == 0 && failing(own: own) != 0 }

  /// Whether what was tried through some institutions fails as it stands.
  func isFailed(_ mask: UInt8, own: Bool) -> Bool { failing(own: own) & ~held & mask != 0 }

  private func failing(own: Bool) -> UInt8 {
    attempted & ~excused & (own ? ~0 : ~failedForMerchant)
  }

  func began(_ mask: UInt8) -> Bool { first & mask != 0 }

  /// Whether it is one of the orders that are counted: it was tried, and its end is known.
  ///
  /// A code that nobody knows says neither that the order failed nor that it held: such an order
  /// is in no count, or a new code would pass for health.
  func isCounted(own: Bool) -> Bool {
    attempted != 0 && (unknown == 0 || held != 0 || failing(own: own) != 0)
  }

  /// The same of what was tried through some institutions.
  func isCounted(_ mask: UInt8, own: Bool) -> Bool {
    attempted != 0
      && (unknown & mask == 0 || held & mask != 0 || failing(own: own) & mask != 0)
  }

  /// Whether it fails through some institutions for the merchant's own sake.
  func isFailedForMerchant(_ mask: UInt8) -> Bool { failedForMerchant & ~held & mask != 0 }
}

/// What became of one attempt.
public enum AttemptOutcome: Sendable {
  /// It was begun; without another outcome it fails when its block is closed.
  case begun
  /// It was paid, or promised to be.
  case held
  /// It failed in a way that counts.
  case failed(FailureClass)
  /// More was taken than the cashier asked for, or another currency: that is a broken integration.
  case mismatched
  /// It failed in a way that speaks against the payer only, or against nobody that is known, or the
  /// payer is still at it: it takes back no failure that is known, and a later one counts.
  case excused
  /// It failed with a code that nobody knows: the order is not counted, unless more becomes known.
  case unknown
}

extension AttemptOutcome {
  /// The outcome of a failure by its class: only what speaks for a broken integration, institution
  /// or merchant counts.
  public init(_ failureClass: FailureClass) {
    switch failureClass {
    case .merchant, .integration, .institution: self = .failed(failureClass)
    case .none, .payer, .risk, .pending, .duplicate, .closed: self = .excused
    case .unclassified: self = .unknown
    }
  }
}

/// The open blocks of a rollout.
public struct OpenEvidence: Sendable {
  /// How many merchants with own failures an event names at most: those that are watched first,
  /// then those with the most.
  ///
  /// With 36 bytes each, and 110 for each of 231 strata, the event stays below its 65,000.
  public static let merchantsMax = 800

  /// One block that is not closed.
  private struct Block: Sendable {
    var rows: [Stratum: EvidenceRow] = [:]
    var merchants: [MerchantNumber: ArmCount] = [:]
    var gap = EvidenceGap.none

    /// Counts an order as it stands in place of how it stood.
    mutating func exchange(
      _ before: AttemptedOrder, _ order: AttemptedOrder, _ institution: UInt8, _ countsOwn: Bool
    ) {
      let stratum = order.stratum
      rows[stratum, default: EvidenceRow(stratum: stratum)]
        .exchange(before, order, institution, countsOwn)
      guard order.isTreated, order.began(institution) else { return }
      let was = before.isCounted(institution, own: countsOwn)
      let isNow = order.isCounted(institution, own: countsOwn)
      let wasOwn = !countsOwn && before.isFailedForMerchant(institution)
      let isOwn = !countsOwn && order.isFailedForMerchant(institution)
      if was == isNow, wasOwn == isOwn { return }
      merchants[order.merchant, default: ArmCount()].exchange(was, isNow, wasOwn, isOwn)
    }
  }

  private let institution: UInt8
  private let seconds: Int64
  /// Whether merchants' own failures count for the whole: where they are not guarded one by one.
  private let countsOwn: Bool
  private var blocks: [Int64: Block] = [:]
  /// Every block before this one has a gap: nobody was there.
  private var interruptedUntil = Int64.min
  public private(set) var late: UInt32 = 0
  public private(set) var unclassified: UInt32 = 0

  public init(_ rules: Guardrails, institution: Institution) {
    self.institution = AttemptedOrder.bit(institution)
    seconds = rules.blockSeconds
    countsOwn = rules.merchant == nil
  }

  /// The number of the block that an instant lies in.
  public func block(of instant: Timestamp) -> Int64 {
    let seconds = instant.seconds
    return (seconds >= 0 ? seconds : seconds - self.seconds + 1) / self.seconds
  }

  public func start(of block: Int64) -> Timestamp { Timestamp(seconds: block * seconds) }

  /// Takes what became of an attempt; the order's counts follow.
  public mutating func take(
    _ outcome: AttemptOutcome, _ institution: Institution, _ order: inout AttemptedOrder
  ) {
    let before = order
    let bit = AttemptedOrder.bit(institution)
    switch outcome {
    case .begun:
      if order.attempted == 0 { order.first = bit }
      order.attempted |= bit
      order.failed &= ~bit
      order.failedForMerchant &= ~bit
      order.excused &= ~bit
      order.unknown &= ~bit
    case .held: order.held |= bit & order.attempted
    case .failed(let failureClass):
      order.failed |= bit & order.attempted
      order.failedForMerchant &= ~bit
      if failureClass == .merchant { order.failedForMerchant |= bit & order.attempted }
      order.excused &= ~bit
      order.unknown &= ~bit
    case .mismatched:
      order.failed |= bit & order.attempted
      order.held &= ~bit
      order.excused &= ~bit
      order.unknown &= ~bit
    case .excused: order.excused |= bit & order.attempted & ~order.failed
    case .unknown:
      order.excused |= bit & order.attempted & ~order.failed
      order.unknown |= bit & order.attempted & ~order.failed
    }
    // In place: a block is as large as the merchants that had orders in it.
    blocks[order.block, default: Block()].exchange(before, order, self.institution, countsOwn)
  }

  public mutating func countLate() { late += 1 }
  public mutating func countUnclassified() { unclassified += 1 }

  /// A block cannot hold all its orders.
  public mutating func overflow(_ block: Int64) { blocks[block, default: Block()].gap = .overflow }

  /// Nobody was there before an instant: what is open, its own block included, is not judged.
  public mutating func interrupt(at instant: Timestamp) {
    interruptedUntil = block(of: instant) + 1
    blocks.removeAll()
    (late, unclassified) = (0, 0)
  }

  /// Forgets what is closed.
  public mutating func drop(before instant: Timestamp) {
    let first = block(of: instant)
    blocks = blocks.filter { $0.key >= first }
    (late, unclassified) = (0, 0)
  }
}

// MARK: - Closing

extension OpenEvidence {
  /// One past the last instant of what is closed next: a block that has orders or another gap than
  /// the one before it is closed alone, those without an order together.
  public func end(from: Timestamp, until last: Timestamp) -> Timestamp {
    let first = block(of: from)
    let end = block(of: last)
    guard isEmpty(first) else { return min(start(of: first + 1), last) }
    // The next block that differs; there are few open ones, so they are asked and not the blocks.
    var next = end
    for number in blocks.keys where number > first && !isEmpty(number) { next = min(next, number) }
    if first < interruptedUntil { next = min(next, interruptedUntil) }
    return start(of: max(next, first + 1))
  }

  private func isEmpty(_ number: Int64) -> Bool {
    guard let block = blocks[number] else { return true }
    return block.rows.isEmpty && block.gap == .none
  }

  public func gap(from: Timestamp) -> EvidenceGap {
    let number = block(of: from)
    if number < interruptedUntil { return .interrupted }
    return blocks[number]?.gap ?? .none
  }

  /// The strata of a block, in their order.
  public func rows(from: Timestamp) -> [EvidenceRow] {
    (blocks[block(of: from)]?.rows.values).map { rows in
      rows.sorted { $0.stratum < $1.stratum }
    } ?? []
  }

  /// The merchants of a block with failures of their own, or that are watched for earlier ones, by
  /// their number.
  public func merchants(
    from: Timestamp, watched: (MerchantNumber) -> Bool
  ) -> [MerchantEvidence] {
    guard let merchants = blocks[block(of: from)]?.merchants else { return [] }
    // Who is watched comes first and by number: a place that went by outcome would be no sample.
    var (known, new) = ([MerchantEvidence](), [MerchantEvidence]())
    for (merchant, count) in merchants {
      let row = MerchantEvidence(merchant: merchant, count: count)
      if watched(merchant) { known.append(row) } else if count.failures > 0 { new.append(row) }
    }
    known.sort { $0.merchant < $1.merchant }
    new.sort { ($1.count.failures, $0.merchant) < ($0.count.failures, $1.merchant) }
    return (known + new).prefix(OpenEvidence.merchantsMax).sorted { $0.merchant < $1.merchant }
  }
}

extension EvidenceRow {
  /// Counts an order as it stands in place of how it stood.
  fileprivate mutating func exchange(
    _ before: AttemptedOrder, _ order: AttemptedOrder, _ mask: UInt8, _ countsOwn: Bool
  ) {
    let (wasFailed, isFailed) = (before.isFailed(own: countsOwn), order.isFailed(own: countsOwn))
    let was = before.isCounted(own: countsOwn)
    let isNow = order.isCounted(own: countsOwn)
    guard order.isTreated else {
      control.exchange(was, isNow, wasFailed, isFailed)
      return
    }
    treated.exchange(was, isNow, wasFailed, isFailed)
    let first = order.first
    let firstCounted = before.isCounted(first, own: countsOwn)
    let firstCounts = order.isCounted(first, own: countsOwn)
    let firstWas = before.isFailed(first, own: countsOwn)
    let firstIs = order.isFailed(first, own: countsOwn)
    guard order.began(mask) else {
      others.exchange(firstCounted, firstCounts, firstWas, firstIs)
      return
    }
    institution.exchange(firstCounted, firstCounts, firstWas, firstIs)
    guard !countsOwn else { return }
    if before.isFailedForMerchant(mask) { own -= 1 }
    if order.isFailedForMerchant(mask) { own += 1 }
  }
}

extension ArmCount {
  /// Counts an order that is new, or of which something else is known now.
  fileprivate mutating func exchange(
    _ was: Bool, _ isNow: Bool, _ wasFailed: Bool, _ isFailed: Bool
  ) {
    if was { orders -= 1 }
    if isNow { orders += 1 }
    if was, wasFailed { failures -= 1 }
    if isNow, isFailed { failures += 1 }
  }
}
