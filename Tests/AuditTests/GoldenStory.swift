// The story behind events/golden/every-kind: one event of every kind, by the product's own rules
// where a command leads to it.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Simulation
import Testing

/// Writes logs for events/golden on a simulated disk; the same bytes every time.
final class GoldenStory {
  static let folder = "/log"
  static let logID = LogID(low: 0x676f_6c64_656e_0001, high: 0x736c_7569_6365_0001)
  /// 2024-09-04T10:00:00+08:00.
  static let begin = Timestamp(seconds: 1_725_415_200)
  static let roundsMax = 100

  let disk: SimulatedDisk
  let clock: ManualClock
  private let options: LogOptions
  private let runtime: Runtime
  private var committer: Committer<FileCarrier<SimulatedDisk>>
  private var commands: UInt64 = 0

  init(capacity: Int, logID: LogID = GoldenStory.logID) throws {
    disk = SimulatedDisk(seed: 1)
    clock = ManualClock(GoldenStory.begin)
    options = GoldenStory.options(capacity: capacity)
    let (carrier, _) = try FileCarrier.create(
      disk, GoldenStory.folder, logID: logID, created: clock.now(), options: options)
    runtime = Runtime(after: Replay(hashesLeaves: false), root: carrier.root, time: clock)
    committer = Committer(carrier: carrier)
    try add(
      [
        .createLog(
          LogCreated(
            origin: id("golden.example/every"), clock: .scaled, clockStart: clock.now(),
            clockSpeed: 1, logIDLow: logID.low, logIDHigh: logID.high),
          openToAll: [.alipay, .unionPay, .card]),
        .startDaemon(DaemonStarted(incarnation: 1, release: id("0.1.0"), downtime: 0)),
      ], by: .system)
  }

  static func options(capacity: Int) -> LogOptions {
    var options = LogOptions()
    options.segmentCapacity = capacity
    options.reserveLength = 4_096
    return options
  }

  var durableEnd: Position { runtime.durableEnd }

  func wait(until instant: Timestamp) {
    clock.advance(byNanoseconds: max(0, instant.rawValue - clock.now().rawValue))
  }

  /// Submits commands and makes their events durable as one batch, a second later.
  func add(
    _ bodies: [Command.Body], by actor: Actor = Actor(.operator, id: 1001),
    occurredAt: Timestamp = .none
  ) throws {
    clock.advance(byNanoseconds: 1_000_000_000)
    for body in bodies {
      commands += 1
      _ = try runtime.submit(
        Command(
          id: CommandID(low: commands, high: 0x636f_6d6d_616e_6400), digest: commands &* 0x9e37,
          actor: actor, occurredAt: occurredAt, body: body))
    }
    try commit()
  }

  private func commit() throws {
    guard let job = runtime.seal() else { return }
    try committer.commit(job)
    runtime.finish(job)
  }

  /// Lets the scheduler take every step that is due.
  func tick() throws {
    for _ in 0..<GoldenStory.roundsMax {
      clock.advance(byNanoseconds: 1_000_000)
      if runtime.tick() == 0 { return }
      try commit()
    }
    Issue.record("the scheduler does not come to rest")
  }

  func close() throws {
    try committer.mark(at: runtime.currentTime())
    try committer.close(at: runtime.currentTime())
  }

  /// Ends as a killed process does.
  func kill() { disk.kill() }

  /// Opens the log again and appends events that no command leads to yet.
  func appendRaw(_ payloads: [(Payload, Actor)]) throws {
    var (carrier, _) = try FileCarrier.open(disk, GoldenStory.folder, options: options)
    let logTime = max(clock.now(), carrier.lastLogTime).advanced(bySeconds: 60)
    let buffer = BatchBuffer()
    var encoder = FieldEncoder()
    var leaves: [Digest] = []
    for (payload, actor) in payloads {
      Event(EventHeader(logTime: logTime, actor: actor), payload).encode(into: &encoder)
      buffer.append(encoder.bytes)
      leaves.append(Digest.eventLeaf(unsafe encoder.bytes.span.bytes))
    }
    try carrier.append(
      buffer, expecting: carrier.durableEnd, logTime: logTime, leaves: leaves.span,
      isControl: true)
    try carrier.close(at: logTime)
  }
}

