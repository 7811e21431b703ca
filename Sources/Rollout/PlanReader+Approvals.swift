// Reads what a plan's document says of approvals, and holds it against the rest of the plan.
//
//   "four_eyes": true,            whoever announced or amended a version does not approve it
//   "approvers": ["finance+1a2b3c4d+..."],    signed notes of these keys count, and nothing else
//   "approval_minutes": 720,      how old the evidence of an approval may be; 1440 where absent
//   "resume_approvals": 1         of a breach, before the opening goes on; 0 where absent
//
// All may be left out.

public import Events
import Merkle
import Text

extension PlanReader {
  /// The rules of approvals; nil where they are faulty.
  static func approvalRules(_ fields: inout PlanFields) -> ApprovalRules? {
    let faults = fields.faults.count
    var rules = ApprovalRules.usual
    rules.approvers = approvers(&fields)
    rules.fourEyes = flag(&fields, "four_eyes")
    rules.minutes =
      fields.optionalInteger("approval_minutes", in: 1...ApprovalRules.minutesMax) ?? rules.minutes
    rules.resume = UInt16(fields.optionalInteger("resume_approvals", in: 0...approvalsMax) ?? 0)
    return fields.faults.count == faults ? rules : nil
  }

  private static func approvers(_ fields: inout PlanFields) -> [String] {
    guard fields.optional("approvers") != nil else { return [] }
    let wanted = "a list of 1 to \(ApprovalRules.approversMax) public keys of approvers"
    let elements = fields.array("approvers", wanted) ?? []
    guard (1...ApprovalRules.approversMax).contains(elements.count) else {
      fields.fault(
        "approvers", "\(elements.count) elements", "is no number of approvers", "Give \(wanted).")
      return []
    }
    var keys: [NoteKey] = []
    for (index, element) in elements.enumerated() {
      let name = "approvers[\(index)]"
      guard let text = fields.string(name, element, "a public key") else { continue }
      guard let key = NoteKey(text), key.mayApprove else {
        fields.fault(
          name, text, "is no public key of a signed note",
          "Give what `sluice approval keygen` prints.")
        continue
      }
      if let first = keys.firstIndex(where: { $0.label == key.label || $0.isSameKey(as: key) }) {
        fields.fault(name, text, "is approvers[\(first)]", "List each approver once.")
      }
      keys.append(key)
    }
    return keys.map(\.text)
  }
}

extension PlanRules {
  /// Quorums that could never be reached.
  static func quorums(_ plan: Plan) -> [PlanFault] {
    var faults: [PlanFault] = []
    let rules = plan.approvalRules
    var quorums = [("approvals", plan.approvalsNeeded), ("resume_approvals", rules.resume)]
    for (index, wave) in plan.waves.enumerated() {
      quorums.append(("waves[\(index)].approvals", wave.approvalsNeeded))
    }
    for (path, quorum) in quorums
    where !rules.approvers.isEmpty && Int(quorum) > rules.approvers.count {
      faults.append(
        PlanFault(
          path: path, value: "\(quorum)",
          reason: rules.approvers.count == 1
            ? "is more than the one approver that the plan lists"
            : "is more than the \(rules.approvers.count) approvers that the plan lists",
          advice: "List more of them, or ask for fewer."))
    }
    return faults
  }

  /// A quorum for what never happens.
  static func resume(_ plan: Plan) -> [PlanFault] {
    let quorum = plan.approvalRules.resume
    guard quorum > 0, plan.guardrails == nil else { return [] }
    return [
      PlanFault(
        path: "resume_approvals", value: "\(quorum)",
        reason: "is asked for after a breach, and a plan without guardrails has none",
        advice: "Leave it out, or give guardrails.")
    ]
  }

  /// What is allowed, and was hardly meant.
  public static func warnings(_ plan: Plan) -> [PlanFault] {
    let rules = plan.approvalRules
    let asks =
      plan.approvalsNeeded > 0 || rules.resume > 0
      || plan.waves.contains { $0.approvalsNeeded > 0 }
    guard asks, !rules.fourEyes, rules.approvers.isEmpty else { return [] }
    return [
      PlanFault(
        path: "four_eyes", value: "",
        reason: "is not set, and no approvers are listed: whoever proposes may approve",
        advice: "Give \"four_eyes\": true, or list approvers.", isWarning: true)
    ]
  }
}
