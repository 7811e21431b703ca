// From a sealed segment to its index file.

import CRecord
import Events
import Platform

/// A file that has been written and has no name yet.
struct IndexDraft {
  let header: IndexHeader
  let filter: IdentifierFilter
}

/// Gathers what one segment's events are found by.
struct IndexBuilder {
  /// Of each run, one behind the other, the entries of each partition.
  private var entries = [[UInt64]](
    repeating: [], count: IndexRun.allCases.count * IndexEntry.partitions)
  private var places: [UInt64] = []
  private var asked = 0
  private let hash: IndexHash

  private init(_ hash: IndexHash) {
    self.hash = hash
  }

  /// Writes the index of a sealed segment under a temporary name.
  ///
  /// - Throws: `LogFault.corrupt` where the segment is damaged.
  static func build<D: Disk>(
    _ disk: D, _ folder: LogFolder, _ segment: Segment, before next: Segment, _ hash: IndexHash
  ) throws(LogFault) -> IndexDraft {
    let file = try SegmentFile(disk, path: folder.path(segment), expecting: segment.logID)
    var builder = IndexBuilder(hash)
    let count = Int(next.firstPosition.rawValue - segment.firstPosition.rawValue)
    builder.places.reserveCapacity(count)
    let walk = try file.walk(from: segment.chain(incarnation: 0), place: .sealed, mark: nil) {
      header, offset throws(LogFault) in
      guard header.count > 0 else { return }
      try file.withEvents(of: header, at: offset, 0..<Int(header.count)) {
        batch throws(LogFault) in
        try builder.add(batch, at: offset + Frame.headerLength, file.path)
      }
    }
    if case .corrupt(let what) = walk.verdict {
      throw .corrupt(file.corruption(walk, what, mark: nil))
    }
    guard builder.places.count == count, walk.chain.link == next.link else {
      throw .corrupt(
        Corruption(
          .segmentChain, path: file.path, offset: walk.end, position: walk.chain.next,
          expected: "\(count) events", actual: "\(builder.places.count)"))
    }
    return try onDisk { () throws(Fault) in
      try builder.write(disk, folder, segment, before: next)
    }
  }

  private mutating func add(
    _ batch: borrowing EventBatch, at start: Int, _ path: String
  ) throws(LogFault) {
    for index in 0..<batch.count {
      let bytes = batch.bytes(of: index)
      let event = places.count
      places.append(
        UInt64(start + Int(batch.offsets[index])) | UInt64(checksum(bytes)) << 32)
      do throws(DecodeFault) {
        if EventKind.isPayment(batch.kind(index)) {
          try addPayment(bytes, event)
        } else {
          try addOther(try batch.event(index), event)
        }
      } catch {
        throw .corrupt(
          Corruption(
            .frame, path: path, offset: start + Int(batch.offsets[index]),
            position: batch.position(index), expected: "an event of this release",
            actual: "\(error)"))
      }
    }
  }

  @inline(__always)
  private static func place(_ run: Int, _ partition: Int) -> Int {
    run * IndexEntry.partitions + partition
  }

  private mutating func add(_ run: IndexRun, _ hash: UInt64, _ event: Int, isAsked: Bool) {
    entries[IndexBuilder.place(run.rawValue, IndexEntry.partition(hash))].append(
      IndexEntry.packed(hash, event, isAsked: isAsked))
    if isAsked { asked += 1 }
  }

  private mutating func addPayment(_ bytes: RawSpan, _ event: Int) throws(DecodeFault) {
    guard bytes.byteCount > PaymentView.fixedLength, let view = PaymentView(bytes),
      let outcome = EventKind(rawValue: view.head.kind)?.outcome
    else {
      // The full decoder says what is wrong with it.
      _ = try Event(decoding: bytes)
      return
    }
    let (head, institution) = (view.head, view.fields.institution)
    let id = CommandID(low: head.command_id_low, high: head.command_id_high)
    let derived = NoticeName.commandID(institution, outcome, view.transaction, view.refund)
    if id != derived { addCommand(id, event) }
    // What changed nothing and is not found by its transaction nobody asks for: a sender that
    // repeats itself without end must not make its transaction dear.
    // One that names a stranger is: the next one that does so is a mere repeat.
    let flags = PolicyFlags(rawValue: head.flags)
    let changes = flags.isDisjoint(with: .unchanging)
    add(
      .transactions, hash.transaction(institution, view.transaction), event,
      isAsked: changes || id == derived || flags.contains(.merchantUnknown))
    add(.orders, hash.order(view.order), event, isAsked: changes && outcome == .captured)
  }

