// A status in Chinese: every sentence of it, whatever the rollout waits for.

import Dumps
import Events
import Projections
import Testing

@testable import Rollout
@testable import sluice

@Suite struct ChineseStatusTests {
  private static let chinese = Wording(.chinese)
  /// Names of the plan and its waves, reasons and keys.
  private static let known: Set<String> = [
    "p", "canary", "half", "all", "risk-review", "checkout-harm", "withdrawn", "night",
  ]

  private static let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

  /// A rollout that has come to where it waits for something.
  struct Place: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var make: @Sendable () throws -> StatusStory

    init(_ name: String, _ make: @escaping @Sendable () throws -> StatusStory) {
      testDescription = name
      self.make = make
    }
  }

  static let places = [
    Place("announced") { try StatusStory() },
    Place("a resume that needs approvals") {
      var story = try StatusTests.opened(
        StatusTests.guardrails + #""resume_approvals": 1, "approvers": ["\#(key)"],"#)
      try story.breach(.checkout, evidence: "30.43")
      try story.add(.rolloutPaused(try story.step("checkout-harm")), actor: Actor(.guardrail))
      return story
    },
    Place("a wave that opens later") { try StatusTests.opened() },
    Place("a wave that is open") {
      var story = try StatusStory.started()
      try story.go(to: StatusStory.at(6))
      try story.open(1, of: 10, enabling: 1..<4)
      return story
    },
    Place("approvals") {
      var story = try StatusTests.opened()
      try story.go(to: StatusStory.at(15))
      return story
    },
    Place("more approvals than are needed") {
      var story = try StatusTests.opened()
      for user: UInt32 in [7, 8] {
        try story.add(
          .rolloutApproved(
            RolloutApproved(
              rollout: StatusStory.one, planVersion: 1, role: .none, approval: [],
              grant: RolloutApproved.Grant(
                subject: .wave, wave: WaveNumber(2), quorum: 1, evidence: .none,
                expiresAt: StatusStory.at(99), documentDigest: .zero, key: .none))),
          actor: Actor(.approver, id: user))
      }
      return story
    },
    Place("a pause") {
      var story = try StatusTests.opened()
      try story.add(.rolloutPaused(try story.step("risk-review")), actor: StatusStory.person)
      return story
    },
    Place("breaches") {
      var story = try StatusTests.opened(StatusTests.guardrails)
      try story.breach(.checkout, evidence: "30.43")
      try story.add(.rolloutPaused(try story.step("checkout-harm")), actor: Actor(.guardrail))
      try story.breach(.institution, evidence: "15.44")
      return story
    },
    Place("evidence that is not there") { try StatusTests.opened(StatusTests.guardrails) },
    Place("evidence that is overdue") {
      var story = try StatusTests.opened(StatusTests.guardrails)
      try story.go(to: StatusStory.at(15))
      return story
    },
    Place("a cap") {
      var story = try StatusStory.started(caps: "2")
      try story.go(to: StatusStory.at(6, 30))
      try story.open(1, of: 10, enabling: 1..<3)
      return story
    },
    Place("a window that ends first") {
      var story = try StatusStory.started(caps: "1")
      try story.go(to: StatusStory.at(60))
      try story.open(1, of: 10, enabling: 1..<2)
      return story
    },
    Place("a window that is over") {
      var story = try StatusTests.opened()
      try story.go(to: StatusStory.at(80))
      try story.add(
        .windowEnded(
          WindowEnded(rollout: StatusStory.one, planVersion: 1, enabled: 10, pending: 30)))
      return story
    },
    Place("an abort") {
      var story = try StatusTests.opened()
      try story.add(.rolloutAborted(try story.step("withdrawn")), actor: StatusStory.person)
      return story
    },
    Place("a roll-back that goes on") {
      var story = try StatusTests.opened()
      let order = try story.add(
        .rollbackOrdered(
          ScopedOrder(
            rollout: StatusStory.one, planVersion: 1, scope: .wave, tier: .unknown,
            wave: WaveNumber(1), merchants: 10, reason: try #require(ShortText("risk-review")),
            reasonReference: .zero)), actor: StatusStory.person)
      try story.add(
        .merchantRolledBack(
          MerchantSwitched(rollout: StatusStory.one, planVersion: 1, wave: WaveNumber(1))),
        merchant: 3, cause: order)
      return story
    },
  ]

  @Test(arguments: places)
  func `a status in Chinese holds no English word but ids, codes and commands`(
    place: Place
  ) throws {
    let story = try place.make()
    let (english, chinese) = (story.text, story.text(ChineseStatusTests.chinese))
    let left = EnglishLeft.words(in: chinese, besides: ChineseStatusTests.known)
    #expect(left.isEmpty, "\(left) in\n\(chinese)")
    // The same in both: line by line, and no more words here than there.
    #expect(chinese.split(separator: "\n").count == english.split(separator: "\n").count)
    #expect(!EnglishLeft.words(in: english, besides: ChineseStatusTests.known).isEmpty)
  }

  @Test(arguments: places)
  func `why a merchant is not in yet is told in Chinese too`(place: Place) throws {
    let story = try place.make()
    guard story.fold.order(StatusStory.one) != nil else { return }
    for wave: UInt16 in 1...3 {
      guard let sentence = try? story.standing(ofWave: wave, ChineseStatusTests.chinese) else {
        continue
      }
      let left = EnglishLeft.words(in: sentence, besides: ChineseStatusTests.known)
      #expect(left.isEmpty && sentence.hasPrefix("未开通："), "\(sentence)")
    }
  }

  @Test(arguments: places)
  func `scripts are told the same in every language`(place: Place) throws {
    let story = try place.make()
    let (rollout, model, cited) = (story.rollout, story.model, CitedEvents(story.known))
    let documents = [Wording(), ChineseStatusTests.chinese].map { words in
      Document.object { document in
        let tree = StatusTree(rollout, model, isClockHeld: false, cited, in: words)
        StatusCommand.put(rollout, model, tree, &document)
      }
    }
    #expect(documents[0] == documents[1])
  }

  // MARK: Sentence by sentence

  private static let instant = StatusStory.at(9)
  private static let holds: [EvidenceHold] = [
    .noneYet(instant), .gap(.interrupted, instant), .gap(.overflow, instant), .silent(instant),
    .tooFew(isTreated: true, orders: 3, needed: 20),
    .tooFew(isTreated: false, orders: 3, needed: 20),
    .inconclusive(evidence: "1.2", threshold: "5.7"),
  ]
  private static let approvals = ApprovalStanding(
    subject: .wave, wave: WaveNumber(2), needed: 1, given: [])
  private static func cap(_ kind: CapKind, freesAt: Timestamp?) -> CapHold {
    CapHold(
      merchant: MerchantNumber(1), kind: kind, limit: 2, allowed: 2, used: 2, needed: 7,
      freesAt: freesAt)
  }

  static let gates: [RolloutGate] = {
    let evidence = holds.map { RolloutGate.evidence($0) }
    let caps = CapKind.allCases.map { RolloutGate.cap(cap($0, freesAt: instant)) }
    return plainGates + evidence + caps + [.cap(cap(.merchantsPerDay, freesAt: nil))]
  }()
  private static let plainGates: [RolloutGate] = [
    .notAnnounced, .approvals(approvals), .notStarted, .clockHeld,
    .order(Position(7), isRollback: true, switched: 3, of: 10),
    .order(Position(7), isRollback: false, switched: 3, of: 10),
    .paused(ShortText("risk-review") ?? .none, since: instant, breaches: []),
    .beforeEffective(instant), .windowOver,
    .closed(ClosedInterval(from: instant, to: instant, why: ShortText("night") ?? .none)),
    .soaking(WaveNumber(2), until: instant), .waveNotOpen(WaveNumber(2), instant), .none,
    .ended(.aborted), .ended(.completed),
  ]

  static let reasons: [PendingReason] = {
    let evidence = holds.map { PendingReason.evidence($0) }
    return plainReasons + evidence
      + CapKind.allCases.map { PendingReason.cap(cap($0, freesAt: instant)) }
  }()
  private static let plainReasons: [PendingReason] = [
    .notAnnounced, .notStarted, .beforeEffective(instant), .waveNotOpen(WaveNumber(2), instant),
    .soaking(WaveNumber(2), instant),
    .closedTime(ClosedInterval(from: instant, to: instant, why: ShortText("night") ?? .none)),
    .orderRunning(Position(7)), .paused(ShortText("risk-review") ?? .none),
    .approval(approvals), .windowOver, .excluded(ShortText("withdrawn") ?? .none),
    .categoryExcluded(ShortText("all") ?? .none), .platformExcluded(.taobao),
    .platformExcluded(.tmall), .tierExcluded(.unknown), .closed, .ended(.aborted),
    .queued(ahead: 3),
  ]

  @Test(arguments: gates)
  func `every gate says in both languages what it is and who ends it`(gate: RolloutGate) {
    let end = ExpectedEnd.hangsOn(gate)
    for (chinese, english) in [
      (gate.sentence(ChineseStatusTests.chinese), gate.sentence()),
      (gate.owner(ChineseStatusTests.chinese), gate.owner(Wording())),
      (end.sentence(ChineseStatusTests.chinese), end.sentence()),
    ] {
      #expect(!chinese.isEmpty && chinese != english)
      let left = EnglishLeft.words(in: chinese, besides: ChineseStatusTests.known)
      #expect(left.isEmpty, "\(chinese)")
    }
    #expect(gate.owner(Wording()) == gate.owner)
  }

  @Test(arguments: reasons)
  func `so does every reason why somebody is not in yet`(reason: PendingReason) {
    let words = ChineseStatusTests.chinese
    let chinese = words[reason.label(words)]
    let left = EnglishLeft.words(in: chinese, besides: ChineseStatusTests.known)
    #expect(left.isEmpty && chinese != reason.sentence, "\(chinese)")
  }

  @Test(arguments: holds)
  func `a hold of the evidence says in English what the rule says`(hold: EvidenceHold) {
    #expect(hold.reason(Wording()) == hold.reason)
    #expect(hold.release(Wording()) == hold.release)
  }

  @Test(arguments: CapKind.allCases)
  func `a cap has its name in English`(kind: CapKind) {
    #expect(Wording()[kind.label] == kind.name)
  }

  @Test(arguments: [
    ExpectedEnd.at(instant), .beyondAYear, .windowEnds(instant, pace: nil, .stop),
    .windowEnds(instant, pace: instant, .hold),
  ])
  func `an expected end is told in Chinese`(end: ExpectedEnd) {
    let chinese = end.sentence(ChineseStatusTests.chinese)
    #expect(EnglishLeft.words(in: chinese, besides: []).isEmpty, "\(chinese)")
  }

  @Test(arguments: [5 * 86_400 + 3, 2 * 3600 + 300, 600, 40] as [Int64])
  func `a span is told in Chinese`(seconds: Int64) {
    let (from, to) = (StatusStory.effect, StatusStory.effect.advanced(bySeconds: seconds))
    let chinese = Screen.span(from: from, to: to, ChineseStatusTests.chinese)
    #expect(EnglishLeft.words(in: chinese, besides: []).isEmpty, "\(chinese)")
  }
}
