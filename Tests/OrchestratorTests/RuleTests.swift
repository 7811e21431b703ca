// The rules of time, determinism and code: R18 to R24, each by its name.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections
import Rollout
import Simulation
import Testing
import Text

@Suite struct RuleTests {
  /// Every durable event of a carrier.
  func events(_ carrier: FileCarrier<SimulatedDisk>) throws -> [Event] {
    var events: [Event] = []
    try carrier.read(from: .zero, to: carrier.durableEnd) {
      (batch: borrowing EventBatch) throws in
      for index in 0..<batch.count { events.append(try batch.event(index)) }
    }
    return events
  }

  @Test func `R18: what waits is bounded, and more is refused as busy`() throws {
    let desk = try Desk.with()
    var taken = 0
    var refusal: Refusal?
    while refusal == nil, taken < 2 * BatchBuffer.countMax {
      refusal = desk.refusal(Self.dump)
      if refusal == nil { taken += 1 }
    }
    #expect(refusal == .busy && taken <= BatchBuffer.countMax)
    #expect(refusal?.isRetryable == true)
    let next = desk.state.next
    #expect(desk.refusal(Self.dump) == .busy)
    #expect(desk.state.next == next, "what is refused leaves nothing behind")
  }

  /// A command that may come any number of times.
  private static let dump = Command.Body.publishDump(
    DumpPublished(
      name: Desk.text("mix"), format: Desk.text("csv"), position: .zero, rows: 0, digest: .zero))

  @Test func `R19: the log's time never goes back, and a held clock enables nobody`() throws {
    let desk = try Desk.with(until: .running)
    try desk.flush()
    let before = desk.state.logTime
    desk.clock.set(Desk.midnight.advanced(bySeconds: -Desk.day))
    try desk.send(.stepClock(ClockStepped(step: -Desk.day)))
    try desk.flush()
    #expect(desk.state.logTime > before)
    try desk.goTo(hour: 12)
    #expect(desk.runtime.tick() == 0)
    try desk.send(.confirmClock)
    try desk.flush()
    #expect(desk.runtime.tick() > 0)
  }

  @Test func `R20: the window is two UTC instants in the event`() throws {
    let desk = try Desk.with(until: .announced)
    let rollout = try #require(desk.state.board.rollout(RolloutNumber(1)))
    #expect(rollout.effectiveAt == (try RFC3339.parse("2024-09-11T16:00:00Z")))
    #expect(rollout.windowEnd == (try RFC3339.parse("2024-09-12T16:00:00Z")))
  }

  @Test func `R21: the same commands at the same instants give the same root`() throws {
    func root() throws -> Digest {
      let desk = try Desk.with(merchants: 5, until: .running)
      for hour in 8...12 as ClosedRange<Int64> {
        try desk.goTo(hour: hour, minute: 30)
        desk.runtime.tick()
      }
      try desk.flush()
      return desk.runtime.root
    }
    #expect(try root() == root())
  }

  @Test func `R22: a replay in other cuts reaches the same state`() throws {
    let desk = try Desk.with(merchants: 6, until: .running)
    try desk.goTo(hour: 10)
    desk.runtime.tick()
    try desk.flush()
    let all = try events(desk.carrier)
    for size in [1, 2, 3, 1_000] {
      var replay = Replay(hashesLeaves: true)
      var encoder = FieldEncoder()
      var next = 0
      while next < all.count {
        // Events of one log time belong to one batch, and a batch has one time.
        var end = min(next + size, all.count)
        while end > next + 1, all[end - 1].header.logTime != all[next].header.logTime { end -= 1 }
        let buffer = BatchBuffer()
        for event in all[next..<end] {
          event.encode(into: &encoder)
          buffer.append(encoder.bytes)
        }
        try buffer.withBatch(
          first: Position(UInt64(next)), logTime: all[next].header.logTime
        ) { batch throws(ReadModelFault) in try replay.apply(batch) }
        next = end
      }
      #expect(replay.tree.root == desk.runtime.root)
      #expect(replay.state.next == desk.state.next)
      #expect(
        replay.state.book.standing(RolloutNumber(1))?.count(.enabled)
          == desk.state.book.standing(RolloutNumber(1))?.count(.enabled))
    }
  }

  @Test func `R23: an event of an unknown kind stops a replay at its position`() throws {
    let desk = try Desk.with()
    try desk.flush()
    var replay = Replay(hashesLeaves: false)
    try desk.carrier.read(from: .zero, to: desk.carrier.durableEnd) {
      (batch: borrowing EventBatch) throws in
      try replay.apply(batch)
    }
    var encoder = FieldEncoder()
    Event(EventHeader(logTime: desk.state.logTime), .clockConfirmed).encode(into: &encoder)
    var bytes = encoder.bytes
    (bytes[0], bytes[1]) = (0xfe, 0xff)
    let buffer = BatchBuffer()
    buffer.append(bytes)
    let next = replay.state.next
    #expect(throws: ReadModelFault.undecodable(at: next, .unknownKind(0xfffe))) {
      try buffer.withBatch(first: next, logTime: desk.state.logTime) {
        batch throws(ReadModelFault) in try replay.apply(batch)
      }
    }
  }

  @Test func `R24: a repeat after a restart gets the recorded answer`() throws {
    let desk = try Desk.with()
    let command = desk.command(Self.dump)
    let receipt = try desk.runtime.submit(command)
    try desk.flush()
    var replay = Replay(hashesLeaves: false)
    try desk.carrier.read(from: .zero, to: desk.carrier.durableEnd) {
      (batch: borrowing EventBatch) throws in
      try replay.apply(batch)
    }
    let again = Runtime(after: replay, root: desk.carrier.root, time: desk.clock)
    #expect(try again.submit(command) == receipt)
    #expect(again.waiting == 0)
  }
}