/// A short text; one over the limit shows as an empty one in the log that is written.
func id(_ text: String) -> ExternalID { ExternalID(text) ?? .none }

extension GoldenStory {
  static let tiers: [Tier] = [.t1, .n1, .t2, .t3, .t4, .t5, .t3, .unknown]

  static func document(_ plan: String, version: Int = 1) -> [UInt8] {
    Array(
      """
      {"plan":"\(plan)","version":\(version),"institution":"wechat-pay","platforms":["taobao","tmall"],
      "consultation":"2024-09-04","announced":"2024-09-05",
      "effective_at":"2024-09-12T00:00:00+08:00","window_days":2,
      "order":{"hash_version":1,"seed":"golden","largest_last":"0%"},"hold_back":"0%",
      "waves":[{"name":"canary","day":1,"opens":"10:00","share":"50%","canary":true},
      {"name":"all","day":2,"opens":"08:00","share":"rest"}],
      "caps":{"merchants_per_hour":100,"merchants_per_day":100,"payments_per_hour":100000,
      "payments_per_day":\(version * 100000)},"excluded_categories":[],"approvals":1,
      "after_window":"hold"}
      """.utf8)
  }

  /// Terms that take effect with the plan; their second version corrects the first before that.
  static func terms(version: Int, english: String) -> [UInt8] {
    Array(
      """
      {"terms":"unified-2024-09","version":\(version),"published":"2024-09-04",
      "effective_at":"2024-09-12T00:00:00+08:00","words":[
      {"field":"institution","old":"支付宝","new":"支付机构","english":"payment institution"},
      {"field":"order_amount","old":"实付金额","new":"订单成交金额","english":"\(english)"}]}
      """.utf8)
  }

  private static func reason(_ code: String) -> Reason {
    Reason(reason: id(code), reasonReference: .zero)
  }

  /// 12 September 2024 in Beijing, and days and hours after it.
  private static func at(_ day: Int64, _ hour: Int64) -> Timestamp {
    Timestamp(seconds: 1_726_070_400 + day * 86_400 + hour * 3_600)
  }

  static func payment(
    _ outcome: Outcome, _ transaction: String, shop: String, fen: Int64, at: Timestamp,
    by institution: Institution = .alipay, currency: UInt16 = Payment.yuan, refund: String = ""
  ) -> Command.Body {
    .recordPayment(
      Payment(
        outcome: outcome, orderedAt: at, orderAmount: Money(fen: fen),
        paidAmount: Money(fen: fen - fen / 8),
        balanceAmount: outcome == .captured ? Money(fen: fen / 4) : nil,
        institution: institution, failureClass: outcome == .failed ? .payer : .none,
        merchantTier: .unknown, buyerTier: .t4, currency: currency,
        transaction: id(transaction), order: id("order-" + transaction),
        account: id("9f86d081884c7d65"), code: id(outcome == .failed ? "NOTENOUGH" : ""),
        refund: id(refund), external: id(shop)))
  }

