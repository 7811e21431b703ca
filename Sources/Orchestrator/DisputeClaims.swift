// What disputes say of payments: a dispute is held against the capture of its transaction, and a
// capture against the disputes that came before it and wait for it. Whichever comes second carries
// the flag, once.
//
// Disputes are few beside the payments, and a payment may be disputed months after anybody told of
// it, or before: so nothing of them is dropped with the generations of the tables. A start makes
// them again from the table of disputes. A filter says of nearly every other capture at once that
// nobody disputes it.

import Events
import Projections

/// The disputes of a log by their transaction: some hundred bytes each.
struct DisputeClaims: Sendable {
  /// One dispute as the stage that counts tells of it.
  struct Claim: Sendable {
    /// Half of its key.
    fileprivate let dispute: UInt64
    fileprivate var moment: DisputeMoment
    fileprivate var merchant: MerchantNumber
    /// Under a merchant that nobody registered.
    fileprivate var isOfStranger: Bool
    fileprivate var currency: UInt16
    /// What one of its stages or another was flagged with.
    fileprivate var flags: PolicyFlags

    /// Whether it names another merchant or currency than its payment.
    ///
    /// Under no merchant a dispute says nothing of whose it is; under one that nobody registered it
    /// names another than the payment.
    fileprivate func isOfAnother(_ merchant: MerchantNumber, _ currency: UInt16) -> Bool {
      let namesOne = self.merchant != .none || isOfStranger
      return self.currency != currency
        || namesOne && merchant != .none && self.merchant != merchant
    }
  }

  private var claims: [IdentifierKey: [Claim]] = [:]
  private var filter = KeyFilter()

  init() {}

  /// Those that a projection holds.
  init(_ known: Disputes, _ hash: IdentifierHash) {
    for row in known.rows {
      let claim = Claim(
        dispute: hash.dispute(row.institution, row.transaction, row.dispute), moment: row.moment,
        merchant: row.merchant, isOfStranger: !row.external.isEmpty, currency: row.currency,
        flags: row.flags)
      take(
        claim, hash.key(.transaction, institution: row.institution.rawValue, row.transaction))
    }
  }

  /// Notes a stage of a dispute.
  mutating func note(_ fields: PaymentDisputed, _ header: EventHeader, _ hash: IdentifierHash) {
    take(
      Claim(fields, header, hash),
      hash.key(.transaction, institution: fields.institution.rawValue, fields.transaction))
  }

  private mutating func take(_ claim: Claim, _ transaction: IdentifierKey) {
    if claims[transaction] == nil { filter.insert(transaction, among: claims.keys) }
    DisputeClaims.take(claim, into: &claims[transaction, default: []])
  }

  private static func take(_ claim: Claim, into known: inout [Claim]) {
    guard let place = known.firstIndex(where: { $0.dispute == claim.dispute }) else {
      known.append(claim)
      return
    }
    let flags = known[place].flags.union(claim.flags)
    if claim.moment >= known[place].moment { known[place] = claim }
    known[place].flags = flags
  }
}

extension DisputeClaims {
  /// What a stage of a dispute says against its payment; nothing where an earlier stage of it has
  /// said so, or the capture that came behind that.
  func contradictions(
    of fields: PaymentDisputed, _ header: EventHeader, _ known: PaymentLedger.Transaction,
    _ hash: IdentifierHash
  ) -> PolicyFlags {
    let nothing = PolicyFlags(rawValue: 0)
    let transaction = hash.key(
      .transaction, institution: fields.institution.rawValue, fields.transaction)
    let said = Claim(fields, header, hash)
    let before = claims[transaction] ?? []
    let earlier = before.first { $0.dispute == said.dispute }
    if said.isOfAnother(known.merchant, known.currency) {
      guard let earlier else { return .conflictsWithEarlier }
      let isSaid =
        earlier.flags.contains(.conflictsWithEarlier)
        || known.captured != nil && earlier.isOfAnother(known.merchant, known.currency)
      return isSaid ? nothing : .conflictsWithEarlier
    }
    guard let captured = known.captured else { return nothing }
    var after = before
    DisputeClaims.take(said, into: &after)
    func isAbove(_ amount: Money, _ claims: [Claim]) -> Bool {
      amount > captured || DisputeClaims.exceed(captured, claims, known.merchant, known.currency)
    }
    guard isAbove(said.moment.amount, after) else { return nothing }
    guard let earlier else { return .amountDiffers }
    let isSaid =
      earlier.flags.contains(.amountDiffers) || isAbove(earlier.moment.amount, before)
    return isSaid ? nothing : .amountDiffers
  }

