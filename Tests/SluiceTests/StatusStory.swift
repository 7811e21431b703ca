// A rollout without a daemon: events that are folded at once, and the status that they lead to.

import Dumps
import Events
import Projections
import Rollout
import Testing
import Text

@testable import sluice

/// What a status is made of.
struct StatusStory {
  static let one = RolloutNumber(1)
  static let person = Actor(.operator, id: 1001)
  /// 2024-09-12T00:00:00+08:00, when the plan takes effect.
  static let effect = Timestamp(seconds: 1_726_070_400)

  /// The hours of the day of effect.
  static func at(_ hour: Int64, _ minute: Int64 = 0) -> Timestamp {
    effect.advanced(bySeconds: hour * 3600 + minute * 60)
  }

  private(set) var model = ReadModel()
  /// What `explain` folds.
  private(set) var fold = LogFold(freezesOrders: true)
  private(set) var known: [Position: Event] = [:]
  var now = StatusStory.effect.advanced(bySeconds: -7 * 86_400)
  let document: [UInt8]

  /// - Parameters:
  ///   - more: fields of the plan, with a comma behind each.
  ///   - merchants: how many are registered; 20 a wave are enabled at once.
  init(_ more: String = "", caps: String = "\"100%\"", merchants: UInt32 = 40) throws {
    let limits = ["merchants_per_hour", "merchants_per_day"].map { "\"\($0)\": \(caps)" }
    document = Array(
      """
      {"plan": "p", "version": 1, "institution": "wechat-pay", "announced": "2024-09-05",
       "effective_at": "2024-09-12T00:00:00+08:00", "window_days": 3,
       "order": {"hash_version": 2, "seed": "s", "largest_last": "0%"}, "hold_back": "5%",
       "waves": [
         {"name": "canary", "day": 1, "opens": "06:00", "share": "25%", "canary": true},
         {"name": "half", "day": 1, "opens": "14:00", "share": "25%", "approvals": 1},
         {"name": "all", "day": 2, "opens": "06:00", "share": "rest"}],
       "caps": {\(limits.joined(separator: ", ")), "payments_per_hour": "100%",
                "payments_per_day": "100%"}, \(more)
       "approvals": 0, "after_window": "hold"}
      """.utf8)
    let plan = try PlanReader.read(document)
    for number in 1...merchants {
      try add(
        .merchantRegistered(
          MerchantRegistered(
            platform: .taobao, tier: .t3, dailyPayments: 10,
            external: try #require(ExternalID("m\(number)")), category: .none, city: .none)),
        merchant: number)
    }
    try add(
      .rolloutAnnounced(
        RolloutAnnounced(
          rollout: StatusStory.one, planVersion: 1, institution: .weChatPay,
          effectiveAt: plan.effectiveAt, windowEnd: plan.windowEnd, digest: .zero, plan: plan.id,
          document: document)), actor: StatusStory.person)
  }

  /// The same, started on the day of effect.
  static func started(
    _ more: String = "", caps: String = "\"100%\"", merchants: UInt32 = 40
  ) throws -> StatusStory {
    var story = try StatusStory(more, caps: caps, merchants: merchants)
    story.now = effect
    try story.add(
      .rolloutStarted(
        RolloutStarted(
          rollout: one, planVersion: 1, hashVersion: 2, waves: 3, merchants: merchants,
          registryPosition: Position(UInt64(merchants)), orderDigest: .zero)))
    return story
  }

  @discardableResult
  mutating func add(
    _ payload: Payload, merchant: UInt32 = 0, actor: Actor = .scheduler,
    cause: Position = .none
  ) throws -> Position {
    let position = model.position
    let event = Event(
      EventHeader(
        logTime: now, actor: actor, cause: cause, merchant: MerchantNumber(merchant)), payload)
    let buffer = BatchBuffer()
    var encoder = FieldEncoder()
    event.encode(into: &encoder)
    buffer.append(encoder.bytes)
    try buffer.withBatch(first: position, logTime: now) { batch throws(ReadModelFault) in
      try model.apply(batch)
    }
    try buffer.withBatch(first: position, logTime: now) { batch throws in
      try fold.apply(batch)
    }
    known[position] = event
    return position
  }

  /// Opens a wave, enables so many and completes it where that is all of them.
  mutating func open(_ wave: UInt16, of merchants: UInt32, enabling range: Range<UInt32>) throws {
    let opening = try add(
      .waveOpened(
        WaveOpened(
          rollout: StatusStory.one, planVersion: 1, wave: WaveNumber(wave), merchants: merchants,
          plannedAt: now)))
    for merchant in range {
      try add(
        .merchantEnabled(
          MerchantEnabled(
            rollout: StatusStory.one, planVersion: 1, wave: WaveNumber(wave), plannedAt: now)),
        merchant: merchant, cause: opening)
    }
    guard range.count == Int(merchants) else { return }
    try add(
      .waveCompleted(
        WaveCompleted(
          rollout: StatusStory.one, planVersion: 1, wave: WaveNumber(wave), enabled: merchants,
          skipped: 0)))
  }

  func step(_ reason: String) throws -> RolloutStep {
    RolloutStep(
      rollout: StatusStory.one, planVersion: 1, reason: try #require(ShortText(reason)),
      reasonReference: .zero)
  }

  mutating func breach(_ kind: GuardrailKind, evidence: String) throws {
    try add(
      .guardrailBreached(
        GuardrailBreached(
          rollout: StatusStory.one, planVersion: 1, wave: WaveNumber(1), guardrail: kind.text,
          first: .zero, last: .zero,
          evidence: Array(#"{"log_evidence": "\#(evidence)", "threshold": "5.70378"}"#.utf8))),
      actor: Actor(.guardrail))
  }
}

// MARK: - What is shown

extension StatusStory {
  var rollout: Rollout {
    guard let rollout = model.rollouts.rollouts.first else {
      preconditionFailure("the story begins with an announcement")
    }
    return rollout
  }

  /// As of now; the log's last event may be older.
  var tree: StatusTree {
    StatusTree(rollout, model, isClockHeld: false, CitedEvents(known))
  }

  /// Where the first pending merchant of a wave stands, as `explain` says it.
  func standing(ofWave wave: UInt16, _ words: Wording = Wording()) throws -> String {
    let order = try #require(fold.order(StatusStory.one))
    let place = order.places(of: WaveNumber(wave)).first {
      fold.book.state(order.merchants[$0], StatusStory.one) == .pending
    }
    let merchant = order.merchants[try #require(place)]
    return MerchantStory(fold, fold.book.merchant(merchant)).standing(rollout, words).sentence
  }

  var text: String { text(Wording()) }

  func text(_ words: Wording) -> String {
    let tree = StatusTree(rollout, model, isClockHeld: false, CitedEvents(known), in: words)
    return StatusText.text(rollout, model, tree, words)
  }

  /// The rows of its tiers.
  func tiers() throws -> [TierRow] {
    var tally = TierTally()
    tally.follow(model.merchants)
    return tally.rows(model.merchants, StatusStory.one)
  }

  /// The line of a fact, or of a wave; empty where there is none.
  func line(_ name: String) -> String {
    text.split(separator: "\n").map(String.init).first { $0.contains(name) } ?? ""
  }

  var json: JSONValue {
    get throws {
      try JSONReader.read(
        Document.object { StatusCommand.put(rollout, model, tree, &$0) })
    }
  }

  /// Lets the log's time go on to an instant.
  mutating func go(to instant: Timestamp) throws {
    now = instant
    try add(.clockConfirmed)
  }
}

extension JSONValue {
  /// The text of a value in one line, for a comparison.
  var line: String {
    var writer = JSONWriter()
    var bytes: [UInt8] = []
    writer.value(self, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  subscript(row: Int) -> JSONValue {
    guard case .array(let elements) = self, elements.indices.contains(row) else { return .null }
    return elements[row]
  }
}
