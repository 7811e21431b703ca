// Which ends of a log get a tree of merchants.

import Events
import Orchestrator
import Projections
import Testing

@testable import Daemon

/// A log of two kinds of event, folded batch by batch.
private struct DaysOfALog {
  /// 2024-09-12T12:00:00+08:00.
  private static let noon = Timestamp(seconds: 1_726_113_600)

  private(set) var model = ReadModel()
  /// The sizes of the trees by where they stand.
  private var sizes: [Position: Position] = [:]
  var moments: TreeMoments

  init() { moments = TreeMoments(ReadModel(), end: .zero) { _ in nil } }

  var end: Position { model.position }

  /// Adds a batch of events at noon of a day.
  mutating func add(day: Int64, _ payloads: [Payload]) throws {
    let time = DaysOfALog.noon.advanced(bySeconds: day * 86_400)
    let buffer = BatchBuffer()
    var encoder = FieldEncoder()
    for (offset, payload) in payloads.enumerated() {
      Event(EventHeader(logTime: time), payload).encode(into: &encoder)
      buffer.append(encoder.bytes)
      if case .merchantTreeCommitted(let fields) = payload {
        sizes[end.advanced(by: offset)] = Position(fields.size)
      }
    }
    try buffer.withBatch(first: end, logTime: time) { (batch) throws(ReadModelFault) in
      try model.apply(batch)
    }
    moments.note(model, end: end)
  }

  /// What a daemon that starts now owes.
  var owed: Position? { begun.waiting }

  private var begun: TreeMoments { TreeMoments(model, end: end) { [sizes] in sizes[$0] } }

  mutating func restart() { moments = begun }

  static let other = Payload.clockConfirmed
  static func tree(_ size: Position) -> Payload {
    .merchantTreeCommitted(
      MerchantTreeCommitted(size: size.rawValue, merchants: 0, root: .zero))
  }
}

@Suite struct TreeMomentsTests {
  @Test func `the end of a day is the end of its last batch`() throws {
    var log = DaysOfALog()
    try log.add(day: 0, [DaysOfALog.other, DaysOfALog.other])
    #expect(log.moments.waiting == nil)
    try log.add(day: 0, [DaysOfALog.other])
    #expect(log.moments.waiting == nil)
    try log.add(day: 1, [DaysOfALog.other])
    #expect(log.moments.take() == Position(3))
    #expect(log.moments.take() == nil)
    try log.add(day: 4, [DaysOfALog.other])
    #expect(log.moments.waiting == Position(4))
    try log.add(day: 5, [DaysOfALog.other])
    #expect(log.moments.take() == Position(5), "the next has overtaken it")
  }

  @Test func `a tree that is alone on its day begins none`() throws {
    var log = DaysOfALog()
    try log.add(day: 0, [DaysOfALog.other])
    try log.add(day: 1, [DaysOfALog.other])
    let moment = log.moments.take() ?? .zero
    #expect(moment == Position(1))
    for day in 2..<5 {
      try log.add(day: Int64(day), [DaysOfALog.tree(moment)])
      let next = log.moments.take()
      #expect(day == 2 ? next == Position(2) : next == nil, "day \(day)")
    }
    try log.add(day: 6, [DaysOfALog.other])
    #expect(log.moments.take() == nil, "nothing but trees came since the last")
    try log.add(day: 7, [DaysOfALog.other])
    #expect(log.moments.take() == Position(6))
  }

  @Test func `what no tree was made of comes back, unless another has overtaken it`() throws {
    var log = DaysOfALog()
    try log.add(day: 0, [DaysOfALog.other])
    try log.add(day: 1, [DaysOfALog.other])
    let first = log.moments.take() ?? .zero
    #expect(first == Position(1))
    log.moments.giveBack(first)
    #expect(log.moments.take() == first)
    try log.add(day: 2, [DaysOfALog.other])
    log.moments.giveBack(first)
    #expect(log.moments.take() == Position(2))
  }

  @Test func `a start owes the day that has ended since the last tree`() throws {
    var log = DaysOfALog()
    #expect(log.owed == nil)
    try log.add(day: 0, [DaysOfALog.other])
    #expect(log.owed == nil)
    try log.add(day: 1, [DaysOfALog.other])
    #expect(log.owed == Position(2))
    try log.add(day: 1, [DaysOfALog.tree(Position(1))])
    #expect(log.owed == nil)
    try log.add(day: 2, [DaysOfALog.other])
    #expect(log.owed == Position(4))
    // What a start owes is not owed again by the day that its first event begins.
    log.restart()
    #expect(log.moments.take() == Position(4))
    try log.add(day: 3, [DaysOfALog.other])
    #expect(log.moments.take() == nil)
    try log.add(day: 4, [DaysOfALog.other])
    #expect(log.moments.take() == Position(5))
  }
}
