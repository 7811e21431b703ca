// Payments for the bench: shaped like real ones, drawn by seed, the same in every run.

import Daemon
import Events
import Orchestrator
import Platform
import Text

/// A stream of synthetic payments at a number of merchants.
struct BenchPayments {
  static let merchants = 100_000
  private var random = SeededRandom(seed: 20_240_912)
  private var serial: UInt64 = 0
  private var time = Timestamp(seconds: 1_726_070_400)
  private let merchants: Int

  init(merchants: Int = BenchPayments.merchants) { self.merchants = merchants }

  /// The next payment as an event of a log, after `state` of nothing: numbers are drawn.
  mutating func event(at logTime: Timestamp) -> Event {
    let merchant = MerchantNumber(UInt32(random.below(merchants)) + 1)
    let fields = next()
    let header = EventHeader(
      logTime: logTime, occurredAt: fields.orderedAt, actor: Actor(.institution),
      commandID: CommandID(low: random.next(), high: random.next()), commandDigest: random.next(),
      merchant: merchant)
    return Event(header, .payment(fields))
  }

  mutating func next() -> Payment {
    serial += 1
    time = time.advanced(byNanoseconds: 3_000_000)
    let institution = Institution.allCases[random.below(4)]
    return Payment(
      outcome: .captured, orderedAt: time, orderAmount: Money(fen: Int64(random.below(50_000)) + 1),
      paidAmount: Money(fen: 100), institution: institution, merchantTier: .t2, buyerTier: .t3,
      transaction: id("4200002345202409", serial), order: id("2267812", serial),
      account: id("9f86", random.next() % 1_000_000))
  }

  /// Twelve digits of a number.
  private func appendSerial(_ number: UInt64, to out: inout [UInt8]) {
    appendDigits(number / 100_000_000, width: 4, to: &out)
    appendDigits(number % 100_000_000, width: 8, to: &out)
  }

  private func id(_ prefix: StaticString, _ number: UInt64) -> ExternalID {
    var text: [UInt8] = []
    append(prefix, to: &text)
    appendSerial(number, to: &text)
    return ExternalID(text) ?? .none
  }

  private func append(_ text: StaticString, to out: inout [UInt8]) {
    unsafe out.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Those that are open when a log begins: through any other each payment is a discrepancy, which
  /// is kept with its ids and takes longer.
  private static let institutions: [StaticString] = ["alipay", "unionpay", "card"]

  /// The next payment as a line of at least 300 bytes for the socket.
  mutating func appendLine(to out: inout [UInt8]) {
    serial += 1
    time = time.advanced(byNanoseconds: 3_000_000)
    append("{\"command\":\"payment\",\"institution\":\"", to: &out)
    append(BenchPayments.institutions[random.below(3)], to: &out)
    append("\",\"transaction\":\"4200002345202409", to: &out)
    appendSerial(serial, to: &out)
    append("\",\"order\":\"2267812", to: &out)
    appendSerial(serial, to: &out)
    append("\",\"merchant\":\"bench-shop-", to: &out)
    appendDigits(UInt64(random.below(merchants) + 1), width: 8, to: &out)
    append("\",\"outcome\":\"captured\",\"order_amount\":", to: &out)
    let amount = random.below(50_000) + 1
    appendDecimal(amount, to: &out)
    append(",\"paid_amount\":", to: &out)
    appendDecimal(amount, to: &out)
    append(",\"currency\":\"CNY\",\"buyer_tier\":\"T3\",\"ordered_at\":\"", to: &out)
    let beijing = RFC3339.beijingOffset
    let whole = Timestamp(seconds: time.seconds)
    RFC3339.append(whole, offsetSeconds: beijing, to: &out)
    append("\",\"occurred_at\":\"", to: &out)
    RFC3339.append(whole.advanced(bySeconds: 2), offsetSeconds: beijing, to: &out)
    append("\",\"account\":\"9f86", to: &out)
    appendSerial(random.next() % 1_000_000, to: &out)
    append("\"}\n", to: &out)
  }

  /// The shop of a number, as the lines call it.
  static func shop(_ number: Int) -> ExternalID {
    var name = Array("bench-shop-".utf8)
    appendDigits(UInt64(number), width: 8, to: &name)
    return ExternalID(name) ?? .none
  }

  /// So many lines, one in a hundred a repeat of the line before it.
  mutating func lines(_ count: Int) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(count * 380)
    var last = 0..<0
    for index in 0..<count {
      let start = text.count
      if index % 100 == 99, !last.isEmpty {
        // A copy first: an array that is appended a slice of itself is copied whole.
        let repeated = Array(text[last])
        text.append(contentsOf: repeated)
      } else {
        appendLine(to: &text)
      }
      last = start..<text.count
    }
    return text
  }

  /// The registration of a merchant as a line for the socket.
  static func appendRegistration(_ number: Int, to out: inout [UInt8]) {
    out.append(contentsOf: "{\"command\":\"merchant\",\"merchant\":\"bench-shop-".utf8)
    appendDigits(UInt64(number), width: 8, to: &out)
    out.append(
      contentsOf: "\",\"platform\":\"taobao\",\"category\":\"food\",\"tier\":\"T2\"}\n".utf8)
  }
}

extension BenchPayments {
  /// Reads every notice of a text; the closure takes each group that is full and empties it.
  static func read(
    _ text: [UInt8], _ group: PaymentGroup, _ body: () throws -> Void
  ) throws {
    var reader = RequestReader(user: 0)
    var cutter = NDJSONLines()
    var offset = 0
    while case .whole(let range) = cutter.next(in: text.span, at: &offset) {
      let line = text.span.extracting(range)
      guard let notice = try reader.readNotice(line, into: group.nextDraft) else {
        throw CommandFailure(
          .fault, "a line of the bench is no payment",
          hint: "Report it: the program is at fault")
      }
      group.add(notice, line: cutter.lineNumber)
      if group.isFull { try body() }
    }
    if !group.isEmpty { try body() }
  }
}
