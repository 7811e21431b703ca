// What the shoppers know to have been taken: their own books, to be laid beside the daemon's.
//
// A capture or a refund is added once, when it is first acknowledged, to the Beijing day of its own
// time; whatever says a thing again is acknowledged and adds nothing.

public import Events
import Text

/// The books of one play.
public struct ShopperLedger: Sendable {
  /// An institution on a day.
  public struct Row: Hashable, Sendable {
    public var institution: Institution
    public var day: BeijingDay
    public var capturedCount: Int64 = 0
    public var capturedFen: Int64 = 0
    public var refundedCount: Int64 = 0
    public var refundedFen: Int64 = 0
  }

  /// In the order of institutions, then of days.
  public private(set) var rows: [Row] = []
  /// Orders placed, and orders that found nothing open.
  public var orders: UInt64 = 0
  public var unserved: UInt64 = 0
  /// Lines written, those written again after a reconnection included.
  public var sent: UInt64 = 0
  public private(set) var accepted: UInt64 = 0
  public private(set) var repeated: UInt64 = 0
  /// Lines refused for a moment, to be sent again.
  public var refused: UInt64 = 0
  public var reconnections: UInt64 = 0
  public private(set) var payments: UInt64 = 0
  public private(set) var offers: UInt64 = 0
  public private(set) var attempts: UInt64 = 0

  public init() {}

  /// Adds a command that was acknowledged.
  public mutating func acknowledge(_ notice: ShopperNotice, isRepeat: Bool) {
    if isRepeat { repeated += 1 } else { accepted += 1 }
    switch notice.kind {
    case .offer: offers += 1
    case .attempt: attempts += 1
    case .payment: payments += 1
    }
    guard notice.kind == .payment, notice.counts else { return }
    let row = place(notice.order.institution, notice.occurredAt.beijingDay)
    if notice.outcome == .captured {
      rows[row].capturedCount += 1
      rows[row].capturedFen += notice.amount.rawValue
    } else {
      rows[row].refundedCount += 1
      rows[row].refundedFen += notice.amount.rawValue
    }
  }

  private mutating func place(_ institution: Institution, _ day: BeijingDay) -> Int {
    let place = rows.firstIndex {
      $0.institution.rawValue > institution.rawValue
        || ($0.institution == institution && $0.day >= day)
    }
    let found = place ?? rows.count
    if found == rows.count || rows[found].day != day || rows[found].institution != institution {
      rows.insert(Row(institution: institution, day: day), at: found)
    }
    return found
  }

  /// The books as a JSON document; complete once all that was to be said is acknowledged.
  public func json(isComplete: Bool, asOf: Timestamp) -> [UInt8] {
    var writer = JSONWriter()
    var out: [UInt8] = []
    writer.beginObject(to: &out)
    writer.key("complete", to: &out)
    writer.boolean(isComplete, to: &out)
    writer.key("as_of", to: &out)
    writer.string(RFC3339.beijing(asOf), to: &out)
    let totals: [(String, UInt64)] = [
      ("orders", orders), ("unserved", unserved), ("sent", sent), ("accepted", accepted),
      ("repeated", repeated), ("refused", refused), ("reconnections", reconnections),
      ("payments", payments), ("offers", offers), ("attempts", attempts),
    ]
    for (name, total) in totals {
      writer.key(name, to: &out)
      writer.integer(total, to: &out)
    }
    let sums = rows.reduce(into: Row(institution: .alipay, day: BeijingDay(0))) { sum, row in
      sum.capturedCount += row.capturedCount
      sum.capturedFen += row.capturedFen
      sum.refundedCount += row.refundedCount
      sum.refundedFen += row.refundedFen
    }
    ShopperLedger.write(sums, &writer, &out)
    writer.key("days", to: &out)
    writer.beginArray(to: &out)
    for row in rows {
      writer.beginObject(to: &out)
      writer.key("institution", to: &out)
      writer.string(row.institution.name, to: &out)
      writer.key("day", to: &out)
      writer.string(row.day.text, to: &out)
      ShopperLedger.write(row, &writer, &out)
      writer.endObject(to: &out)
    }
    writer.endArray(to: &out)
    writer.endObject(to: &out)
    out.append(UInt8(ascii: "\n"))
    return out
  }

  private static func write(_ row: Row, _ writer: inout JSONWriter, _ out: inout [UInt8]) {
    let sums: [(String, Int64)] = [
      ("captured_count", row.capturedCount), ("captured_fen", row.capturedFen),
      ("refunded_count", row.refundedCount), ("refunded_fen", row.refundedFen),
    ]
    for (name, sum) in sums {
      writer.key(name, to: &out)
      writer.integer(sum, to: &out)
    }
  }
}
