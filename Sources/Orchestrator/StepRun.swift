// The scheduler's steps of merchants, taken by the run: a wave and an order are millions of them.

import EventLog
import Events
import Projections
import Rollout

/// Steps of merchants that are taken one after the other: what holds for all of them is asked once,
/// and the state and the index are taken hold of once.
struct StepRun {
  /// How many steps are asked for ahead of the one that is taken.
  private static let lookAhead = 16

  let row: Int
  /// How many waves had opened when the steps were found.
  let waves: Int
  let now: Timestamp
  /// The step that comes next.
  var place: Int
  var ordersOnly = false
  /// How many were new.
  private(set) var taken = 0
  /// Whether it ended before a step that has to wait: there is no room, or a rule refuses it.
  private(set) var isCut = false
  private(set) var fault: LogFault?
  #if PLANTED_BUGS
    var bugs: RuntimeBugs = []
  #endif

  init(row: Int, waves: Int, now: Timestamp, place: Int) {
    self.row = row
    self.waves = waves
    self.now = now
    self.place = place
  }

  /// Decides, encodes and folds each step up to the first that is of no merchant.
  mutating func take(
    _ steps: [ScheduledStep], in state: inout DecisionState, noting index: inout CommandIndex,
    _ sealed: LogIndex?, into open: BatchBuffer
  ) {
    guard let rules = StepRules(row, in: state) else {
      isCut = true
      return
    }
    var ids = Command.StepIDs(intent: .none, step: 0)
    while place < steps.count, steps[place].isOfOneMerchant {
      let step = steps[place]
      guard Runtime.hasRoom(open), !ordersOnly || step.isOfAnOrder else {
        isCut = true
        return
      }
      if place + StepRun.lookAhead < steps.count {
        state.book.prefetchStanding(steps[place + StepRun.lookAhead].merchant)
      }
      let (intent, kind, subject) = state.stepName(step, row, waves)
      if ids.intent != intent || ids.step != kind {
        ids = Command.StepIDs(intent: intent, step: kind)
      }
      let id = ids[subject]
      do throws(LogFault) {
        let isKnown = try isTaken(step, intent, id, index, sealed)
        guard isKnown || take(step, rules, id, in: &state, noting: &index, into: open) else {
          isCut = true
          return
        }
      } catch {
        fault = error
        isCut = true
        return
      }
      place += 1
    }
  }

  /// Whether a step was taken once: it stays as it was left since, for an operator may have
  /// switched the merchant again.
  ///
  /// Who was enabled once is never pending again, whatever came between; so the state knows. A
  /// roll-back is over only when nobody of its scope is on, so it takes whoever is.
  @inline(__always)
  private func isTaken(
    _ step: ScheduledStep, _ order: Position, _ id: CommandID, _ index: borrowing CommandIndex,
    _ sealed: LogIndex?
  ) throws(LogFault) -> Bool {
    guard case .switchOn = step else { return false }
    var known = index.steps.holds(step.merchant, of: order)
    #if PLANTED_BUGS
      if bugs.contains(.forgetCommands) { known = nil }
    #endif
    if let known { return known }
    guard let sealed else { return false }
    return try sealed.command(id) != nil
  }

  /// Decides a step like every command, but without a command to carry it: there are millions.
  ///
  /// - Returns: false where the rules refuse what the scheduler proposed, which looks again at its
  ///   next tick.
  @inline(__always)
  private mutating func take(
    _ step: ScheduledStep, _ rules: StepRules, _ id: CommandID, in state: inout DecisionState,
    noting index: inout CommandIndex, into open: BatchBuffer
  ) -> Bool {
    let header = EventHeader(
      logTime: now, actor: .scheduler, commandID: id, commandDigest: id.low)
    do throws(Refusal) {
      let event = planted(try switchEvent(step, rules, header, in: state))
      event.withSpan { open.append($0) }
      index.note(event)
      do throws(DecodeFault) {
        try state.apply(event)
      } catch {
        preconditionFailure("a decision led to an event that does not fold: \(error)")
      }
      taken += 1
      return true
    } catch {
      return false
    }
  }

  @inline(__always)
  private func planted(_ event: MerchantSwitch) -> MerchantSwitch {
    #if PLANTED_BUGS
      if bugs.contains(.backdate), event.kind == .merchantEnabled {
        var event = event
        event.header.logTime = event.plannedAt
        return event
      }
    #endif
    return event
  }
}
