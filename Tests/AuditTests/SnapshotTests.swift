// What was folded, written down and read back: nothing is lost, nothing depends on chance, and no
// bytes bring a reader down.

import Dumps
import EventLog
import Events
import Platform
import Rollout
import Simulation
import Testing

@testable import Orchestrator
@testable import Projections

@Suite struct SnapshotTests {
  static let logs = ["every-kind", "rolled-segments"]

  @Test(arguments: logs)
  func `a log folded from a snapshot at any position is the log folded from its beginning`(
    name: String
  ) throws {
    let log = try KeptLog(golden: name)
    let end = log.events.count
    var whole = Folds()
    try whole.fold(log, to: end)
    let dumps = whole.dumps(log)
    let last = try SnapshotBytes.write(whole.snapshot, log)
    var folds = Folds()
    for cut in 0...end {
      try folds.fold(log, to: cut)
      let bytes = try SnapshotBytes.write(folds.snapshot, log)
      let read = try SnapshotBytes.read(bytes, at: Position(UInt64(cut)))
      #expect(try SnapshotBytes.write(read, log) == bytes, "at \(cut)")
      guard cut % 4 == 0 || cut == end else { continue }
      var later = try Folds(read)
      try later.fold(log, to: end)
      #expect(try SnapshotBytes.write(later.snapshot, log) == last, "from \(cut)")
      #expect(later.dumps(log) == dumps, "from \(cut)")
    }
  }

  @Test func `a state that was read decides as the one that was folded`() throws {
    let log = try KeptLog(golden: "every-kind")
    var folds = Folds()
    var decided = 0
    for cut in 0...log.events.count {
      try folds.fold(log, to: cut)
      let bytes = try SnapshotBytes.write(folds.snapshot, log)
      let read = try Folds(try SnapshotBytes.read(bytes, at: Position(UInt64(cut))))
      let now = folds.state.logTime.advanced(bySeconds: 7_200)
      for body in SnapshotTests.commands {
        let answer = SnapshotTests.answer(body, folds.state, now)
        decided += answer.hasPrefix("events") ? 1 : 0
        #expect(SnapshotTests.answer(body, read.state, now) == answer, "at \(cut)")
      }
      #expect(
        SnapshotTests.due(read.state, now) == SnapshotTests.due(folds.state, now), "at \(cut)")
    }
    #expect(decided > 200)
  }

  @Test func `terms and their correction come out of a snapshot as they went in`() throws {
    let log = try KeptLog(try GoldenStory.everyKind())
    var folds = Folds()
    try folds.fold(log, to: log.events.count)
    let bytes = try SnapshotBytes.write(folds.snapshot, log)
    let read = try Folds(try SnapshotBytes.read(bytes, at: folds.model.position))
    let editions = folds.model.terms.editions
    #expect(editions.map(\.version) == [1, 2] && editions[0].withdrawnBy == editions[1].position)
    #expect(read.model.terms.editions == editions && read.state.terms.editions == editions)
  }

  private static var commands: [Command.Body] {
    let (plan, reason) = (id("golden"), Reason(reason: id("test"), reasonReference: .zero))
    let shop = MerchantRegistered(
      platform: .tmall, tier: .t4, dailyPayments: 7, external: id("shop-2"), category: id("tea"),
      city: id("x"))
    var other = shop
    other.external = id("shop-new")
    return [
      .registerMerchant(shop), .registerMerchant(other), .closeMerchant(id("shop-1"), reason),
      .excludeMerchant(id("shop-3"), plan: plan, reason),
      .reinstateMerchant(id("shop-7"), plan: plan), .consult(document: GoldenStory.document("new")),
      .announce(document: GoldenStory.document("golden")), .start(plan: plan),
      .approve(plan: plan, role: id("approver")), .pause(plan: plan, reason),
      .resume(plan: plan, reason), .abort(plan: plan, reason), .rollBack(plan: plan, .all, reason),
      .reinstate(plan: plan, .tier(.t3), reason), .confirmClock,
    ]
  }

  private static func answer(
    _ body: Command.Body, _ state: DecisionState, _ now: Timestamp
  ) -> String {
    var decision = Decision()
    do throws(Refusal) {
      try decide(
        Command(
          id: CommandID(low: 1, high: 2), digest: 3, actor: Actor(.operator, id: 9), body: body),
        in: state, at: now, into: &decision)
      return "events \(decision.events)"
    } catch {
      return "\(error)"
    }
  }

  private static func due(_ state: DecisionState, _ now: Timestamp) -> String {
    var steps: [ScheduledStep] = []
    for rollout in state.board.rollouts {
      guard let plan = state.plan(rollout.number), let order = state.order(rollout.number) else {
        continue
      }
      var cursor = Scheduler.Cursor()
      Scheduler.due(
        plan: plan, order: order, rollout: rollout, book: state.book, cursor: &cursor, now: now,
        limit: 100, into: &steps)
      // What cursors go by.
      let moved = UInt32(rollout.moved.count)
      steps.append(.completeOrder(Position(rollout.revision), switched: moved))
    }
    return "\(steps)"
  }

  @Test func `what lies in a file as it lies in memory has no padding`() {
    #expect(MemoryLayout<MerchantBook.Record>.size == 8 + 8 + 4 + 4 + 2 + 2 + 1 + 1 + 1 + 1)
    #expect(MemoryLayout<MerchantBook.Record>.stride == 32)
    #expect(MemoryLayout<Standing.Place>.size == 8 + 4 + 2 + 1 + 1)
    #expect(MemoryLayout<Standing.Place>.stride == 16)
    #expect(MemoryLayout<Standing.Turn>.size == 8 + 4 + 1 + 3)
    #expect(MemoryLayout<Standing.Turn>.stride == 16)
    #expect(MemoryLayout<Discrepancies.Record>.size == 5 * 8 + 8 + 4 + 2 + 2 + 3 + 1 + 4)
    #expect(MemoryLayout<Discrepancies.Record>.stride == 64)
    #expect(MemoryLayout<MerchantIndex.Slot>.size == 8)
    #expect(MemoryLayout<Switch>.size == 8 + 8 + 4 + 1 + 1 + 2)
    #expect(MemoryLayout<Switch>.stride == 24)
    #expect(MemoryLayout<MerchantNumber>.stride == 4)
  }
}