  /// Whether a capture, the first word of what was captured, is not what disputes say that came
  /// before it: of another merchant, in another currency, or of less than is in dispute.
  ///
  /// - Parameter known: what was told of its transaction before.
  @inline(__always)
  func contradict(_ facts: PaymentFacts, _ known: PaymentLedger.Transaction?) -> Bool {
    filter.mayHold(facts.transaction) && areOfAnother(facts, known?.merchant ?? facts.merchant)
  }

  @inline(never)
  private func areOfAnother(_ facts: PaymentFacts, _ merchant: MerchantNumber) -> Bool {
    guard let claims = claims[facts.transaction] else { return false }
    return claims.contains { claim in
      claim.isOfAnother(merchant, facts.currency)
        ? !claim.flags.contains(.conflictsWithEarlier) : claim.moment.amount > facts.orderAmount
    } || DisputeClaims.exceed(facts.orderAmount, claims, merchant, facts.currency)
  }

  /// Whether payers together claim more of a payment, or have more of it, than was captured.
  private static func exceed(
    _ captured: Money, _ claims: [Claim], _ merchant: MerchantNumber, _ currency: UInt16
  ) -> Bool {
    var sum = Money.zero
    for claim in claims
    where claim.moment.stage.isClaim && !claim.isOfAnother(merchant, currency) {
      sum = sum + claim.moment.amount
      if sum > captured { return true }
    }
    return false
  }
}

extension DisputeClaims.Claim {
  fileprivate init(_ fields: PaymentDisputed, _ header: EventHeader, _ hash: IdentifierHash) {
    self.init(
      dispute: hash.dispute(fields.institution, fields.transaction, fields.dispute),
      moment: DisputeMoment(fields, header), merchant: header.merchant,
      isOfStranger: !fields.external.isEmpty, currency: fields.currency, flags: header.flags)
  }
}

extension IdentifierHash {
  fileprivate func dispute(
    _ institution: Institution, _ transaction: ExternalID, _ dispute: ExternalID
  ) -> UInt64 {
    key(.dispute, institution: institution.rawValue, transaction, dispute).low
  }
}

/// Says of most keys at once that none of them was inserted; never so of one that was.
private struct KeyFilter: Sendable {
  /// Words of 64 bits, a power of two; none while nothing was inserted.
  private var words: [UInt64] = []
  /// A key has so many bits at least.
  private static let bitsPerKey = 16
  private static let wordsLeast = 64

  @inline(__always)
  func mayHold(_ key: IdentifierKey) -> Bool {
    if words.isEmpty { return false }
    return words[Int(key.low >> 6) & (words.count - 1)] >> (key.low & 63) & 1 == 1
  }

  /// - Parameter others: all that were inserted before.
  mutating func insert(
    _ key: IdentifierKey, among others: some Collection<IdentifierKey>
  ) {
    if words.count * 64 < (others.count + 1) * KeyFilter.bitsPerKey {
      words = [UInt64](repeating: 0, count: max(KeyFilter.wordsLeast, words.count * 2))
      for other in others { insert(other) }
    }
    insert(key)
  }

  private mutating func insert(_ key: IdentifierKey) {
    words[Int(key.low >> 6) & (words.count - 1)] |= 1 << (key.low & 63)
  }
}
