// The index of sealed segments: everything is found, the same bytes come back, damage is seen.

import CRecord
import Events
import Platform
import Projections
import Simulation
import Support
import Testing

@testable import EventLog
@testable import Orchestrator

@Suite struct LogIndexTests {
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `every event is found under each of its ids, and nothing is lost by merging`(
    seed: UInt64
  ) throws {
    let desk = try IndexedDesk.filled(seed: seed, batches: 150)
    let keeper = try #require(desk.keeper)
    let index = keeper.index
    #expect(index.end == keeper.sealedEnd && index.end.rawValue > 1_000)
    #expect(IndexedDesk.files(desk.disk).count < 16, "nothing was merged")
    let looked = try IndexedDesk.findAll(in: index, desk)
    #expect(looked == Int(index.end.rawValue))
  }

  @Test func `all of it deleted comes back byte for byte`() throws {
    let desk = try IndexedDesk.filled(seed: 3, batches: 150)
    let before = IndexedDesk.files(desk.disk)
    for path in before.keys { desk.disk.vanish(path) }
    var keeper = try IndexKeeper(desk.disk, "/log")
    #expect(keeper.index.end == .zero && keeper.warnings.isEmpty)
    while try keeper.step() {}
    #expect(IndexedDesk.files(desk.disk) == before)
  }

  @Test func `a bit that turns anywhere in a file is seen or changes no answer`() throws {
    let desk = try IndexedDesk.filled(seed: 5, batches: 40)
    let whole = try #require(desk.keeper).index
    var random = SeededRandom(seed: 11)
    let files = IndexedDesk.files(desk.disk)
    for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
      for trial in 0..<60 {
        let copy = desk.disk.copy(seed: 1)
        let offset = trial < 20 ? random.below(1_024) : random.below(bytes.count)
        copy.flip(path, offset: min(offset, bytes.count - 1), bit: random.below(8))
        let keeper = try IndexKeeper(copy, "/log")
        #expect(
          keeper.index.end < whole.end || keeper.warnings.isEmpty, "a warning and yet all of it")
        try IndexedDesk.agree(keeper.index, whole, desk)
      }
    }
  }

  @Test func `a daemon starts on an index with a damaged body, which is made anew`() throws {
    let desk = try IndexedDesk.filled(seed: 9, batches: 60)
    let wanted = IndexedDesk.files(desk.disk)
    for (path, bytes) in wanted {
      // Behind the front of every file, a bit in each place of 64 bytes.
      for offset in stride(from: bytes.count / 2, to: bytes.count, by: 64) {
        desk.disk.flip(path, offset: offset, bit: 3)
      }
    }
    var notices = Notices(seed: 9)
    try desk.restart()
    for _ in 0..<200 {
      let (payment, occurredAt) = notices.next()
      do { _ = try desk.runtime.submit(notices.command(payment, occurredAt)) } catch {
        if case .logFailed = error { try desk.restart() }
      }
    }
    #expect(desk.discarded > 0, "the damage was not met")
    while try desk.healed() {}
    let healed = IndexedDesk.files(desk.disk)
    #expect(wanted.keys.allSatisfy { healed[$0] == nil || healed[$0] == wanted[$0] })
  }

  @Test func `repeats of all that is sealed leave nothing in the tables`() throws {
    let (desk, commands) = try IndexedDesk.remembering(seed: 4)
    let (count, end) = (desk.runtime.front.index.count, desk.state.next)
    for command in commands { _ = try? desk.runtime.submit(command) }
    #expect(desk.state.next == end && desk.runtime.front.index.count == count)
  }

  @Test func `a power cut at any call leaves an index that is right as far as it goes`() throws {
    let desk = try IndexedDesk.filled(seed: 7, batches: 60)
    for path in IndexedDesk.files(desk.disk).keys { desk.disk.vanish(path) }
    let rehearsal = desk.disk.copy(seed: 2)
    let first = rehearsal.operations
    var keeper = try IndexKeeper(rehearsal, "/log")
    while try keeper.step() {}
    let wanted = IndexedDesk.files(rehearsal)
    let calls = rehearsal.operations - first
    for call in stride(from: 1, through: calls, by: max(1, calls / 120)) {
      let disk = desk.disk.copy(seed: UInt64(call))
      disk.plan.atOperation[disk.operations + call] = .powerCut
      do {
        var keeper = try IndexKeeper(disk, "/log")
        while try keeper.step() {}
      } catch {}
      disk.restart()
      var again = try IndexKeeper(disk, "/log")
      #expect(again.warnings.isEmpty, "call \(call): \(again.warnings)")
      while try again.step() {}
      #expect(IndexedDesk.files(disk) == wanted, "call \(call)")
    }
  }
}

