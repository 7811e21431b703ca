// Logs whose checksums are right and whose events make no sense: a replay stops, it never traps.

import Events
import Orchestrator
import Platform
import Projections
import Support
import Testing

@testable import Daemon

@Suite struct HostileLogTests {
  static let start = Timestamp(seconds: 1_726_070_400)

  private static func name(_ text: String) -> ShortText { ShortText(text) ?? .none }

  static func payment(
    _ outcome: Outcome = .captured, _ amount: Int64 = 100, _ transaction: String = "t",
    ordered: Timestamp = start
  ) -> Payload {
    .payment(
      Payment(
        outcome: outcome, orderedAt: ordered, orderAmount: Money(fen: amount),
        paidAmount: Money(fen: amount), institution: .weChatPay, transaction: name(transaction),
        order: name("o"), refund: name(outcome == .refunded ? "r" : ""), external: name("s")))
  }

  static let created = Payload.logCreated(
    LogCreated(
      origin: name("hostile"), clock: .wall, clockStart: start, clockSpeed: 1, logIDLow: 1,
      logIDHigh: 2))

  static func merchant(_ external: String) -> Payload {
    .merchantRegistered(
      MerchantRegistered(
        platform: .taobao, tier: .t1, dailyPayments: .max, external: name(external),
        category: name("c"), city: name("d")))
  }

  static func announced(_ rollout: UInt16, _ document: String = "{}") -> Payload {
    .rolloutAnnounced(
      RolloutAnnounced(
        rollout: RolloutNumber(rollout), planVersion: 1, institution: .weChatPay,
        effectiveAt: start, windowEnd: start, digest: Digest(words: (1, 2, 3, 4)),
        plan: name("p"), document: Array(document.utf8)))
  }

  /// Folds events, each with its merchant and time; nil where all of them fold.
  static func fold(
    _ events: [(Payload, merchant: UInt32, time: Timestamp)], flags: PolicyFlags = []
  ) -> ReadModelFault? {
    var replay = Replay(hashesLeaves: false)
    let buffer = BatchBuffer()
    var encoder = FieldEncoder()
    do throws(ReadModelFault) {
      for (index, event) in events.enumerated() {
        buffer.reset()
        let number = UInt64(index + 1)
        Event(
          EventHeader(
            logTime: event.time, commandID: CommandID(low: number, high: 1),
            commandDigest: number, merchant: MerchantNumber(event.merchant), flags: flags),
          event.0
        ).encode(into: &encoder)
        buffer.append(encoder.bytes)
        try buffer.withBatch(first: Position(UInt64(index)), logTime: event.time) {
          batch throws(ReadModelFault) in try replay.apply(batch)
        }
      }
      return nil
    } catch { return error }
  }

  private static func at(_ seconds: Int64) -> Timestamp { start.advanced(bySeconds: seconds) }

