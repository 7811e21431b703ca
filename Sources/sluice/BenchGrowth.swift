// How cost grows with the log: the same daemon and the same questions with 1, 10 and 100 million
// payments behind. What should not grow is a start, the memory of a daemon and a question.

import EventLog
import Events
import Glibc
import Orchestrator
import Platform
import Text

struct BenchGrowth {
  let folder: BenchFolder
  let scale: Int
  /// How many merchants there are, and how many payments at each look.
  var merchants = 1_000_000
  var sizes = [1_000_000, 10_000_000, 100_000_000]
  private static let batch = 8_192
  private static let runs = 3

  func run() throws {
    let path = folder.path("growth")
    _ = try ChildProcess(["init", "--data", path, "--origin", "bench"]).end(waiting: true)
    try extend(path) { try register(&$0) }
    var payments = BenchHistory(merchants: merchants / scale)
    var size = 0
    for next in sizes {
      let count = next / scale
      try extend(path) { writer in
        try writer.append(count - size, BenchGrowth.batch) { payments.event(at: $0) }
      }
      size = count
      let events = BenchFigures.text(Double(count))
      let shops = BenchFigures.text(Double(merchants / scale))
      say("\n\(events) payments behind, at \(shops) merchants\n")
      try measure(path, payments)
    }
    folder.removeTree(path)
  }

  /// Opens the log, appends, and closes it in order.
  private func extend(
    _ path: String, _ append: (inout BenchWriter) throws -> Void
  ) throws {
    let (carrier, _) = try FileCarrier.open(SystemDisk(), path, options: LogOptions())
    let start = carrier.lastLogTime
    var writer = BenchWriter(carrier, after: start)
    try append(&writer)
    try writer.close()
  }

  private func register(_ writer: inout BenchWriter) throws {
    var number = 0
    try writer.append(merchants / scale, BenchGrowth.batch) { time in
      number += 1
      let shop = BenchPayments.shop(number)
      let id = Command.id("registration", shop.bytes)
      return Event(
        EventHeader(
          logTime: time, actor: Actor(.operator, id: 1), commandID: id, commandDigest: id.low,
          merchant: MerchantNumber(UInt32(number))),
        .merchantRegistered(
          MerchantRegistered(
            platform: number % 3 == 0 ? .tmall : .taobao, tier: .t2, dailyPayments: 20,
            external: shop, category: .none, city: .none)))
    }
  }

  private func measure(_ path: String, _ payments: BenchHistory) throws {
    // What a daemon does as segments are sealed, for those that the bench has written itself.
    var derived = BenchFigures()
    var housekeeper = try Housekeeper(SystemDisk(), path)
    try derived.measure { while try housekeeper.step() {} }
    BenchFigures.row("  index and snapshot of what was sealed since", derived.seconds)
    var start = BenchFigures()
    var memory: [Int] = []
    for turn in 0..<BenchGrowth.runs {
      let daemon = try serve(path) { pipe in
        _ = try pipe.send(payments.oldest, answers: 1)
        _ = try pipe.send(payments.refundOfOldest(turn), answers: 1)
      } began: {
        start.begin()
      } answered: {
        start.end()
      }
      memory.append(daemon)
    }
    BenchFigures.row("  start, oldest payment repeated and refunded", start.seconds)
    let median = memory.sorted()[memory.count / 2]
    BenchFigures.row("  memory of the daemon then", "\(median >> 20) MiB")
    for words in [
      ["status"], ["explain", "bench-shop-00000017"], ["payment", "show", payments.oldestID],
      ["dump", "dashboard", "--out", "\(path).html"],
    ] {
      var question = BenchFigures()
      for _ in 0..<BenchGrowth.runs {
        try question.measure {
          let code = try ChildProcess(words + ["--data", path]).end(waiting: true)
          guard code == 0 else {
            throw CommandFailure(
              .fault, "\(words) ended with \(code ?? -1)",
              hint: "Run that command by hand to see why")
          }
        }
      }
      BenchFigures.row("  \(words.prefix(2).joined(separator: " ")), no daemon", question.seconds)
    }
  }

