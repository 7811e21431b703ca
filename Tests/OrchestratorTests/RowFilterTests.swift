// The filter of a row: files that are not merged are asked through it, and no answer changes.

import Events
import Platform
import Projections
import Simulation
import Testing

@testable import EventLog
@testable import Orchestrator

@Suite struct RowFilterTests {
  private static func singles(_ index: LogIndex) -> [IndexFile] {
    index.files.filter { $0.header.segments == 1 }
  }

  @Test func `what is not merged yet is asked through one filter, which is seldom wrong`() throws {
    let desk = try IndexedDesk.filled(seed: 8, batches: 120)
    var keeper = try IndexKeeper(desk.disk, "/log")
    let opened = keeper.index
    let singles = RowFilterTests.singles(opened)
    #expect(singles.count > 2 && opened.rows.isEmpty)
    while try keeper.step() {}
    #expect(singles.allSatisfy { keeper.index.covers($0.header) })
    #expect(try IndexedDesk.findAll(in: keeper.index, desk) == Int(opened.end.rawValue))
    var random = SeededRandom(seed: 8)
    let others = (0..<100_000).map { _ in random.next() >> 23 }
    let wrong = [opened, keeper.index].map { index in others.count { index.mayHold($0) } }
    print("\(wrong[0]) wrong answers of \(singles.count) filters, \(wrong[1]) of their row's")
    #expect(wrong[1] < wrong[0])
  }

  @Test func `an index that is made anew has one filter at a time, of the last row`() throws {
    let desk = try IndexedDesk.filled(seed: 3, batches: 240)
    for path in IndexedDesk.files(desk.disk).keys { desk.disk.vanish(path) }
    var keeper = try IndexKeeper(desk.disk, "/log")
    var singlesMax = 0
    while try keeper.step() {
      let index = keeper.index
      let singles = RowFilterTests.singles(index)
      singlesMax = max(singlesMax, singles.count)
      #expect(index.rows.count <= 1)
      #expect(singles.count { index.covers($0.header) } < 8)
    }
    #expect(singlesMax > 20, "too few segments for a row that grows too long")
    #expect(
      try IndexedDesk.findAll(in: keeper.index, desk) == Int(keeper.index.end.rawValue))
  }

  @Test func `a file that is damaged where only its row looks is made anew`() throws {
    let desk = try IndexedDesk.filled(seed: 8, batches: 120)
    let wanted = IndexedDesk.files(desk.disk)
    let last = try #require(desk.keeper?.index.files.last)
    let entry = last.header.start(of: IndexRun.transactions.rawValue)
    desk.disk.flip(last.path, offset: entry, bit: 5)
    var keeper = try IndexKeeper(desk.disk, "/log")
    #expect(keeper.warnings.isEmpty)
    while try keeper.step() {}
    #expect(keeper.warnings.count == 1)
    #expect(RowFilterTests.singles(keeper.index).allSatisfy { keeper.index.covers($0.header) })
    #expect(IndexedDesk.files(desk.disk) == wanted)
  }

  @Test func `a row is made anew where later segments have more ids than it has room for`() throws {
    let desk = try IndexedDesk.filled(seed: 8, batches: 120)
    let files = RowFilterTests.singles(try #require(desk.keeper).index)
    let first = try #require(files.first)
    var row = RowFilter(
      firstSegment: first.header.firstSegment, room: first.header.filtered)
    #expect(row.hasRoom(for: first.header))
    try row.add(first)
    #expect(row.covers(first.header) && !row.covers(files[1].header))
    #expect(!row.hasRoom(for: files[1].header))
  }

  @Test func `a file of two segments is none that this log has`() throws {
    let desk = try IndexedDesk.filled(seed: 8, batches: 120)
    let wanted = IndexedDesk.files(desk.disk)
    var keeper = try IndexKeeper(desk.disk, "/log")
    let pair = [IndexFile](RowFilterTests.singles(keeper.index).prefix(2))
    let merger = try IndexMerger(pair, on: desk.disk, LogFolder("/log"))
    while !merger.isWritten { try merger.step() }
    let header = try merger.finish().header
    try desk.disk.rename(
      LogFolder("/log").mergeDraft,
      to: "/log/index/" + IndexHeader.name(header.first, header.end), replacing: false)
    keeper = try IndexKeeper(desk.disk, "/log")
    #expect(keeper.index.files.allSatisfy { $0.header.segments != 2 })
    while try keeper.step() {}
    #expect(IndexedDesk.files(desk.disk) == wanted)
  }

  @Test func `an index that covers less than the last is not used`() throws {
    let (desk, commands) = try IndexedDesk.remembering(seed: 4)
    let whole = try #require(desk.runtime.sealed)
    desk.runtime.use(whole.with([IndexFile](whole.files.prefix(1))))
    let end = desk.state.next
    for command in commands { _ = try? desk.runtime.submit(command) }
    #expect(desk.state.next == end)
  }
}
