// What a plan says of approvals, and the text that approvers sign.

import Events
import Merkle
import Rollout
import Testing

@Suite struct ApprovalPlanTests {
  private static let keys = ["risk", "finance"].map { name in
    let seed = [UInt8](repeating: UInt8(name.utf8.count), count: 32)
    return NoteSigner(name: name, seed: seed)?.key.text ?? ""
  }
  /// The first of them under another name.
  private static let alias =
    NoteSigner(name: "other", seed: [UInt8](repeating: 4, count: 32))?.key.text ?? ""
  private static let guarded = """
    "guardrails": {"block_minutes": 10, "answer_minutes": 5, "alpha": "1%",
    "limit": {"failures": "10%", "on_breach": "pause"}, "min_orders": 20, "silent_blocks": 3},
    """

  private static func plan(_ approvals: String) -> [UInt8] {
    Array(
      """
      {"plan": "p", "version": 1, "institution": "wechat-pay",
      "effective_at": "2024-09-12T00:00:00+08:00", "window_days": 2,
      "order": {"hash_version": 1, "seed": "s", "largest_last": "0%"}, "hold_back": "5%",
      "waves": [
      {"name": "one", "day": 1, "opens": "08:00", "share": "25%", "canary": true, "approvals": 2},
      {"name": "two", "day": 1, "opens": "18:00", "share": "rest"}],
      "caps": {"merchants_per_hour": 10000, "merchants_per_day": 10000,
      "payments_per_hour": 100000, "payments_per_day": 100000},
      \(approvals) "after_window": "hold"}
      """.utf8)
  }

  @Test func `a plan without the fields means what it did`() throws {
    let plan = try PlanReader.read(ApprovalPlanTests.plan("\"approvals\": 1,"))
    #expect(plan.approvalRules == .usual)
    #expect(plan.approvalRules.approvers.isEmpty && !plan.approvalRules.fourEyes)
    #expect(plan.approvalRules.seconds == 86_400 && plan.approvalRules.resume == 0)
  }

  @Test func `every field is read`() throws {
    let list = ApprovalPlanTests.keys.map { "\"\($0)\"" }.joined(separator: ", ")
    let plan = try PlanReader.read(
      ApprovalPlanTests.plan(
        ApprovalPlanTests.guarded
          + "\"approvals\": 2, \"four_eyes\": true, \"approvers\": [\(list)],"
          + "\"approval_minutes\": 90, \"resume_approvals\": 1,"))
    #expect(plan.approvalRules.approvers == ApprovalPlanTests.keys)
    #expect(plan.approvalRules.fourEyes)
    #expect(plan.approvalRules.minutes == 90 && plan.approvalRules.resume == 1)
  }

  @Test(
    arguments: [
      ("\"four_eyes\": 1,", "four_eyes"), ("\"approval_minutes\": 0,", "approval_minutes"),
      ("\"approval_minutes\": 527041,", "approval_minutes"), ("\"approvers\": [],", "approvers"),
      ("\"approvers\": \"\(keys[0])\",", "approvers"), ("\"approvers\": [7],", "approvers[0]"),
      ("\"approvers\": [\"risk\"],", "approvers[0]"),
      ("\"approvers\": [\"\(keys[0])\", \"\(keys[0])\"],", "approvers[1]"),
      ("\"approvers\": [\"\(keys[0])\", \"\(alias)\"],", "approvers[1]"),
      ("\"approvers\": [\"\(keys[0])\"],", "waves[0].approvals"),
      ("\"resume_approvals\": 1,", "resume_approvals"),
      ("\"resume_approvals\": 101,", "resume_approvals"),
    ]) func `a rule that cannot be kept is named`(_ fields: String, _ path: String)
  {
    do throws(PlanFaults) {
      _ = try PlanReader.read(ApprovalPlanTests.plan("\"approvals\": 1, \(fields)"))
      Issue.record("it is taken")
    } catch {
      #expect(error.faults.contains { $0.path == path }, "\(error)")
      #expect(error.faults.allSatisfy { !$0.reason.isEmpty && !$0.advice.isEmpty })
    }
  }

  @Test(
    arguments: [
      ("\"approvals\": 1,", 1), ("\"approvals\": 1, \"four_eyes\": true,", 0),
      ("\"approvals\": 0, \"approvers\": [\"\(keys[0])\", \"\(keys[1])\"],", 0),
    ]) func `whoever lets the proposer approve is warned`(_ fields: String, _ count: Int) throws
  {
    let warnings = PlanRules.warnings(try PlanReader.read(ApprovalPlanTests.plan(fields)))
    #expect(warnings.count == count && warnings.allSatisfy(\.isWarning))
  }