  /// The whole story; what it does is what its events say.
  static func everyKind() throws -> SimulatedDisk {
    let story = try GoldenStory(capacity: 16_384)
    let plan = id("golden")
    try story.registerShops()
    try story.add([.consult(document: document("golden-dropped"))])
    try story.add([.announce(document: document("golden-dropped"))])
    try story.add([.abort(plan: id("golden-dropped"), reason("plan-withdrawn"))])
    try story.add([.consult(document: document("golden"))])
    try story.add([.announce(document: document("golden"))])
    try story.add([.amend(document: document("golden", version: 2))])
    try story.add([
      .approve(plan: plan, role: id("approver")),
      .excludeMerchant(id("shop-7"), plan: plan, reason("merchant-wish")),
      .recordRecovery(LogRecovered(droppedBytes: 0, incarnation: 1)),
      .stepClock(ClockStepped(step: -3_600_000_000_000)), .confirmClock,
    ])
    story.wait(until: at(-1, 9))
    try story.add([.start(plan: plan)])
    story.wait(until: at(0, 10))
    try story.tick()
    try story.pay(at(0, 11))
    for hour: Int64 in 12..<24 {
      story.wait(until: at(0, hour))
      try story.tick()
    }
    try story.add([
      .rollBack(plan: plan, .wave(WaveNumber(1)), reason("risk-review"))
    ])
    try story.tick()
    try story.add([.reinstate(plan: plan, .all, reason("risk-cleared"))])
    try story.tick()
    try story.add([
      .reinstateMerchant(id("shop-7"), plan: plan),
      .closeMerchant(id("shop-8"), reason("shop-closed")),
    ])
    story.wait(until: at(1, 7))
    try story.add([.pause(plan: plan, reason("holiday"))])
    story.wait(until: at(2, 0))
    try story.tick()
    try story.add([.resume(plan: plan, reason("holiday-over"))])
    try story.tick()
    for hour: Int64 in 1..<24 {
      story.wait(until: at(2, hour))
      try story.tick()
    }
    try story.finish()
    return story.disk
  }

  private func registerShops() throws {
    try add([
      .publishTerms(document: GoldenStory.terms(version: 1, english: "order amount")),
      .publishTerms(document: GoldenStory.terms(version: 2, english: "order transaction amount")),
    ])
    var shops: [Command.Body] = []
    for (index, tier) in GoldenStory.tiers.enumerated() {
      shops.append(
        .registerMerchant(
          MerchantRegistered(
            platform: index % 2 == 0 ? .taobao : .tmall, tier: tier,
            dailyPayments: UInt32(index) * 10, external: id("shop-\(index + 1)"),
            category: id(index == 2 ? "=food, \"hot\"" : "美食"), city: id("湖州"))))
    }
    try add(shops, by: Actor(.importer, id: 1001))
    try add([
      .registerMerchant(
        MerchantRegistered(
          platform: .tmall, tier: .t2, dailyPayments: 25, external: id("shop-2"),
          category: id("tea"), city: id("哈尔滨")))
    ])
  }

  /// Every kind of notice, and the flags that money turns on.
  private func pay(_ instant: Timestamp) throws {
    wait(until: instant)
    try add(
      [
        .offerOrder(
          OrderOffered(
            institutions: 0b11110, buyerTier: .t5, order: id("order-a"), external: id("shop-1"))),
        .attemptOrder(
          OrderAttempted(
            institution: .alipay, merchantTier: .unknown, buyerTier: .t5, orderedAt: instant,
            orderAmount: Money(fen: 12_345), order: id("order-a"), external: id("shop-1"))),
        .failOrder(
          OrderFailed(
            institution: .alipay, failureClass: .institution, order: id("order-a"),
            code: id("ACQ.SYSTEM_ERROR"), external: id("shop-1"))),
        .timeOutOrder(
          OrderTimedOut(
            institution: .unionPay, order: id("order-a"), external: id("nobody"))),
      ], by: Actor(.cashier, id: 1002))
    func notice(
      _ outcome: Outcome, _ transaction: String, _ fen: Int64 = 12_345, shop: String = "shop-1",
      by institution: Institution = .alipay, currency: UInt16 = Payment.yuan, refund: String = ""
    ) -> Command.Body {
      GoldenStory.payment(
        outcome, transaction, shop: shop, fen: fen, at: instant, by: institution,
        currency: currency, refund: refund)
    }
    let first = durableEnd
    try add(
      [
        notice(.pending, "a"), notice(.authorised, "a"), notice(.captured, "a"),
        notice(.captured, "a"), notice(.captured, "a", 12_346), notice(.pending, "a"),
        notice(.failed, "b"), notice(.captured, "b"), notice(.closed, "c"),
        notice(.refunded, "a", 345, refund: "r-1"), notice(.refunded, "a", 20_000, refund: "r-2"),
        notice(.refunded, "d", 100, refund: "r-3"), notice(.captured, "d", 50),
      ], by: Actor(.institution), occurredAt: instant.advanced(bySeconds: -60))
    try add(
      [
        notice(.captured, "e", 700, shop: "shop-8", by: .weChatPay),
        notice(.captured, "f", 900, shop: "=\u{202e}pohs\u{7f}\u{2028}"),
        notice(.captured, "g", 800, currency: 840), notice(.captured, "\u{1}\t\"\\/", 1),
      ], by: Actor(.institution), occurredAt: instant.advanced(bySeconds: 3_600))
    try addReports(at: instant)
    try addFinance(at: instant, flagged: first.advanced(by: 7))
    try addCombined(at: instant)
  }

