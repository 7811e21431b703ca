// Who pays how, where and at what hour: the counts by institution, platform, tiers and hour.

import CRecord
public import Events

/// Payments by institution, platform, tiers of merchant and buyer, and hour of the Beijing day.
///
/// Repeated and late notices are in none of the counts.
public struct PaymentMix: Sendable {
  /// Failures in the columns of the table.
  public enum FailureColumn: Int, CaseIterable, Sendable {
    case payer, merchant, integration, institution, risk, other, unclassified

    public var name: String { "\(self)" }

    /// The column of a class; a failure without one is unclassified.
    public init(_ failureClass: FailureClass) {
      self =
        switch failureClass {
        case .payer: .payer
        case .merchant: .merchant
        case .integration: .integration
        case .institution: .institution
        case .risk: .risk
        case .pending, .duplicate, .closed: .other
        case .none, .unclassified: .unclassified
        }
    }
  }

  /// What a cell is about.
  public struct Key: Hashable, Sendable {
    public var institution: Institution
    /// Nil where the merchant is not registered.
    public var platform: ShopPlatform?
    public var merchantTier: Tier
    public var buyerTier: Tier
    public var hour: Int
  }

  /// The counts of one cell.
  public struct Cell: Sendable {
    public var capturedCount: Int64 = 0
    public var capturedFen: Int64 = 0
    public var paidFen: Int64 = 0
    /// Paid from the payment account balance, where the institution says so.
    public var balanceFen: Int64 = 0
    public var balanceKnownCount: Int64 = 0
    public var refundedCount: Int64 = 0
    /// Below zero where a merchant or a buyer had another tier when a larger sum of refunds was
    /// reported than when a smaller one was afterwards; the sum of the cells is right all the same.
    public var refundedFen: Int64 = 0
    public var pendingCount: Int64 = 0
    public var closedCount: Int64 = 0
    public var attemptedCount: Int64 = 0
    /// By `FailureColumn`.
    public var failed = InlineArray<7, Int64>(repeating: 0)

    public init() {}

    public var failedCount: Int64 {
      var sum: Int64 = 0
      for index in failed.indices { sum += failed[index] }
      return sum
    }

    public var isEmpty: Bool {
      capturedCount | refundedCount | refundedFen | pendingCount | closedCount | attemptedCount == 0
        && failedCount == 0
    }

    public mutating func add(_ other: Cell) {
      capturedCount += other.capturedCount
      capturedFen += other.capturedFen
      paidFen += other.paidFen
      balanceFen += other.balanceFen
      balanceKnownCount += other.balanceKnownCount
      refundedCount += other.refundedCount
      refundedFen += other.refundedFen
      pendingCount += other.pendingCount
      closedCount += other.closedCount
      attemptedCount += other.attemptedCount
      for index in failed.indices { failed[index] += other.failed[index] }
    }
  }

  static let platformCount = ShopPlatform.allCases.count + 1
  private static let tierCount = Tier.allCases.count
  private static let hourCount = 24
  static let cellCount =
    Institution.allCases.count * platformCount * tierCount * tierCount * hourCount

  var cells = [Cell](repeating: Cell(), count: PaymentMix.cellCount)
  /// By merchant number; 0 for the number that nobody has.
  var platforms: [UInt8] = [0]

  public init() {}

  /// Calls `body` with every cell that has a count, in the order of the table.
  public func forEach(_ body: (Key, Cell) -> Void) {
    for index in cells.indices where !cells[index].isEmpty {
      body(PaymentMix.key(index), cells[index])
    }
  }

  private static func key(_ index: Int) -> Key {
    var rest = index
    func take(_ count: Int) -> Int {
      defer { rest /= count }
      return rest % count
    }
    let hour = take(hourCount)
    let buyerTier = Tier(rawValue: UInt8(take(tierCount)))
    let merchantTier = Tier(rawValue: UInt8(take(tierCount)))
    let platform = ShopPlatform(rawValue: UInt8(take(platformCount)))
    guard let institution = Institution(rawValue: UInt8(rest + 1)), let buyerTier,
      let merchantTier
    else { preconditionFailure("a cell of the mix lies outside its lists") }
    return Key(
      institution: institution, platform: platform, merchantTier: merchantTier,
      buyerTier: buyerTier, hour: hour)
  }

  private func cell(
    _ institution: Institution, _ platform: UInt8, _ merchantTier: UInt8, _ buyerTier: UInt8,
    _ hour: Int
  ) -> Int {
    var index = Int(institution.rawValue) - 1
    index = index * PaymentMix.platformCount + Int(platform)
    index = index * PaymentMix.tierCount + Int(merchantTier)
    index = index * PaymentMix.tierCount + Int(buyerTier)
    return index * PaymentMix.hourCount + hour
  }

  private func platform(_ merchant: MerchantNumber) -> UInt8 {
    Int(merchant.rawValue) < platforms.count ? platforms[Int(merchant.rawValue)] : 0
  }
}

extension PaymentMix {
  mutating func fold(_ notice: PaymentNotice) {
    fold(
      notice, platform(MerchantNumber(notice.head.merchant)), notice.instant.hourOfBeijingDay)
  }