  /// Starts a daemon, talks to it and stops it; its resident memory after the talk.
  private func serve(
    _ path: String, _ talk: (BenchPipe) throws -> Void, began: () -> Void = {},
    answered: () -> Void = {}
  ) throws -> Int {
    began()
    let daemon = try ChildProcess(["serve", "--data", path, "--quiet"])
    let pipe = try BenchPipe.waiting(for: path, daemon)
    try talk(pipe)
    answered()
    let memory = CurrentProcess.memory(of: daemon.identifier) ?? 0
    _ = try pipe.send(Array("{\"command\":\"stop\"}\n".utf8), answers: 0)
    _ = daemon.end(waiting: true)
    return memory
  }
}

/// Payments as a daemon would have recorded them, two refunds to a hundred captures.
struct BenchHistory {
  private static let first = Timestamp(seconds: 1_726_070_400)
  private static let refundEvery: UInt64 = 50
  private let merchants: Int
  private var random = SeededRandom(seed: 7)
  private var serial: UInt64 = 0
  private var events: UInt64 = 0
  private let drafts = PaymentDrafts(count: 1)

  init(merchants: Int) { self.merchants = merchants }

  mutating func event(at time: Timestamp) -> Event {
    events += 1
    if events % BenchHistory.refundEvery == 0 {
      return event(payment(1 + random.next() % serial, refund: events), at: time)
    }
    serial += 1
    return event(payment(serial, refund: nil), at: time)
  }

  private func merchant(_ serial: UInt64) -> Int {
    1 + Int(serial &* 0x9e37_79b9_7f4a_7c15 % UInt64(merchants))
  }

  private func payment(_ serial: UInt64, refund: UInt64?) -> Payment {
    let time = BenchHistory.first.advanced(byNanoseconds: Int64(serial) * 3_000_000)
    return Payment(
      outcome: refund == nil ? .captured : .refunded, orderedAt: time,
      orderAmount: Money(fen: refund == nil ? 20_000 : 1), paidAmount: Money(fen: 1),
      institution: .alipay, merchantTier: .t2, buyerTier: .t3,
      transaction: id("4200002345202409", serial), order: id("2267812", serial),
      account: id("9f86", serial % 1_000_000), refund: refund.map { id("r", $0) } ?? .none)
  }

  private func id(_ prefix: String, _ number: UInt64) -> ExternalID {
    var text = Array(prefix.utf8)
    appendDigits(number / 100_000_000, width: 4, to: &text)
    appendDigits(number % 100_000_000, width: 8, to: &text)
    return ExternalID(text) ?? .none
  }

  private func event(_ payment: Payment, at time: Timestamp) -> Event {
    let number = merchant(serial(of: payment.transaction))
    // The digest is of the notice as it came, which names the shop and not its tier.
    var notice = payment
    notice.merchantTier = .unknown
    notice.external = BenchPayments.shop(number)
    let draft = drafts[0]
    draft.set(notice)
    return Event(
      EventHeader(
        logTime: time, occurredAt: payment.orderedAt, actor: Actor(.institution),
        commandID: Command.id(ofNotice: draft), commandDigest: Command.digest(draft),
        merchant: MerchantNumber(UInt32(number))),
      .payment(payment))
  }

  private func serial(of transaction: ExternalID) -> UInt64 {
    (16..<Int(transaction.count)).reduce(0) { $0 * 10 + UInt64(transaction[$1] - 48) }
  }

  /// The oldest payment's transaction.
  var oldestID: String { "\(id("4200002345202409", 1))" }

  /// The line of the oldest payment.
  var oldest: [UInt8] { line(payment(1, refund: nil), outcome: "captured", refund: nil) }

  /// The line of a refund of one fen of it.
  func refundOfOldest(_ turn: Int) -> [UInt8] {
    line(payment(1, refund: 0), outcome: "refunded", refund: "again-\(events)-\(turn)")
  }

  private func line(_ payment: Payment, outcome: String, refund: String?) -> [UInt8] {
    Document.object { document in
      document.put("command", "payment")
      document.put("institution", payment.institution.name)
      document.put("transaction", payment.transaction)
      document.put("order", payment.order)
      document.put("merchant", BenchPayments.shop(merchant(serial(of: payment.transaction))))
      document.put("outcome", outcome)
      document.put("order_amount", payment.orderAmount.rawValue)
      document.put("paid_amount", payment.paidAmount.rawValue)
      document.put("currency", "CNY")
      document.put("buyer_tier", payment.buyerTier.name)
      document.put("ordered_at", RFC3339.text(payment.orderedAt))
      document.put("occurred_at", RFC3339.text(payment.orderedAt))
      document.put("account", payment.account)
      if let refund { document.put("refund", refund) }
    }
  }
}