  @Test(arguments: [1, 2, 77, UInt32.max]) func `a merchant nobody registered`(_ number: UInt32) {
    for payload in [
      HostileLogTests.payment(),
      .merchantEnabled(
        MerchantEnabled(
          rollout: RolloutNumber(1), planVersion: 1, wave: WaveNumber(1), plannedAt: .none)),
    ] {
      #expect(
        HostileLogTests.fold([
          (HostileLogTests.created, 0, HostileLogTests.start), (payload, number, .latest),
        ]) != nil)
    }
  }

  @Test(arguments: [0, 2, 9, UInt16.max]) func `a rollout out of its turn`(_ number: UInt16) {
    #expect(
      HostileLogTests.fold([
        (HostileLogTests.created, 0, HostileLogTests.start),
        (HostileLogTests.announced(number), 0, HostileLogTests.start),
      ]) != nil)
  }

  @Test(arguments: ["", "{", "{}", "[[[[", "null", String(repeating: "[", count: 50_000)])
  func `a plan that is none`(_ document: String) {
    #expect(
      HostileLogTests.fold([
        (HostileLogTests.created, 0, HostileLogTests.start),
        (HostileLogTests.announced(1, document), 0, HostileLogTests.start),
      ]) != nil)
  }

  @Test func `a wave of a rollout that was never started`() throws {
    let document = String(decoding: try HostileLogTests.plan(), as: UTF8.self)
    let wave = Payload.waveOpened(
      WaveOpened(
        rollout: RolloutNumber(1), planVersion: 1, wave: WaveNumber(1), merchants: 1,
        plannedAt: HostileLogTests.start))
    let announced = (HostileLogTests.announced(1, document), UInt32(0), HostileLogTests.start)
    let created = (HostileLogTests.created, UInt32(0), HostileLogTests.start)
    #expect(HostileLogTests.fold([created, announced]) == nil)
    let fault = HostileLogTests.fold([created, announced, (wave, 0, HostileLogTests.start)])
    #expect("\(String(describing: fault))".contains("wave"))
  }

  /// The plan of the story.
  static func plan() throws -> [UInt8] {
    var file = try InputFile(PackageRoot.path("events/plans/wechat-pay-2024-09.json"))
    return try file.readAll(limit: 60_000)
  }

  @Test func `log time that goes back stops the replay`() {
    let fault = HostileLogTests.fold([
      (HostileLogTests.created, 0, HostileLogTests.at(10)),
      (HostileLogTests.payment(), 0, HostileLogTests.at(9)),
    ])
    #expect("\(String(describing: fault))".contains("log_time"))
  }

  @Test(arguments: [Int64.min, -1, .max, .max - 1])
  func `log time that no clock shows stops the replay`(_ time: Int64) {
    #expect(
      HostileLogTests.fold([
        (HostileLogTests.created, 0, Timestamp(nanoseconds: time))
      ]) != nil)
  }

  @Test(arguments: [Int64.min, -1, Money.paymentMax.rawValue + 1, .max])
  func `an amount that no payment has stops the replay`(_ amount: Int64) {
    for outcome in Outcome.allCases {
      let notice = (HostileLogTests.payment(outcome, amount), UInt32(0), HostileLogTests.start)
      #expect(HostileLogTests.fold([notice, notice]) != nil)
    }
  }

  @Test func `refunds beyond all bounds add up to no trap`() {
    let refund = HostileLogTests.payment(.refunded, Money.paymentMax.rawValue)
    let events = (0..<1_000).map { _ in (refund, merchant: UInt32(0), time: HostileLogTests.start) }
    #expect(HostileLogTests.fold(events, flags: .refundBeforeCapture) == nil)
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func `events of noise under right checksums never trap`(_ seed: UInt64) {
    var random = Seeded(seed)
    var encoder = FieldEncoder()
    let kinds = EventKind.allCases
    for _ in 0..<150 {
      var replay = Replay(hashesLeaves: false)
      let buffer = BatchBuffer()
      for (index, payload) in HostileLogTests.prelude.enumerated() {
        Event(
          EventHeader(
            logTime: HostileLogTests.start, merchant: MerchantNumber(index == 0 ? 0 : UInt32(index))
          ), payload
        ).encode(into: &encoder)
        buffer.append(encoder.bytes)
      }
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let kind = kinds.randomElement(using: &random) ?? .logCreated
        buffer.append(HostileLogTests.noise(kind, &random))
      }
      do {
        try buffer.withBatch(first: .zero, logTime: HostileLogTests.start) { batch in
          try replay.apply(batch)
        }
      } catch { #expect(!"\(error)".isEmpty) }
    }
  }

  private static let prelude = [created, merchant("s1"), merchant("s2")]

  /// An event whose numbers are small, extreme or random, and whose length is right.
  private static func noise(
    _ kind: EventKind, _ random: inout some RandomNumberGenerator
  ) -> [UInt8] {
    let count = Int.random(in: 0...120, using: &random)
    var encoder = FieldEncoder()
    Event(
      EventHeader(
        logTime: start, merchant: MerchantNumber(UInt32.random(in: 0...3, using: &random))),
      samples[kind] ?? .clockConfirmed
    ).encode(into: &encoder)
    var bytes = encoder.bytes
    if samples[kind] == nil {
      bytes += (0..<count).map { _ in 0 }
      bytes[0] = UInt8(truncatingIfNeeded: kind.rawValue)
      bytes[1] = UInt8(truncatingIfNeeded: kind.rawValue >> 8)
      bytes[2] = kind.version
      bytes[68] = UInt8(truncatingIfNeeded: bytes.count)
      bytes[69] = UInt8(truncatingIfNeeded: bytes.count >> 8)
    }
    for _ in 0..<Int.random(in: 0...4, using: &random) where bytes.count > 72 {
      let place = Int.random(in: 72..<bytes.count, using: &random)
      bytes[place] =
        [0, 1, 2, 3, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
    }
    return bytes
  }

  private static let samples: [EventKind: Payload] = {
    let one = RolloutNumber(1)
    let wave = WaveNumber(1)
    let switched = MerchantSwitched(rollout: one, planVersion: 1, wave: wave)
    let step = RolloutStep(
      rollout: one, planVersion: 1, reason: name("r"), reasonReference: .zero)
    let order = ScopedOrder(
      rollout: one, planVersion: 1, scope: .all, tier: .t1, wave: wave, merchants: .max,
      reason: name("r"), reasonReference: .zero)
    let list: [Payload] = [
      created, merchant("s9"), announced(1), payment(), payment(.refunded), payment(.failed),
      .merchantEnabled(
        MerchantEnabled(rollout: one, planVersion: 1, wave: wave, plannedAt: start)),
      .merchantRolledBack(switched), .merchantReinstated(switched), .rolloutPaused(step),
      .rolloutResumed(step), .rolloutAborted(step), .rollbackOrdered(order),
      .reinstatementOrdered(order), .clockStepped(ClockStepped(step: .min)),
      .rolloutStarted(
        RolloutStarted(
          rollout: one, planVersion: 1, hashVersion: 1, waves: 2, merchants: 3,
          registryPosition: .zero, orderDigest: .zero)),
      .waveOpened(
        WaveOpened(rollout: one, planVersion: 1, wave: wave, merchants: 2, plannedAt: start)),
      .institutionOpened(InstitutionOpened(institution: .alipay)),
    ]
    return Dictionary(list.map { (Event(EventHeader(), $0).kind, $0) }) { first, _ in first }
  }()
}
