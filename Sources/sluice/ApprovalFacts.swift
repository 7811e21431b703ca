// Which approvals a rollout waits for, and how they stand.

import Dumps
import Events
import Projections
import Rollout

/// What a status says of approvals.
enum ApprovalFacts {
  /// The steps that need approvals now: the start; the next wave; a resume after a breach.
  static func standings(
    _ plan: Plan, _ rollout: Rollout, _ now: Timestamp
  ) -> [ApprovalStanding] {
    switch rollout.phase {
    case .announced: return [ApprovalGate.ofStart(plan, rollout, now)]
    case .running:
      var standings: [ApprovalStanding] = []
      if let resume = ApprovalGate.ofResume(plan, rollout, now) { standings.append(resume) }
      if rollout.waves.count < plan.waves.count {
        let wave = WaveNumber(UInt16(rollout.waves.count + 1))
        standings.append(ApprovalGate.ofWave(wave, plan, rollout, now))
      }
      return standings.filter { $0.needed > 0 || !$0.given.isEmpty }
    case .consulted, .aborted, .completed: return []
    }
  }

  /// The step with its numbers: `wave 2: 1 of 2 (...)`.
  static func text(_ standing: ApprovalStanding, _ words: Wording = Wording()) -> String {
    standing.step(words)
  }

  static func put(_ rollout: Rollout, _ now: Timestamp, _ document: inout Document) {
    let plan = try? PlanReader.read(rollout.document)
    let standings = plan.map { ApprovalFacts.standings($0, rollout, now) } ?? []
    document.array("approvals", standings) { document, standing in
      document.object(nil) { document in
        document.put("step", standing.subject.name)
        if standing.wave == .none {
          document.null("wave")
        } else {
          document.put("wave", standing.wave.rawValue)
        }
        document.put("needed", standing.needed)
        document.array("given", standing.given) { document, approval in
          document.object(nil) { document in
            document.put("position", approval.position)
            document.put("approver", approval.approver)
            document.put("given_at", approval.givenAt)
            document.put("expires_at", approval.expiresAt)
            document.put("evidence", approval.evidence)
            document.put("override", approval.subject == .waveOverride)
          }
        }
      }
    }
  }
}
