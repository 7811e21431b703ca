// What breaks, and when.

import EventLog
import Events
import Orchestrator
import Platform
import Projections

/// How much may still break, and how the daemon dies when its disk stops answering.
struct Trouble {
  var budget: Int
  /// What a planned cut of the calls will turn out to have been.
  var planned: Death?
  /// The last opening found torn bytes: whether they are gone shows in the next one.
  var hasTorn = false

  init(budget: Int) { self.budget = budget }
}

/// What an opening has to find.
enum Expected {
  case nothing
  /// Nothing was being written when the last life ended.
  case noDamage
  /// The last life ended in order.
  case cleanEnd
}

extension World {
  /// How many calls ahead a cut is planned at most: several batches, or half an opening.
  private static let callsAheadMax = 60
  private static let failing = [
    "fdatasync", "fdatasync", "fdatasync", "pwrite", "pwrite", "fsync", "renameat2", "openat",
    "fallocate", "fchmodat",
  ]

  /// Breaks something, seldom.
  func meddle(isBusy: Bool) throws(Halt) {
    if trouble.hasTorn {
      trouble.hasTorn = false
      if random.below(2) == 0 { throw .death(.kill) }
    }
    guard trouble.budget > 0, random.below(isBusy ? 12 : 90) == 0 else { return }
    trouble.budget -= 1
    trace.mix(UInt64(trouble.budget) << 8)
    switch random.below(13) {
    case 0: throw .death(.powerCut)
    case 1: throw .death(.kill)
    case 2: throw .death(.stop)
    case 3: planCut(.powerCut)
    case 4, 11:
      // Just before a batch is durable: its sectors meet their fates one by one.
      trouble.planned = .powerCut
      disk.plan.nextNamed["fdatasync"] = .powerCut
    case 5: planCut(.kill)
    case 6, 7, 8:
      let name = World.failing[random.below(World.failing.count)]
      disk.plan.nextNamed[name] = .fail(random.below(4) == 0 ? .noSpace : .inputOutput)
      counts.faults += 1
    case 9:
      disk.plan.perMille = 300
      disk.plan.randomEffect = .short
      counts.faults += 1
    case 10:
      disk.capacity = disk.used + random.below(40_000)
      fullTurns = 0
      counts.faults += 1
    default:
      let most = isBusy ? 120 : min(slack, 7_200 * Timestamp.nanosecondsPerSecond)
      let back = isBusy ? most * Timestamp.nanosecondsPerSecond : most
      guard back > 0 else { return }
      lag = Int64(random.below(UInt64(back)))
      if !isBusy { slack -= lag }
      setClock()
      counts.faults += 1
    }
  }

  private func planCut(_ death: Death) {
    trouble.planned = death
    disk.plan.atOperation[disk.operations + 1 + random.below(World.callsAheadMax)] = .powerCut
  }

  /// Ends a life and begins the next.
  func begin(after death: Death?) throws(Halt) {
    var expected = Expected.nothing
    if let life, !life.isWriting, death != .failure { expected = .noDamage }
    if death == .stop { expected = try stop() }
    end(death)
    if death != nil { passTime() }
    for attempt in 0..<World.openingsMax {
      if death != nil, attempt < 3, trouble.budget > 0, random.below(3) == 0 {
        trouble.budget -= 1
        planCut(random.below(3) == 0 ? .kill : .powerCut)
      }
      guard let fault = try open(expected) else { return }
      trace.mix(0xee)
      makeRoom()
      expected = .nothing
      if case .corrupt(let corruption) = fault, !disk.isDown {
        throw .violation("a log that saw no damage is refused: \(corruption)")
      }
      end(.failure)
    }
    throw .violation("the log does not open")
  }

  private static let openingsMax = 12

  /// The process or the machine ends; what it leaves is the disk's affair.
  private func end(_ death: Death?) {
    life = nil
    for index in clients.indices { clients[index].reconnect() }
    guard var death else { return }
    if case .failure = death {
      death = trouble.planned ?? (random.below(3) == 0 ? .powerCut : .kill)
    }
    trouble.planned = nil
    disk.plan = SimulatedDisk.FaultPlan()
    switch death {
    case .powerCut:
      disk.crash()
      counts.powerCuts += 1
    case .stop:
      disk.kill()
      counts.stops += 1
    case .kill, .failure:
      disk.kill()
      counts.kills += 1
    }
  }

  /// Seconds, or now and then hours.
  private func passTime() {
    var away = Int64(random.below(4_000)) * 1_000_000
    let longest = min(slack, nextStage.rawValue - trueTime.rawValue)
    if longest > away, random.below(3) == 0 {
      away = Int64(random.below(UInt64(longest)))
      slack -= away
    }
    trueTime = trueTime.advanced(byNanoseconds: away)
    setClock()
  }

  /// The daemon is asked to stop: it writes what it has, and the clean end.
  private func stop() throws(Halt) -> Expected {
    guard let life else { return .nothing }
    let name = Array("\(step)".utf8)
    let command = Command(
      id: Command.id("stop", name), digest: Command.digest(name), actor: .system,
      body: .stopDaemon(DaemonStopped(cause: ShortText("SIGTERM") ?? .none)))
    do throws(Refusal) { _ = try life.runtime.submit(command) } catch {
      throw .violation("a stop is refused: \(error.name)")
    }
    do throws(Halt) {
      // The batch in flight and the one that gathers.
      for _ in 0..<2 {
        if life.job == nil { life.job = life.runtime.seal() }
        try commit(life)
      }
    } catch {
      guard case .death = error else { throw error }
      return .nothing
    }
    guard life.job == nil else { return .noDamage }
    do throws(LogFault) {
      try life.committer.close(at: life.runtime.currentTime())
      return .cleanEnd
    } catch { return .nothing }
  }
}