  /// A combined payment of two shops, one part of which was paid before; an attempt that asks for
  /// another amount than was captured, and a dispute above its capture.
  private func addCombined(at instant: Timestamp) throws {
    let parts = [("e", "shop-8", 700), ("m", "shop-1", 250)].map { name, shop, fen in
      PaymentCombined.Part(
        transaction: id(name), order: id("order-" + name), merchant: id(shop),
        amount: Money(fen: fen))
    }
    let told = PaymentCombined(
      institution: .weChatPay, combined: id("c-1"), initiator: id("platform"), parts: parts,
      payloadDigest: Digest(words: (5, 6, 7, 8)))
    guard let told else { preconditionFailure("the story has a combined payment without parts") }
    try add([.recordCombined(told)], by: Actor(.institution), occurredAt: instant)
    try add(
      [
        .attemptOrder(
          OrderAttempted(
            institution: .alipay, merchantTier: .unknown, buyerTier: .t1, orderedAt: instant,
            orderAmount: Money(fen: 4_999), order: id("order-h"), external: id("shop-1"))),
        .recordDispute(
          PaymentDisputed(
            institution: .alipay, stage: .opened, transaction: id("h"), dispute: id("d-2"),
            amount: Money(fen: 5_001), currency: Payment.yuan, code: id("1"),
            external: id("shop-1"))),
      ], by: Actor(.institution), occurredAt: instant)
  }

  /// A comparison of nothing, an adjustment, an answer, an erasure and a dispute.
  private func addFinance(at instant: Timestamp, flagged position: Position) throws {
    let proof = Digest(words: (9, 8, 7, 6))
    try add([
      .reconcileStatement(
        StatementReconciled(
          institution: .alipay, day: instant.beijingDay, position: position, digest: proof,
          lines: 0, incomparable: 0, fee: .zero, adjusted: StatementTally(), findings: 0, open: 0,
          captured: StatementSums(), refunded: StatementSums())),
      .adjustPayment(
        PaymentAdjusted(
          institution: .alipay, transaction: id("a"), day: instant.beijingDay,
          amount: Money(fen: -345), reason: id("refunded-by-hand"), evidence: proof)),
      .resolveDiscrepancy(
        DiscrepancyResolved(
          position: position, flags: [], answer: .accepted, reason: id("agreed"),
          evidence: proof)),
    ])
    try add([
      .eraseSubject(
        SubjectErased(
          kind: .person, texts: 2, reference: id("0123456789abcdef0123456789abcdef"),
          reason: id("own-wish")))
    ])
    func stage(_ stage: DisputeStage, shop: String) -> Command.Body {
      .recordDispute(
        PaymentDisputed(
          institution: .card, stage: stage, transaction: id("k"), dispute: id("d-1"),
          amount: Money(fen: 4_200), currency: 978, code: id("10.4"), external: id(shop)))
    }
    try add(
      [stage(.opened, shop: "shop-1"), stage(.moneyTaken, shop: "nobody")],
      by: Actor(.institution), occurredAt: instant.advanced(bySeconds: -30))
  }

