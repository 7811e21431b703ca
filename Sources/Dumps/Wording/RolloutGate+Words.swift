// What a rollout waits for and when it will be through, as people say it.
//
// Scripts have the same in English, which is what each says where no language is given.

import Events
import Projections
public import Rollout
import Text

extension RolloutGate {
  /// What it waits for, as people say it.
  public func sentence(_ words: Wording = Wording()) -> String {
    switch self {
    case .notAnnounced: words[GateWords.notAnnounced]
    case .approvals(let standing): words[GateWords.approvals(standing.step(words))]
    case .notStarted: words[GateWords.notStarted]
    case .clockHeld: words[GateWords.clockHeld]
    case .order(let position, let isRollback, let switched, let all):
      words[
        GateWords.order(
          isRollback: isRollback, at: position.rawValue, words.count(switched),
          of: words.count(all))]
    case .paused(let reason, _, let breaches): RolloutGate.paused(reason, breaches, words)
    case .beforeEffective(let instant): words[GateWords.takesEffect(Wording.time(instant))]
    case .windowOver: words[GateWords.windowOver]
    case .closed(let interval):
      words[GateWords.closed(Wording.time(interval.to), "\(interval.why)")]
    case .soaking(let wave, let until):
      words[GateWords.soaking(wave.rawValue, Wording.time(until))]
    case .waveNotOpen(let wave, let instant):
      words[GateWords.waveOpens(wave.rawValue, Wording.time(instant))]
    case .evidence(let hold): hold.reason(words)
    case .cap(let hold): hold.sentence(words)
    case .none: words[GateWords.nothing]
    case .ended(let phase): words[GateWords.ended(words.word(phase))]
    }
  }

  /// Who can end it.
  public func owner(_ words: Wording) -> String {
    switch self {
    case .notAnnounced, .notStarted, .clockHeld, .paused, .windowOver:
      words[GateWords.operator(owner)]
    case .approvals: words[GateWords.approvers(owner)]
    case .order, .none: words[GateWords.scheduler(owner)]
    case .beforeEffective, .closed, .soaking, .waveNotOpen, .cap: words[GateWords.plan(owner)]
    case .evidence(.silent), .evidence(.gap), .evidence(.noneYet):
      words[GateWords.cashier(owner)]
    case .evidence(.tooFew), .evidence(.inconclusive): words[GateWords.evidence(owner)]
    case .ended: words[GateWords.nobody(owner)]
    }
  }

  private static func paused(
    _ reason: ShortText, _ breaches: [Breach], _ words: Wording
  ) -> String {
    guard let last = breaches.last else { return words[.openingPaused("\(reason)")] }
    let places = breaches.map {
      words[GateWords.place(words.word($0.kind), $0.position.rawValue)]
    }
    return words[
      GateWords.breach(breaches.count, words.list(places), Wording.time(last.breachedAt))]
  }
}

extension CapHold {
  /// The cap with its numbers, and when it frees.
  public func sentence(_ words: Wording) -> String {
    words[
      GateWords.cap(
        words[kind.label], used: words.count(used), limit: words.count(limit),
        needed: needed > 1 ? words.count(needed) : nil,
        freesAt: freesAt.map { Wording.time($0) })]
  }
}

extension CapKind {
  /// In English the name.
  public var label: Label {
    switch self {
    case .merchantsPerMinute: GateWords.merchantsPerMinute
    case .merchantsPerHour: GateWords.merchantsPerHour
    case .merchantsPerDay: GateWords.merchantsPerDay
    case .paymentsPerMinute: GateWords.paymentsPerMinute
    case .paymentsPerHour: GateWords.paymentsPerHour
    case .paymentsPerDay: GateWords.paymentsPerDay
    }
  }
}

extension EvidenceHold {
  /// Why the evidence lets nobody be enabled.
  public func reason(_ words: Wording) -> String {
    switch self {
    case .noneYet: words[GateWords.noBlockYet(reason)]
    case .gap(let gap, _): words[GateWords.blockNotWhole(reason, words.word(gap))]
    case .silent: words[GateWords.silent(reason)]
    case .tooFew(let isTreated, let orders, let needed):
      words[GateWords.tooFew(reason, isTreated: isTreated, orders, of: needed)]
    case .inconclusive(let evidence, let threshold):
      words[GateWords.inconclusive(reason, evidence, of: threshold)]
    }
  }

  /// What ends it.
  public func release(_ words: Wording) -> String {
    switch self {
    case .noneYet, .gap: words[GateWords.wholeBlockReleases(release)]
    case .silent: words[GateWords.ordersRelease(release)]
    case .tooFew: words[GateWords.moreOrdersRelease(release)]
    case .inconclusive: words[GateWords.harmlessOrdersRelease(release)]
    }
  }
}

extension ApprovalStanding {
  /// How many are given, by whom, until when.
  public func sentence(_ words: Wording) -> String {
    let givers = given.map { approval in
      approval.expiresAt == .none
        ? approval.approver
        : words[GateWords.giver(approval.approver, until: Wording.time(approval.expiresAt))]
    }
    return words[GateWords.given(sentence, given.count, of: needed, words.list(givers))]
  }

  /// The step with its numbers: `wave 2: 1 of 2 (...)`.
  public func step(_ words: Wording = Wording()) -> String {
    let sentence = sentence(words)
    return switch subject {
    case .start: sentence
    case .resume: words[GateWords.resume(sentence)]
    case .wave, .waveOverride: words[GateWords.wave(wave.rawValue, sentence)]
    }
  }
}

extension ExpectedEnd {
  /// When it will be through, or what that hangs on, as people say it.
  public func sentence(_ words: Wording = Wording()) -> String {
    switch self {
    case .at(let instant): return words[GateWords.at(Wording.time(instant))]
    case .hangsOn(let gate):
      return words[GateWords.hangsOn(gate.owner(words), gate.sentence(words))]
    case .windowEnds(let instant, let pace, let after):
      let fate = after == .stop ? GateWords.pendingStayOff : GateWords.waitsForOperator
      let when = pace.map { GateWords.allIn(Wording.time($0)) } ?? GateWords.moreThanAYear
      return words[GateWords.windowEnds(words[when], Wording.time(instant), words[fate])]
    case .beyondAYear: return words[GateWords.beyondAYear]
    }
  }
}
