// What each institution captured and refunded on each Beijing day: what finance lays beside the
// institution's own statement.

import CRecord
public import Events
public import Platform

/// Captures and refunds by institution and Beijing day.
public struct Reconciliation: Sendable {
  /// One institution on one day.
  public struct Row: Hashable, Sendable {
    public var institution: Institution
    public var day: BeijingDay
    public var capturedCount: Int64 = 0
    public var capturedFen: Int64 = 0
    public var refundedCount: Int64 = 0
    public var refundedFen: Int64 = 0
    /// Captures and refunds that are in none of the sums before.
    public var apartCount: Int64 = 0
    public var apartFen: Int64 = 0

    public var netFen: Int64 { capturedFen - refundedFen }
  }

  /// In the order of institutions, then of days.
  public private(set) var rows: [Row] = []
  /// The row met last, by institution: most payments belong to the day of the one before.
  private var recent = InlineArray<8, Int>(repeating: 0)

  public init() {}

  /// The row of an institution on a day; nil where nothing was captured, refunded or kept apart.
  public func row(_ institution: Institution, _ day: BeijingDay) -> Row? {
    let place = place(institution, day)
    guard rows.indices.contains(place), rows[place].institution == institution,
      rows[place].day == day
    else { return nil }
    return rows[place]
  }

  mutating func fold(_ notice: PaymentNotice) throws(DecodeFault) {
    try fold(notice, notice.instant.beijingDay)
  }

  /// `day` is that of the notice's instant.
  @inline(__always)
  ///
  /// - Throws: `DecodeFault` where a refund is to be moved off a day that has not so much.
  mutating func fold(_ notice: PaymentNotice, _ day: BeijingDay) throws(DecodeFault) {
    let isCapture = notice.outcome == .captured
    guard isCapture || notice.outcome == .refunded, notice.treatment != .ignored else { return }
    let row = find(notice.institution, day)
    let fen = notice.fields.order_amount
    if notice.treatment == .apart {
      rows[row].apartCount += 1
      if !notice.flags.contains(.foreignCurrency) { rows[row].apartFen += fen }
    } else if isCapture {
      rows[row].capturedCount += 1
      rows[row].capturedFen += fen
    } else {
      rows[row].refundedCount += 1
      rows[row].refundedFen += fen
      if let hour = notice.movedFromHour { try move(fen, notice, from: hour) }
    }
  }

  /// Takes off a day what a reported sum has said to have been refunded on another.
  private mutating func move(
    _ fen: Int64, _ notice: PaymentNotice, from hour: Int64
  ) throws(DecodeFault) {
    let day = BeijingDay(Int32(clamping: hour >= 0 ? hour / 24 : (hour - 23) / 24))
    let place = place(notice.institution, day)
    guard place < rows.count, rows[place].institution == notice.institution,
      rows[place].day == day, rows[place].refundedFen >= fen
    else {
      throw .unknownReference(.init("refund_basis"), UInt64(notice.fields.refund_basis))
    }
    rows[place].refundedFen -= fen
  }

  /// The place of a row, made where it is missing.
  private mutating func find(_ institution: Institution, _ day: BeijingDay) -> Int {
    let slot = Int(institution.rawValue)
    let guess = recent[slot]
    if guess < rows.count, rows[guess].day == day, rows[guess].institution == institution {
      return guess
    }
    let place = place(institution, day)
    if place == rows.count || rows[place].day != day || rows[place].institution != institution {
      rows.insert(Row(institution: institution, day: day), at: place)
    }
    recent[slot] = place
    return place
  }

  /// Where a row stands, or would have to stand.
  private func place(_ institution: Institution, _ day: BeijingDay) -> Int {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      let row = rows[middle]
      let isBefore =
        row.institution.rawValue < institution.rawValue
        || (row.institution == institution && row.day < day)
      if isBefore { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Reconciliation: Projection {
  public mutating func apply(_ batch: borrowing EventBatch) throws(DecodeFault) {
    for index in 0..<batch.count {
      let head = batch.head(index)
      if EventKind.isPayment(head.kind) {
        try fold(try PaymentNotice(batch, index, head))
      } else {
        try checkKind(head)
      }
    }
  }
}

extension Reconciliation {
  /// Of its rows: to be raised whenever the same events give other rows.
  public static let version = 1

  /// What its rows are sorted by.
  public static let order = "institution by its number, day"

  static let columns = [
    Column("institution", .text), Column("day", .day), Column("captured_count", .integer),
    Column("captured_fen", .fen), Column("refunded_count", .integer),
    Column("refunded_fen", .fen), Column("net_fen", .fen), Column("apart_count", .integer),
    Column("apart_fen", .fen),
  ]

  public func write(to sink: inout some RowSink) {
    var rows = RowBlock(Reconciliation.columns, for: &sink)
    for row in self.rows {
      rows.text(row.institution.name)
      rows.day(row.day)
      rows.integer(row.capturedCount)
      rows.fen(row.capturedFen)
      rows.integer(row.refundedCount)
      rows.fen(row.refundedFen)
      rows.fen(row.netFen)
      rows.integer(row.apartCount)
      rows.fen(row.apartFen)
      rows.endRow(to: &sink)
    }
    rows.end(to: &sink)
  }
}

extension Reconciliation {
  public func write(to section: inout SectionWriter) {
    section.count(rows.count)
    for row in rows {
      section.u8(row.institution.rawValue)
      section.i32(row.day.rawValue)
      for figure in row.figures { section.i64(figure) }
    }
  }

  /// - Parameter end: one past the last event that was folded: no count is larger.
  public init(from section: inout SectionReader, end: Position) throws(SectionFault) {
    var sums = [Int64](repeating: 0, count: 6)
    for _ in 0..<section.count(ofBytes: 5 + 8 * 6) {
      var row = Row(institution: section.u8(or: .alipay), day: BeijingDay(section.i32()))
      row.figures = (0..<6).map { _ in section.i64() }
      try section.require(
        row.day.isOfInstants && (rows.last.map { $0.isBefore(row) } ?? true),
        "a day of the reconciliation is out of its order")
      for (figure, value) in row.figures.enumerated() {
        let (sum, isOver) = sums[figure].addingReportingOverflow(value)
        let most = figure % 2 == 0 ? Int64(end.rawValue) : PaymentRules.sumMax
        try section.require(
          value >= 0 && !isOver && sum <= most, "the sums of the days are not those of payments")
        sums[figure] = sum
      }
      rows.append(row)
    }
    try section.require(true, "")
  }
}

extension Reconciliation.Row {
  /// Counts and amounts in turn.
  fileprivate var figures: [Int64] {
    get { [capturedCount, capturedFen, refundedCount, refundedFen, apartCount, apartFen] }
    set {
      (capturedCount, capturedFen, refundedCount) = (newValue[0], newValue[1], newValue[2])
      (refundedFen, apartCount, apartFen) = (newValue[3], newValue[4], newValue[5])
    }
  }

  fileprivate func isBefore(_ other: Self) -> Bool {
    institution.rawValue < other.institution.rawValue
      || (institution == other.institution && day < other.day)
  }
}
