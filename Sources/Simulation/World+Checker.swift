// What is asked of a world when its story is over.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections

/// What a finished world is compared by.
struct Ending {
  var model: ModelTexts
  var refusals: [String]
}

extension World {
  /// Holds the log against everything that was promised.
  func checkEnding() throws(Violation) -> Ending {
    do throws(Halt) {
      guard let life else { throw .violation("there is no daemon") }
      let runtime = life.runtime
      let replay = try replayWhole()
      guard replay.state.next == runtime.durableEnd else {
        throw .violation("a reader finds another end than the daemon")
      }
      guard replay.tree.root == runtime.root, runtime.root == life.committer.carrier.root else {
        throw .violation("the root is not that of the events")
      }
      let whole = ModelTexts(whole: replay.model)
      if let difference = ModelTexts(whole: runtime.model).difference(from: whole) {
        throw .violation("a replay gives other rows: \(difference)")
      }
      try checkRules(replay.state)
      for answer in answers { try expect(answer, from: runtime) }
      counts.events = Int(runtime.durableEnd.rawValue)
      trace.mix(runtime.durableEnd.rawValue)
      try checkRot(runtime.root, runtime.durableEnd)
      return ending(runtime)
    } catch {
      throw violation(error)
    }
  }

  /// What another run of the same story is compared with, unchecked.
  func ending() throws(Violation) -> Ending {
    guard let life else { throw violation(.violation("there is no daemon")) }
    return ending(life.runtime)
  }

  private func ending(_ runtime: Runtime) -> Ending {
    Ending(model: ModelTexts(comparable: runtime.model), refusals: refusals.sorted())
  }

  private func reader(_ disk: SimulatedDisk) throws(Halt) -> LogReader<SimulatedDisk> {
    do throws(LogFault) { return try LogReader(disk, World.directory) } catch {
      throw .violation("the log cannot be read: \(error)")
    }
  }

  private func replayWhole() throws(Halt) -> Replay {
    let reader = try reader(disk)
    var replay = Replay(hashesLeaves: true)
    do throws(ReadFailure<ReadModelFault>) {
      try reader.read(from: .zero) { batch throws(ReadModelFault) in try replay.apply(batch) }
    } catch { throw .violation("the log does not replay: \(error)") }
    return replay
  }

  private func checkRules(_ state: DecisionState) throws(Halt) {
    var rules = LogRules(state)
    var fault: String?
    let reader = try reader(disk)
    do throws(ReadFailure<DecodeFault>) {
      try reader.read(from: .zero) { batch throws(DecodeFault) in
        for index in 0..<batch.count where fault == nil {
          fault = rules.fault(try batch.event(index), of: batch.logTime)
            .map { "\($0), at position \(batch.position(index).rawValue)" }
        }
      }
    } catch { throw .violation("the log cannot be read: \(error)") }
    if let fault { throw .violation(fault) }
    for answer in answers where rules.digests[answer.command.id] != answer.command.digest {
      throw .violation("an acknowledged command is in the log with another digest")
    }
  }

  // MARK: Rot

  /// A bit of what is durable turns: the log must be refused, or say so, or serve the same events.
  private func checkRot(_ root: Digest, _ end: Position) throws(Halt) {
    let segments = disk.paths.filter { $0.hasSuffix(".seg") }
    guard let last = segments.last else { throw .violation("there is no segment") }
    // The end of the log is where a bit can be mistaken for a torn write.
    for trial in 0..<3 {
      let path = trial == 0 ? segments[random.below(segments.count)] : last
      guard let bytes = disk.contents(path), let used = bytes.lastIndex(where: { $0 != 0 }) else {
        throw .violation("a segment is empty")
      }
      let window = trial == 2 ? min(used + 1, 300) : used + 1
      let offset = used - random.below(window)
      let copy = disk.copy(seed: seed)
      copy.capacity = nil
      copy.flip(path, offset: offset, bit: random.below(8))
      guard let served = serve(copy) else { continue }
      guard served == Served(root: root, end: end) else {
        throw .violation(
          "a bit at offset \(offset) of \(path) gives another history of "
            + "\(served.end.rawValue) events instead of \(end.rawValue)")
      }
    }
  }

  private struct Served: Equatable {
    var root: Digest
    var end: Position
  }

  /// What a daemon serves after opening a log; nil where it is refused.
  private func serve(_ disk: SimulatedDisk) -> Served? {
    var options = options
    options.verifyEverything = random.below(2) == 0
    var replay = Replay(hashesLeaves: true)
    do {
      let (carrier, _) = try FileCarrier.open(disk, World.directory, options: options)
      try carrier.read(from: .zero, to: carrier.durableEnd) { batch throws(ReadModelFault) in
        try replay.apply(batch)
      }
    } catch { return nil }
    return Served(root: replay.tree.root, end: replay.state.next)
  }
}
