// How long the loop sleeps, and what the service manager and the operator are told on the way.

import Events
import Orchestrator
import Platform
import Projections

extension Server {
  /// How long the loop sleeps at most where nothing is due.
  private static var napNanoseconds: Int64 { 500_000_000 }
  /// How long it sleeps while a rollout runs: this much on the log's clock, and not less than the
  /// second on the machine's.
  private static var tickNanoseconds: Int64 { 50_000_000 }
  private static var tickLeast: Int64 { 5_000_000 }
  /// The same while a batch is on its way, whose end wakes the loop.
  private static var busyNanoseconds: Int64 { 20_000_000 }

  /// How long the poller may sleep: until the next thing is due that no descriptor tells of, and
  /// not at all while input waits for room that is there.
  func timeout() -> Int32 {
    if runtime.hasRoom, canGoOn || hasMoreDue || hasErrands { return 0 }
    // What the socket took whole at once is followed by answers that were held back behind it.
    let hasUnsaid = order.contains { $0.isUnsaid }
    if hasUnsaid, runtime.waiting == 0 { return 0 }
    let now = machine.monotonicNanoseconds()
    var due = nextDue(now)
    if hasUnsaid { due = min(due, now + Self.busyNanoseconds) }
    return Int32(clamping: max(0, (due - now + 999_999) / 1_000_000))
  }

  private func nextDue(_ now: Int64) -> Int64 {
    var due = now + Self.napNanoseconds
    if stopReason != nil { due = min(due, now + Self.tickLeast) }
    if hasSchedule { due = min(due, now + tick) }
    if !isBusy {
      if isDiskFull {
        due = min(due, retryAt)
      } else if !isCovered {
        due = min(due, lastCommit + Self.idleNanoseconds + 1)
      }
    }
    if let headDue { due = min(due, headDue) }
    if !isDiskFull, stopReason == nil, let retry = tree?.due { due = min(due, retry) }
    if let publishingDue { due = min(due, publishingDue) }
    if let acceptAt { due = min(due, acceptAt) }
    if let life = report?.nextDue(now, standing) { due = min(due, life) }
    return due
  }

  /// Whether time alone may bring something: in every other state it takes a command.
  private var hasSchedule: Bool {
    runtime.state.board.rollouts.contains { $0.phase == .running || $0.runningOrder != nil }
  }

  private var tick: Int64 {
    let tick = max(Self.tickNanoseconds / Int64(max(1, context.speed)), Self.tickLeast)
    return isBusy ? max(tick, Self.busyNanoseconds) : tick
  }

  var standing: Standing {
    let state: Standing.State =
      if stopReason != nil {
        .stopping
      } else if isDiskFull {
        .diskFull
      } else if runtime.state.isClockHeld {
        .clockHeld
      } else {
        .serving
      }
    return Standing(
      state: state, position: runtime.durableEnd, clients: sessions.count,
      taskBegan: isBusy ? taskBegan : nil)
  }

  /// Tells the service manager what is due.
  func tellManager() {
    guard report != nil else { return }
    report?.look(machine.monotonicNanoseconds(), standing)
  }

  /// SIGHUP: the roles are read again; the daemon says how it stands, and tries a full disk now.
  func reload() {
    report?.reload(machine.monotonicNanoseconds())
    do throws(DoorkeeperFault) {
      try doorkeeper.readAgain()
      hasNewRoles = true
    } catch {
      context.say(.error, "the roles stay as they were: \(error)")
    }
    desk?.reload()
    var text = standing.text()
    if let disk = try? FileSystem(at: context.folder) {
      text += "; \(disk.bytesFree >> 20) MiB free on its disk"
    }
    context.say(.notice, "SIGHUP: \(text)")
    retryAt = 0
  }
}
