// A rollout's status for scripts: stable names, which ARCHITECTURE lists.

import Dumps
import Events
import Projections
import Rollout

extension StatusTree {
  /// The same for scripts.
  func put(_ document: inout Document) {
    document.put("gate", gate.name)
    document.put("gate_reason", gate.sentence())
    document.put("gate_owner", gate.owner)
    document.put("gate_ends_at", gate.endsAt ?? .none)
    if case .at(let instant)? = end {
      document.put("expected_end", instant)
    } else {
      document.put("expected_end", Timestamp.none)
    }
    document.array("tiers", tiers) { document, row in
      document.object(nil) { document in
        document.put("tier", row.tier.name)
        document.put("on", row.on)
        document.put("merchants", row.registered)
      }
    }
    putGuardrails(&document)
    putNext(&document)
  }

  private func putNext(_ document: inout Document) {
    let next = self.next()
    document.put("next", next?.action)
    document.put("next_at", next?.at ?? .none)
    switch end {
    case nil, .at: document.null("expected_end_hangs_on")
    case let end?: document.put("expected_end_hangs_on", end.sentence())
    }
    let provisos = self.provisos()
    document.put("expected_end_if", provisos.isEmpty ? nil : provisos)
    document.put("on", on)
    document.put("share_ppm", registered == 0 ? 0 : on * 1_000_000 / registered)
    if let pause = rollout.currentPause {
      let actor = cited.actor(of: pause)
      document.object("pause") { document in
        document.put("reason", rollout.pauseReason)
        document.put("since", pause.since)
        document.put("position", pause.position)
        document.put("by", actor?.kind.name)
        if let actor { document.put("by_id", actor.id) } else { document.null("by_id") }
      }
    } else {
      document.null("pause")
    }
    document.array("breaches", rollout.breachesToClear) { document, breach in
      document.object(nil) { document in
        document.put("guardrail", breach.kind.name)
        document.put("position", breach.position)
        document.put("breached_at", breach.breachedAt)
        document.put("log_evidence", cited.evidence(of: breach)?.evidence)
        document.put("threshold", cited.evidence(of: breach)?.threshold)
      }
    }
    putWavesToCome(&document)
  }

  private func putWavesToCome(_ document: inout Document) {
    let toCome = plan.map { Array($0.waves.enumerated().dropFirst(rollout.waves.count)) } ?? []
    document.array("waves_to_come", toCome) { document, row in
      document.object(nil) { document in
        document.put("wave", row.offset + 1)
        document.put("name", row.element.name)
        let state = WaveState(nil, planned: row.element.opensAt, rollout, now: now)
        document.put("state", state.rawValue)
        document.put("planned_at", row.element.opensAt)
        document.put("not_before", notBefore(row.offset))
        document.put("share", "\(row.element.share)")
        document.put("listed", row.element.merchants.count)
        if let sizes {
          document.put("merchants", sizes.waves[row.offset])
        } else {
          document.null("merchants")
        }
        document.put("approvals", row.element.approvalsNeeded)
      }
    }
  }

  private func putGuardrails(_ document: inout Document) {
    guard let watch else { return }
    document.object("evidence") { document in
      document.put("closed_until", rollout.evidence.closedUntil)
      document.put("blocks", rollout.evidence.blocks.count)
      document.put("late", rollout.evidence.late)
      document.put("unclassified", rollout.evidence.unclassified)
      document.array("guardrails", watch.judge.verdicts) { document, verdict in
        document.object(nil) { document in
          document.put("guardrail", verdict.kind.name)
          document.put("breached", verdict.isBreached)
          document.put("log_evidence", verdict.evidence)
          document.put("threshold", verdict.threshold)
        }
      }
    }
  }
}

extension RolloutGate {
  /// The word of the gate, for scripts.
  var name: String { self == .none ? "none" : String("\(self)".prefix { $0 != "(" }) }
}