  @Test func `each field is a change of its own, allowed while the rollout runs`() throws {
    let guarded = ApprovalPlanTests.guarded + "\"approvals\": 2,"
    let list = ApprovalPlanTests.keys.map { "\"\($0)\"" }.joined(separator: ", ")
    let old = try PlanReader.read(ApprovalPlanTests.plan(guarded))
    let new = try PlanReader.read(
      ApprovalPlanTests.plan(
        guarded + "\"four_eyes\": true, \"approvers\": [\(list)], \"approval_minutes\": 90, "
          + "\"resume_approvals\": 1,"))
    #expect(
      PlanAmendment(from: old, to: new).changes.map(\.path)
        == ["four_eyes", "approvers", "approval_minutes", "resume_approvals"])
  }
}

@Suite struct ApprovalStatementTests {
  private static let statement = ApprovalStatement(
    origin: ShortText("log.example/w") ?? .none, log: LogID(low: 0x0706_0504_0302_0100, high: 255),
    plan: ShortText("p 1") ?? .none, planVersion: 3, documentDigest: .zero,
    subject: .waveOverride, wave: WaveNumber(2), evidence: Position(41), quorum: 2,
    expiresAt: Timestamp(seconds: 1_726_070_400))
  private static let text = """
    sluice approval v2
    log log.example/w
    log-id 0001020304050607ff00000000000000
    plan p 1
    version 3
    document 0000000000000000000000000000000000000000000000000000000000000000
    approves wave 2
    override yes
    evidence 41
    quorum 2
    expires 2024-09-11T16:00:00Z

    """

  @Test func `a statement has one text, which reads back`() {
    #expect(ApprovalStatementTests.statement.text == ApprovalStatementTests.text)
    #expect(ApprovalStatement(ApprovalStatementTests.text) == ApprovalStatementTests.statement)
    for subject in ApprovalSubject.allCases {
      var statement = ApprovalStatementTests.statement
      statement.subject = subject
      if !subject.isOfWave { statement.wave = .none }
      statement.evidence = subject == .start ? .none : Position(0)
      #expect(ApprovalStatement(statement.text) == statement)
    }
  }

  @Test func `a text of version 1 is read still, and names no log id`() throws {
    let old = ApprovalStatementTests.text.replacing("v2", with: "v1")
      .replacing("log-id 0001020304050607ff00000000000000\n", with: "")
    var statement = ApprovalStatementTests.statement
    statement.log = nil
    #expect(ApprovalStatement(old) == statement && statement.text == old)
  }

  @Test(
    arguments: [
      ("approval v2", "approval v1"), ("approval v2", "approval v3"),
      ("log-id 0001020304050607ff00000000000000\n", ""), ("ff00", "FF00"), ("log-id 00", "log-id "),
      ("log-id", "log-di"), ("version 3", "version 03"), ("version 3", "version 65536"),
      ("wave 2", "wave"), ("wave 2", "wave 2 3"), ("wave 2", "start"), ("wave 2", "wave-override"),
      ("override yes", "override maybe"), ("evidence 41", "evidence -1"),
      ("evidence 41", "evidence 18446744073709551615"), ("quorum 2", "quorum two"),
      ("16:00:00Z", "16:00:00.000Z"), ("2024-09-11T16:00:00Z", "2024-09-12T00:00:00+08:00"),
      ("quorum 2\n", "quorum 2\nquorum 2\n"), ("00:00Z\n", "00:00Z\n\n"), ("00:00Z\n", "00:00Z"),
      ("0000\n", "000g\n"), ("log ", "log  "), ("sluice", ""),
    ]) func `another spelling is no approval`(_ old: String, _ new: String) throws
  {
    let place = try #require(ApprovalStatementTests.text.firstRange(of: old))
    let text = ApprovalStatementTests.text.replacingCharacters(place, new)
    #expect(ApprovalStatement(text).map { $0 == ApprovalStatementTests.statement } != true)
    #expect(ApprovalStatement(text)?.text ?? text == text)
  }
}

extension String {
  fileprivate func replacingCharacters(_ place: Range<String.Index>, _ new: String) -> String {
    String(self[..<place.lowerBound]) + new + String(self[place.upperBound...])
  }
}
