// Amendments that no decision leads to, under right checksums: each stops the replay.

import Events
import Merkle
import Orchestrator
import Projections
import Rollout
import Testing

@Suite struct HostileAmendmentTests {
  private static let one = RolloutNumber(1)

  private static func document(version: Int, waves: Int) -> String {
    let middle = (1..<max(1, waves - 1)).map {
      #"{"name": "w\#($0)", "day": 1, "opens": "1\#($0):00", "share": "1%"},"#
    }
    return """
      {"plan": "p", "version": \(version), "institution": "card",
      "effective_at": "2024-09-12T00:00:00+08:00", "window_days": 1,
      "order": {"hash_version": 1, "seed": "s", "largest_last": "0%"}, "hold_back": "0%",
      "waves": [{"name": "one", "day": 1, "opens": "08:00", "share": "50%", "canary": true},
      \(middle.joined()) {"name": "two", "day": 1, "opens": "22:00", "share": "rest"}],
      "caps": {"merchants_per_hour": 1, "merchants_per_day": 1, "payments_per_hour": 1,
      "payments_per_day": 1}, "approvals": 0, "after_window": "hold"}
      """
  }

  private static func amended(
    _ version: UInt16, from old: UInt16, digest: Digest = Digest(words: (1, 2, 3, 4)), waves: Int
  ) -> Payload {
    let document = Array(document(version: Int(version), waves: waves).utf8)
    return .rolloutAmended(
      RolloutAmended(
        rollout: one, planVersion: version, previousVersion: old,
        effectiveAt: HostileLogTests.start, windowEnd: HostileLogTests.start,
        previousDigest: digest, digest: .zero, document: document))
  }

  /// What a rollout of three waves says to one more event, once it has started or before.
  private static func fault(isStarted: Bool, _ payload: Payload) throws -> String? {
    let text = document(version: 1, waves: 3)
    let plan = try PlanReader.read(Array(text.utf8))
    let order = FrozenOrder(plan: plan, book: MerchantBook(), rollout: one)
    var payloads = [HostileLogTests.created, HostileLogTests.announced(1, text)]
    if isStarted {
      payloads.append(
        .rolloutStarted(
          RolloutStarted(
            rollout: one, planVersion: 1, hashVersion: 1, waves: 3, merchants: 0,
            registryPosition: .zero, orderDigest: order.digest)))
    }
    let events = (payloads + [payload]).map { ($0, UInt32(0), HostileLogTests.start) }
    let fault = HostileLogTests.fold(events)
    return fault.map { "\($0)" }
  }

  @Test(arguments: [false, true])
  func `an amendment that follows on the plan is folded`(_ isStarted: Bool) throws {
    let amended = HostileAmendmentTests.amended(2, from: 1, waves: 3)
    #expect(try HostileAmendmentTests.fault(isStarted: isStarted, amended) == nil)
  }

  @Test func `before the start the number of waves may change, and after it may not`() throws {
    let amended = HostileAmendmentTests.amended(2, from: 1, waves: 4)
    #expect(try HostileAmendmentTests.fault(isStarted: false, amended) == nil)
    for waves in [2, 4] {
      let amended = HostileAmendmentTests.amended(2, from: 1, waves: waves)
      let fault = try HostileAmendmentTests.fault(isStarted: true, amended)
      #expect(fault?.contains("document") == true)
    }
  }

  @Test(
    arguments: [
      HostileAmendmentTests.amended(3, from: 1, waves: 3),
      HostileAmendmentTests.amended(2, from: 2, waves: 3),
      HostileAmendmentTests.amended(2, from: 1, digest: .zero, waves: 3),
    ])
  func `one that follows on another plan stops the replay`(_ payload: Payload) throws {
    let fault = try HostileAmendmentTests.fault(isStarted: false, payload)
    #expect(fault?.contains("previous_version") == true)
  }

  @Test func `one of no rollout, and one of nothing that is a plan, stop the replay`() throws {
    let amended = HostileAmendmentTests.amended(2, from: 1, waves: 3)
    let events = [
      (HostileLogTests.created, UInt32(0), HostileLogTests.start),
      (amended, UInt32(0), HostileLogTests.start),
    ]
    #expect(HostileLogTests.fold(events) != nil)
    let nothing = RolloutAmended(
      rollout: HostileAmendmentTests.one, planVersion: 2, previousVersion: 1,
      effectiveAt: HostileLogTests.start, windowEnd: HostileLogTests.start,
      previousDigest: Digest(words: (1, 2, 3, 4)), digest: .zero, document: Array("{}".utf8))
    #expect(try HostileAmendmentTests.fault(isStarted: false, .rolloutAmended(nothing)) != nil)
  }
}