// MARK: - Files

extension SnapshotTests {
  @Test func `a part of a snapshot is read alone`() throws {
    let log = try KeptLog(golden: "every-kind")
    var folds = Folds()
    try folds.fold(log, to: log.events.count)
    let bytes = try SnapshotBytes.write(folds.snapshot, log)
    let part = try SnapshotBytes.read(bytes, at: folds.model.position, sections: .orders)
    #expect(part.sections == [.base, .orders])
    #expect(part.model.merchants.count == folds.model.merchants.count)
    #expect(part.model.rollouts.rollouts.count == 2)
    #expect(part.orders.count == folds.snapshot.orders.count)
    #expect(part.feed.changes.count == 0 && part.log == nil)
    #expect(part.model.timeline.rows.isEmpty)
  }

  @Test func `two threads read what one reads, and refuse what one refuses`() throws {
    let log = try KeptLog(golden: "every-kind")
    var folds = Folds()
    try folds.fold(log, to: log.events.count)
    let bytes = try SnapshotBytes.write(folds.snapshot, log)
    func read(_ bytes: [UInt8]) throws(SnapshotFault) -> Snapshot {
      try SnapshotFile.read(
        SnapshotBytes.folder, folds.model.position, FrozenFile(bytes: bytes), parallelMin: 0
      ).snapshot
    }
    #expect(try SnapshotBytes.write(try read(bytes), log) == bytes)
    for offset in stride(from: SnapshotBytes.headLength, to: bytes.count, by: 97) {
      var damaged = bytes
      damaged[offset] ^= 4
      #expect(throws: SnapshotFault.self) { try read(damaged) }
    }
  }

  @Test func `snapshots are listed by position and their heads are read alone`() throws {
    let log = try KeptLog(golden: "every-kind")
    let disk = SimulatedDisk(seed: 2)
    disk.place("/log/holder", [])
    let folder = SnapshotBytes.folder
    #expect(try SnapshotFile.list(folder, disk) == [])
    var folds = Folds()
    for cut in [9, 30] {
      try folds.fold(log, to: cut)
      let head = try folds.snapshot.write(
        to: folder, on: disk, log: log.id, root: SnapshotBytes.root)
      #expect(try SnapshotFile.head(folder, Position(UInt64(cut)), disk) == head)
      #expect(head.logID == log.id && head.root == SnapshotBytes.root)
      #expect(head.logTime == folds.model.logTime)
    }
    for name in ["00000000000000000007.snap.tmp", "7.snap", "0000000000000000007a.snap", "x"] {
      disk.place("\(folder)/\(name)", [1])
    }
    #expect(try SnapshotFile.list(folder, disk) == [Position(9), Position(30)])
    disk.crash()
    #expect(try SnapshotFile.read(folder, Position(30), disk).head.position == Position(30))
  }