  private mutating func addCommand(_ id: CommandID, _ event: Int) {
    if id != .none { add(.commands, hash.command(id), event, isAsked: true) }
  }

  private mutating func addOther(_ other: Event, _ event: Int) throws(DecodeFault) {
    addCommand(other.header.commandID, event)
    switch other.payload {
    case .orderOffered(let fields):
      fields.order.withSpan { add(.orders, hash.order($0), event, isAsked: false) }
    case .orderAttempted(let fields):
      fields.order.withSpan { add(.orders, hash.order($0), event, isAsked: true) }
    case .orderFailed(let fields):
      fields.order.withSpan { add(.orders, hash.order($0), event, isAsked: false) }
    case .orderTimedOut(let fields):
      fields.order.withSpan { add(.orders, hash.order($0), event, isAsked: false) }
    case .discrepancyResolved(let fields):
      add(.transactions, hash.answer(fields.position), event, isAsked: false)
    case .paymentDisputed(let fields):
      let institution = fields.institution.rawValue
      let transaction = fields.transaction.withSpan { hash.transaction(institution, $0) }
      add(.transactions, transaction, event, isAsked: false)
      addMerchant(other.header.merchant, event)
    case .paymentAdjusted(let fields) where fields.transaction != .none:
      let institution = fields.institution.rawValue
      let transaction = fields.transaction.withSpan { hash.transaction(institution, $0) }
      add(.transactions, transaction, event, isAsked: false)
    case .paymentCombined(let fields): addCombined(fields, event)
    case .termsPublished: add(.merchants, hash.merchant(.none), event, isAsked: false)
    default: addMerchant(other.header.merchant, event)
    }
  }

  /// Under its own id as an order's, and under each of its transactions.
  private mutating func addCombined(_ fields: PaymentCombined, _ event: Int) {
    let institution = fields.institution.rawValue
    fields.combined.withSpan { add(.orders, hash.order($0), event, isAsked: false) }
    // Two ids may share a hash, and no entry stands twice in a file.
    let transactions = fields.parts.map { part in
      part.transaction.withSpan { hash.transaction(institution, $0) }
    }
    for transaction in Set(transactions).sorted() {
      add(.transactions, transaction, event, isAsked: false)
    }
  }

  private mutating func addMerchant(_ merchant: MerchantNumber, _ event: Int) {
    if merchant != .none { add(.merchants, hash.merchant(merchant), event, isAsked: false) }
  }

  private mutating func write<D: Disk>(
    _ disk: D, _ folder: LogFolder, _ segment: Segment, before next: Segment
  ) throws(Fault) -> IndexDraft {
    let header = IndexHeader(
      logID: segment.logID, first: segment.firstPosition, end: next.firstPosition,
      firstSegment: segment.number, segments: 1, link: next.link,
      shapes: IndexRun.allCases.map { run in
        let first = IndexBuilder.place(run.rawValue, 0)
        return IndexShape(
          entries: entries[first..<first + IndexEntry.partitions].reduce(0) { $0 + $1.count })
      },
      filtered: asked)
    let writer = try IndexWriter(disk, folder.indexDraft, header)
    do {
      try writer.add(places: places.span)
      var sorter = EntrySorter()
      for run in IndexRun.allCases.indices {
        for partition in 0..<IndexEntry.partitions {
          let place = IndexBuilder.place(run, partition)
          sorter.sort(&entries[place])
          let sorted = entries[place]
          try writer.add(sorted.span, run: run, partition: partition)
        }
      }
      try writer.finish()
    } catch {
      writer.abandon()
      throw error
    }
    return IndexDraft(header: header, filter: writer.filter)
  }
}