  /// Sums of refunds, the larger one first; money taken for an order that failed; what nobody reads.
  private func addReports(at instant: Timestamp) throws {
    func payment(_ outcome: Outcome, _ fen: Int64, refund: String = "") -> Payment? {
      let body = GoldenStory.payment(
        outcome, "h", shop: "shop-1", fen: fen, at: instant, refund: refund)
      guard case .recordPayment(let payment) = body else { return nil }
      return payment
    }
    func sum(_ fen: Int64, _ refund: String) -> [Command.Body] {
      guard var payment = payment(.refunded, fen, refund: refund) else { return [] }
      (payment.refundBasis, payment.paidAmount) = (.sum, payment.orderAmount)
      return [.recordPayment(payment)]
    }
    var taken = payment(.captured, 5_000)
    taken?.code = id("42")
    let held = NoticeHeld(
      institution: .weChatPay, why: .unknownType, detail: id("PAYSCORE.USER_PAID"),
      payloadDigest: Digest(words: (1, 2, 3, 4)))
    for (hours, bodies) in [
      (Int64(2), (taken.map { [.recordPayment($0)] } ?? []) + [.holdNotice(held)]),
      (30, sum(3_000, "r-5")), (4, sum(1_000, "r-4")),
    ] {
      try add(
        bodies, by: Actor(.institution), occurredAt: instant.advanced(bySeconds: -hours * 3_600))
    }
  }

  private func finish() throws {
    try add([
      .publishDump(
        DumpPublished(
          name: id("reconciliation"), format: id("csv"), position: Position(40), rows: 0,
          digest: Digest(words: (5, 6, 7, 8))))
    ])
    let signer = try #require(
      NoteSigner(name: "golden.example/every", seed: [UInt8](repeating: 6, count: 32)))
    // It comes behind the moment that it is of, as a daemon's does.
    var trees = MerchantTreeMaker(disk, GoldenStory.folder)
    let tree = try trees.commit(at: Position(runtime.durableEnd.rawValue - 2))
    try add(
      [
        .commitMerchantTree(tree),
        .nameKey(
          SigningKeyNamed(
            origin: id(signer.key.name), publicKey: signer.key.publicDigest,
            keyID: signer.key.id)),
        .stopDaemon(DaemonStopped(cause: id("SIGTERM"))),
      ], by: .system)
    try close()
    let (rollout, wave) = (RolloutNumber(2), WaveNumber(2))
    try appendRaw([
      (.daemonStarted(DaemonStarted(incarnation: 2, release: id("0.1.0"), downtime: 60)), .system),
      (
        .evidenceClosed(
          EvidenceClosed(
            rollout: rollout, planVersion: 2, gap: .none, from: GoldenStory.at(0, 10),
            to: GoldenStory.at(0, 11), late: 1, unclassified: 2,
            table: Array("[[\"T3\",7,12,1,88,3,12,1,4,0,0]]".utf8),
            merchants: Array("[[1,12,1]]".utf8))), .scheduler
      ),
      (
        .guardrailBreached(
          GuardrailBreached(
            rollout: rollout, planVersion: 1, wave: wave, guardrail: id("failure-share"),
            first: Position(30), last: Position(60), evidence: Array("{\"n\":100}".utf8))),
        Actor(.guardrail)
      ),
      (
        .guardrailCleared(
          GuardrailCleared(
            rollout: rollout, planVersion: 1, wave: wave, guardrail: id("failure-share"))),
        Actor(.guardrail)
      ),
    ])
    try signHeads(signer)
  }

  /// Signs the head of a published dump and that of the end, as a daemon keeps them.
  private func signHeads(_ signer: NoteSigner) throws {
    let folder = LogFolder(GoldenStory.folder)
    disk.place(folder.publicKeys, Array((signer.key.text + "\n").utf8))
    let reader = try LogReader(disk, GoldenStory.folder)
    let tree = try TreeReader(reader, upTo: reader.durableEnd)
    var heads = try SignedHeads(disk, folder, signer: signer)
    for size in [40, reader.durableEnd.rawValue] {
      try heads.sign(try tree.tree(size: size).head, isKept: true)
    }
  }
}