  @Test func `a disk that fails while a snapshot is written leaves no part of one`() throws {
    let log = try KeptLog(golden: "every-kind")
    var folds = Folds()
    try folds.fold(log, to: 40)
    let snapshot = folds.snapshot
    for operation in 1...60 {
      let disk = SimulatedDisk(seed: UInt64(operation))
      disk.place("/log/holder", [])
      disk.plan.atOperation[operation] = operation % 2 == 0 ? .fail(.noSpace) : .powerCut
      let isWritten =
        (try? snapshot.write(
          to: SnapshotBytes.folder, on: disk, log: log.id, root: SnapshotBytes.root)) != nil
      disk.crash()
      let names = try SnapshotFile.list(SnapshotBytes.folder, disk)
      #expect(!isWritten || names == [Position(40)])
      for position in names {
        #expect(throws: Never.self) {
          try SnapshotFile.read(SnapshotBytes.folder, position, disk)
        }
      }
    }
  }
}

// MARK: - Damage

extension SnapshotTests {
  private static func small() throws -> (KeptLog, [UInt8], Position) {
    let log = KeptLog(first: 9, of: try KeptLog(golden: "every-kind"))
    var folds = Folds()
    try folds.fold(log, to: log.events.count)
    return (log, try SnapshotBytes.write(folds.snapshot, log), folds.model.position)
  }

  @Test func `every bit flip and every truncation is refused`() throws {
    var (_, bytes, position) = try SnapshotTests.small()
    #expect(throws: Never.self) { try SnapshotBytes.read(bytes, at: position) }
    for offset in bytes.indices {
      for bit: UInt8 in 0..<8 {
        bytes[offset] ^= 1 << bit
        #expect(throws: SnapshotFault.self) { try SnapshotBytes.read(bytes, at: position) }
        bytes[offset] ^= 1 << bit
      }
      #expect(throws: SnapshotFault.self) {
        try SnapshotBytes.read(Array(bytes[..<offset]), at: position)
      }
    }
    #expect(throws: SnapshotFault.self) { try SnapshotBytes.read(bytes + [0], at: position) }
  }

  /// Of those that change bytes behind every checksum's back.
  static let mutations = 750

  @Test(arguments: [9, 45, 1_000])
  func `bytes that nobody wrote are refused, or can be printed and folded on`(cut: Int) throws {
    let log = try KeptLog(golden: "every-kind")
    let end = log.events.count
    var folds = Folds()
    try folds.fold(log, to: min(cut, end))
    let bytes = try SnapshotBytes.write(folds.snapshot, log)
    let sections = SnapshotBytes.sections(bytes)
    #expect(SnapshotBytes.file(bytes, sections) == bytes)
    var random = SeededRandom(seed: UInt64(cut))
    var taken = 0
    for _ in 0..<SnapshotTests.mutations {
      var mutated = sections
      for _ in 0...random.below(3) { SnapshotTests.mutate(&mutated, &random) }
      let file = SnapshotBytes.file(bytes, mutated)
      guard let read = try? SnapshotBytes.read(file, at: folds.model.position) else { continue }
      guard var later = try? Folds(read) else { continue }
      taken += 1
      if taken % 4 == 0 {
        _ = later.dumps(log)
        _ = SnapshotTests.due(later.state, later.state.logTime)
      }
      try? later.fold(log, to: end)
    }
    #expect(taken > 100)
  }

  private static func mutate(_ sections: inout [[UInt8]], _ random: inout SeededRandom) {
    let number = Int(random.below(UInt64(sections.count)))
    let offset = Int(random.below(UInt64(sections[number].count)))
    switch random.below(8) {
    case 0: sections[number][offset] = 0xff
    case 1: sections[number][offset] = 0
    case 2: sections[number][offset] &+= 1
    case 3: sections[number][offset] &-= 1
    case 4:
      let end = min(offset + Int(random.below(9)), sections[number].count)
      for place in offset..<end { sections[number][place] = 0xff }
    case 5:
      let end = min(offset + Int(random.below(9)), sections[number].count)
      sections[number].removeSubrange(offset..<end)
      if sections[number].isEmpty { sections[number] = [0] }
    case 6: sections[number].insert(UInt8(random.below(256)), at: offset)
    default: sections[number][offset] = UInt8(random.below(256))
    }
  }
}