  /// `platform` is the number of the merchant's platform, 0 where it is not registered; `hour` is
  /// that of the Beijing day.
  @inline(__always)
  mutating func fold(_ notice: PaymentNotice, _ platform: UInt8, _ hour: Int) {
    guard notice.treatment == .counted else { return }
    let fields = notice.fields
    let index = cell(
      notice.institution, platform, fields.merchant_tier, fields.buyer_tier, hour)
    switch notice.outcome {
    case .captured:
      cells[index].capturedCount += 1
      cells[index].capturedFen += fields.order_amount
      cells[index].paidFen += fields.paid_amount
      if fields.balance_amount != Payment.balanceUnknown {
        cells[index].balanceFen += fields.balance_amount
        cells[index].balanceKnownCount += 1
      }
    case .refunded:
      cells[index].refundedCount += 1
      cells[index].refundedFen += fields.order_amount
      if let hour = notice.movedFromHour {
        move(notice, platform, off: Int(((hour % 24) + 24) % 24))
      }
    case .pending: cells[index].pendingCount += 1
    case .closed: cells[index].closedCount += 1
    case .failed:
      let failureClass = FailureClass(rawValue: fields.failure_class) ?? .unclassified
      cells[index].failed[FailureColumn(failureClass).rawValue] += 1
    case .authorised: break
    }
  }

  /// Takes off an hour what a reported sum has said to have been refunded in another.
  private mutating func move(_ notice: PaymentNotice, _ platform: UInt8, off hour: Int) {
    let fields = notice.fields
    let index = cell(
      notice.institution, platform, fields.merchant_tier, fields.buyer_tier, hour)
    cells[index].refundedFen -= fields.order_amount
  }

  mutating func fold(_ event: Event) {
    switch event.payload {
    case .merchantRegistered(let fields): learn(event.header.merchant, fields.platform)
    case .merchantUpdated(let fields): learn(event.header.merchant, fields.platform)
    case .orderAttempted(let fields):
      guard event.header.flags.isDisjoint(with: PaymentRules.nothingNew) else { return }
      let index = cell(
        fields.institution, platform(event.header.merchant), fields.merchantTier.rawValue,
        fields.buyerTier.rawValue, PaymentRules.instant(event.header).hourOfBeijingDay)
      cells[index].attemptedCount += 1
    default: break
    }
  }

  /// Numbers are dense: a registration appends, an update finds its place.
  private mutating func learn(_ merchant: MerchantNumber, _ platform: ShopPlatform) {
    let place = Int(merchant.rawValue)
    if place == platforms.count {
      platforms.append(platform.rawValue)
    } else if place > 0, place < platforms.count {
      platforms[place] = platform.rawValue
    }
  }
}

extension PaymentMix: Projection {
  public mutating func apply(_ batch: borrowing EventBatch) throws(DecodeFault) {
    for index in 0..<batch.count {
      let head = batch.head(index)
      if EventKind.isPayment(head.kind) {
        fold(try PaymentNotice(batch, index, head))
      } else {
        fold(try batch.event(index))
      }
    }
  }
}

extension PaymentMix {
  /// Of its rows: to be raised whenever the same events give other rows.
  public static let version = 1

  /// What its rows are sorted by.
  public static let order =
    "institution, platform, merchant_tier, buyer_tier by their numbers, hour"

  static let columns =
    [
      Column("institution", .text), Column("platform", .text), Column("merchant_tier", .text),
      Column("buyer_tier", .text), Column("hour", .integer), Column("captured_count", .integer),
      Column("captured_fen", .fen), Column("paid_fen", .fen), Column("balance_fen", .fen),
      Column("balance_known_count", .integer), Column("refunded_count", .integer),
      Column("refunded_fen", .fen), Column("pending_count", .integer),
      Column("closed_count", .integer), Column("attempted_count", .integer),
    ] + FailureColumn.allCases.map { Column("failed_\($0.name)", .integer) }

  public func write(to sink: inout some RowSink) {
    var rows = RowBlock(PaymentMix.columns, for: &sink)
    for index in cells.indices where !cells[index].isEmpty {
      let key = PaymentMix.key(index)
      let cell = cells[index]
      rows.text(key.institution.name)
      rows.text(key.platform?.name ?? "unknown")
      rows.text(key.merchantTier.name)
      rows.text(key.buyerTier.name)
      rows.integer(key.hour)
      rows.integer(cell.capturedCount)
      rows.fen(cell.capturedFen)
      rows.fen(cell.paidFen)
      rows.fen(cell.balanceFen)
      rows.integer(cell.balanceKnownCount)
      rows.integer(cell.refundedCount)
      rows.fen(cell.refundedFen)
      rows.integer(cell.pendingCount)
      rows.integer(cell.closedCount)
      rows.integer(cell.attemptedCount)
      for column in cell.failed.indices { rows.integer(cell.failed[column]) }
      rows.endRow(to: &sink)
    }
    rows.end(to: &sink)
  }

  /// How many rows `write` hands out.
  public var rowCount: Int { cells.reduce(0) { $0 + ($1.isEmpty ? 0 : 1) } }
}
