// A snapshot while its sections are read, each without the others.

import Events
import Merkle
import Platform
import Projections
import Rollout

/// What was read so far.
///
/// How many merchants and rollouts there are is known from the head, so that two threads can read
/// sections side by side; that it is true is looked at in the end.
struct SnapshotParts: Sendable {
  let head: SnapshotHead
  /// Whether merchants are found by their external ids.
  let findsIDs: Bool
  var merchants = MerchantBook()
  var rollouts = RolloutBoard()
  var mix = PaymentMix()
  var reconciliation = Reconciliation()
  var opening = OpeningSums()
  var discrepancies = Discrepancies()
  var timeline = Timeline()
  var guardrails = GuardrailHistory()
  var disputes = Disputes()
  var terms = TermsBook()
  var feed = SwitchFeed()
  var log: LogCreated?
  var isClockHeld = false
  var incarnation: UInt32 = 0
  var tree: CompactTree?
  var orders: [FrozenOrder?] = []

  init(_ head: SnapshotHead, findsIDs: Bool) {
    self.head = head
    self.findsIDs = findsIDs
  }

  mutating func read(
    _ section: SnapshotSections, from reader: inout SectionReader
  ) throws(SectionFault) {
    let (end, count) = (head.position, Int(head.merchants))
    switch section {
    case .ids:
      let part: MerchantBook.Part = findsIDs ? .ids : .names
      try merchants.read(part, from: &reader, end: end, merchants: count)
    case .merchants: try merchants.read(.records, from: &reader, end: end, merchants: count)
    case .standings: try merchants.read(.standings, from: &reader, end: end, merchants: count)
    case .rollouts: rollouts = try RolloutBoard(from: &reader, end: end, merchants: count)
    case .sums:
      mix = try PaymentMix(from: &reader, end: end, merchants: count)
      reconciliation = try Reconciliation(from: &reader, end: end)
      opening = try OpeningSums(from: &reader, end: end)
    case .history:
      discrepancies = try Discrepancies(from: &reader, end: end, merchants: count)
      timeline = try Timeline(from: &reader, end: end, merchants: count)
      guardrails = try GuardrailHistory(from: &reader, end: end)
    case .finance: disputes = try Disputes(from: &reader, end: end, merchants: count)
    case .feed: feed = try SwitchFeed(from: &reader, end: end, merchants: count)
    case .service: try readService(from: &reader)
    case .orders: try readOrders(from: &reader)
    case .terms: terms = try TermsBook(from: &reader, end: end)
    default: preconditionFailure("a section is read that a snapshot does not have")
    }
    try reader.finish()
  }

  private mutating func readService(from reader: inout SectionReader) throws(SectionFault) {
    isClockHeld = reader.flag()
    incarnation = reader.u32()
    if reader.flag() {
      log = LogCreated(
        origin: reader.text(), clock: reader.u8(or: .wall), clockStart: reader.instant(),
        clockSpeed: reader.u32(), logIDLow: reader.u64(), logIDHigh: reader.u64())
    }
    let edge = try reader.plain(UInt8.self)
    guard !edge.isEmpty else { return }
    let known = CompactTree(serialized: unsafe edge.span.bytes)
    try reader.require(
      known?.size == head.position.rawValue && known?.root == head.root,
      "the edge of the tree does not give the root")
    tree = known
  }

  private mutating func readOrders(from reader: inout SectionReader) throws(SectionFault) {
    let count = reader.count(ofBytes: 1)
    for _ in 0..<count {
      guard reader.flag() else {
        orders.append(nil)
        continue
      }
      orders.append(try FrozenOrder(from: &reader, merchants: Int(head.merchants)))
    }
  }
}

extension SnapshotParts {
  /// Takes the sections that another thread has read.
  mutating func take(_ sections: SnapshotSections, of other: SnapshotParts) {
    if sections.contains(.ids) { merchants.take(.ids, of: other.merchants) }
    if sections.contains(.merchants) { merchants.take(.records, of: other.merchants) }
    if sections.contains(.standings) { merchants.take(.standings, of: other.merchants) }
    if sections.contains(.rollouts) { rollouts = other.rollouts }
    if sections.contains(.sums) {
      (mix, reconciliation, opening) = (other.mix, other.reconciliation, other.opening)
    }
    if sections.contains(.history) {
      (discrepancies, timeline) = (other.discrepancies, other.timeline)
      guardrails = other.guardrails
    }
    if sections.contains(.finance) { disputes = other.disputes }
    if sections.contains(.feed) { feed = other.feed }
    if sections.contains(.service) {
      (log, isClockHeld, incarnation) = (other.log, other.isClockHeld, other.incarnation)
      tree = other.tree
    }
    if sections.contains(.orders) { orders = other.orders }
    if sections.contains(.terms) { terms = other.terms }
  }

  /// Whether the sections belong together.
  func check() throws(SnapshotFault) {
    let board = rollouts.rollouts
    guard board.count == merchants.standings.count else {
      throw .damaged(
        "merchants stand under \(merchants.standings.count) rollouts and there are \(board.count)")
    }
    guard orders.count <= board.count else {
      throw .damaged("there are \(orders.count) orders of \(board.count) rollouts")
    }
    for (order, rollout) in zip(orders, board) {
      guard let order else { continue }
      guard order.digest == rollout.orderDigest, rollout.waves.count <= order.waves else {
        throw .damaged("the order of rollout \(rollout.number.rawValue) is not the one it started")
      }
    }
  }
}

extension Snapshot {
  init(_ parts: SnapshotParts, _ sections: SnapshotSections) {
    model = ReadModel(
      merchants: parts.merchants, rollouts: parts.rollouts, mix: parts.mix,
      reconciliation: parts.reconciliation, discrepancies: parts.discrepancies,
      timeline: parts.timeline, guardrails: parts.guardrails, terms: parts.terms,
      disputes: parts.disputes, opening: parts.opening,
      position: parts.head.position, logTime: parts.head.logTime)
    feed = parts.feed
    log = parts.log
    isClockHeld = parts.isClockHeld
    incarnation = parts.incarnation
    tree = parts.tree
    orders = parts.orders
    self.sections = sections
  }
}