/// A desk with many sealed segments.
enum IndexedDesk {
  static func filled(seed: UInt64, batches: Int) throws -> Desk {
    let desk = try Desk.with(
      until: .running, segmentCapacity: 12 << 10, generationEventsMax: 1_000_000)
    var notices = Notices(seed: seed)
    for batch in 0..<batches {
      for _ in 0..<1 + notices.below(25) {
        let (payment, occurredAt) = notices.next()
        _ = try? desk.runtime.submit(notices.command(payment, occurredAt))
      }
      if batch % 9 == 0 { try desk.register("late\(batch)") }
      if batch % 10 == 0 {
        try desk.send(
          .recordDispute(
            PaymentDisputed(
              institution: .card, stage: .opened, transaction: Desk.text("t\(batch)"),
              dispute: Desk.text("d"), amount: Money(fen: 1), external: Desk.text("m1"))))
      }
      if batch % 15 == 0 {
        try desk.send(
          .adjustPayment(
            PaymentAdjusted(
              institution: .card, transaction: Desk.text("t\(batch)"), day: BeijingDay(19_978),
              amount: Money(fen: 1), reason: Desk.text("rounding"), evidence: .zero)))
      }
      if batch % 7 == 0, let told = combined(batch) { try desk.send(.recordCombined(told)) }
      if batch % 20 == 0 {
        let terms = TermsDocument(version: batch / 20 + 1, effective: "2024-10-01")
        try desk.send(.publishTerms(document: terms.bytes))
      }
      try desk.flush()
    }
    return desk
  }

  /// A desk whose tables have dropped most of the notices that it was sent.
  static func remembering(seed: UInt64) throws -> (desk: Desk, commands: [Command]) {
    let desk = try Desk.with(
      until: .running, segmentCapacity: 12 << 10, generationEventsMax: 50)
    var notices = Notices(seed: seed)
    var commands: [Command] = []
    for _ in 0..<80 {
      for _ in 0..<12 {
        let (payment, occurredAt) = notices.next()
        let command = notices.command(payment, occurredAt)
        commands.append(command)
        _ = try? desk.runtime.submit(command)
      }
      try desk.flush()
    }
    return (desk, commands)
  }

  /// A combined payment of three transactions.
  private static func combined(_ batch: Int) -> PaymentCombined? {
    PaymentCombined(
      institution: .weChatPay, combined: Desk.text("z\(batch)"),
      parts: (0..<3).map { part in
        PaymentCombined.Part(
          transaction: Desk.text("t\(batch + part)"), order: Desk.text("o\(part)"),
          merchant: Desk.text("m1"), amount: Money(fen: 1))
      })
  }

  /// The index files by path.
  static func files(_ disk: SimulatedDisk) -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for path in disk.paths where path.hasPrefix("/log/index/") { files[path] = disk.contents(path) }
    return files
  }

  static func isFound(
    _ event: Event, _ bytes: RawSpan, _ position: Position, in index: LogIndex
  ) throws -> Bool {
    func found(_ run: IndexRun, _ hash: UInt64, isAsked: Bool) throws -> Bool {
      if isAsked, !index.mayHold(hash) { return false }
      return try index.find(run, hash, isAsked: isAsked).contains(position)
    }
    guard let view = PaymentView(bytes), case .payment(let payment) = event.payload else {
      let merchant = event.header.merchant
      let isFiled = merchant != .none || event.kind == .termsPublished
      let isNamed =
        try !isFiled || found(.merchants, index.hash.merchant(merchant), isAsked: false)
      return try isNamed && isAbout(event, in: index)
        && found(.commands, index.hash.command(event.header.commandID), isAsked: true)
    }
    let changes = event.header.flags.isDisjoint(with: .unchanging)
    let derived = NoticeName.commandID(
      view.fields.institution, payment.outcome, view.transaction, view.refund)
    let isOrder = try found(
      .orders, index.hash.order(view.order), isAsked: changes && payment.outcome == .captured)
    let isTransaction = try found(
      .transactions, index.hash.transaction(view.fields.institution, view.transaction),
      isAsked: changes || derived == event.header.commandID)
    let isCommand =
      try derived == event.header.commandID
      || found(.commands, index.hash.command(event.header.commandID), isAsked: true)
    return isOrder && isTransaction && isCommand
  }

  /// Whether a dispute and an adjustment are found under their transaction, an answer under the
  /// event it answers, and a combined payment under its id and each of its transactions.
  private static func isAbout(_ event: Event, in index: LogIndex) throws -> Bool {
    let hash: UInt64
    if case .paymentCombined(let fields) = event.payload {
      let institution = fields.institution.rawValue
      let places =
        [(IndexRun.orders, fields.combined.withSpan { index.hash.order($0) })]
        + fields.parts.map { part in
          (.transactions, part.transaction.withSpan { index.hash.transaction(institution, $0) })
        }
      return try places.allSatisfy { run, hash in
        try index.find(run, hash, isAsked: false).contains {
          try index.event($0) == encoded(event)
        }
      }
    }
    switch event.payload {
    case .paymentDisputed(let fields):
      hash = fields.transaction.withSpan {
        index.hash.transaction(fields.institution.rawValue, $0)
      }
    case .paymentAdjusted(let fields):
      hash = fields.transaction.withSpan {
        index.hash.transaction(fields.institution.rawValue, $0)
      }
    case .discrepancyResolved(let fields): hash = index.hash.answer(fields.position)
    default: return true
    }
    return try index.find(.transactions, hash, isAsked: false).contains {
      try index.event($0) == encoded(event)
    }
  }

  private static func encoded(_ event: Event) -> [UInt8] {
    var encoder = FieldEncoder()
    event.encode(into: &encoder)
    return encoder.bytes
  }

  /// Looks for every event that an index covers under each of its ids; how many there are.
  static func findAll(in index: LogIndex, _ desk: Desk) throws -> Int {
    var looked = 0
    try desk.carrier.read(from: .zero, to: index.end) { (batch: borrowing EventBatch) in
      for place in 0..<batch.count {
        let bytes = batch.bytes(of: place)
        let position = batch.position(place)
        let written = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
        #expect(try index.event(position) == written)
        let event = try batch.event(place)
        looked += 1
        #expect(try IndexedDesk.isFound(event, bytes, position, in: index), "\(event)")
      }
    }
    return looked
  }

  /// What an index says of all that it covers is what another one says, or an error.
  static func agree(_ index: LogIndex, _ whole: LogIndex, _ desk: Desk) throws {
    for position in stride(from: 0, to: index.end.rawValue, by: 7) {
      let known = try whole.event(Position(position))
      let told = try? index.event(Position(position))
      #expect(told == nil || told == known)
      guard let view = PaymentView(unsafe known.span.bytes) else { continue }
      let hash = whole.hash.transaction(view.fields.institution, view.transaction)
      let found = try? index.find(.transactions, hash, isAsked: true)
      let wanted = try whole.find(.transactions, hash, isAsked: true).filter { $0 < index.end }
      #expect(found == nil || found == wanted)
    }
  }
}
