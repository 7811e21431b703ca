// Idempotency for ever: which command led to which events. The latest commands stand here, all
// others in the index of the sealed segments; none expires.

public import Events

/// The answer to a command: its events are durable from here to there.
public struct Receipt: Hashable, Sendable, BitwiseCopyable {
  public var first: Position
  public var last: Position
  public init(first: Position, last: Position) {
    self.first = first
    self.last = last
  }
}

/// How a command was taken.
public struct Acceptance: Hashable, Sendable {
  /// Its events; where it led to none, the event that made it so before.
  public var receipt: Receipt
  /// Since when what it asks for has been so; nil where it led to events.
  ///
  /// Such a command leaves nothing behind and is not remembered, as little as a refusal: a repeat
  /// is decided anew. Only pauses and aborts are answered so, and to take one of them late harms
  /// nobody.
  public var since: Timestamp?
}

/// What is known of a command: its receipt, and the digest of its body.
struct KnownCommand: Hashable, Sendable {
  var receipt: Receipt
  var digest: UInt64
}

/// The receipts of the latest commands by CommandID.
struct CommandIndex: Sendable {
  /// Sixteen bytes: with its key a row is half a cache line.
  private struct Row: Sendable, BitwiseCopyable {
    /// The position of the first event times 2^16, and how many events there are.
    private var run: UInt64
    var digest: UInt64

    private static let countMax: UInt64 = 0xffff

    init(first: UInt64, digest: UInt64) {
      precondition(first < 1 << 48, "a position is larger than a log can be long")
      run = first << 16 | 1
      self.digest = digest
    }

    var receipt: Receipt {
      let first = Position(run >> 16)
      return Receipt(first: first, last: first.advanced(by: Int(run & Row.countMax) - 1))
    }

    /// One more event; a command of ours leads to a few, and a log of others may say more than is
    /// counted here.
    mutating func grow() { if run & Row.countMax < Row.countMax { run += 1 } }
  }

  private var table = TailTable<Row>()
  /// The scheduler's steps of merchants, which are in no table.
  private(set) var steps = OrderedSteps()
  /// The command of the latest event, whose further events follow without a gap, and its place.
  private var latest = CommandID.none
  private var latestPlace = 0

  /// What is known of a command.
  ///
  /// Mutating, as all of the hot path, so that the table is worked on where it stands: what is only
  /// read out of a class is copied first, and every copy counts references.
  @inline(__always)
  mutating func find(_ id: CommandID) -> KnownCommand? {
    guard let row = table.find(IdentifierKey(low: id.low, high: id.high)) else { return nil }
    return KnownCommand(receipt: row.receipt, digest: row.digest)
  }

  /// Two steps towards what `find` will look at, as those of `KeyTable`.
  mutating func prefetch(_ group: PaymentGroup, _ window: Range<Int>) {
    for place in window { prefetch(group[place].notice.id) }
  }
  mutating func prefetchRows(_ group: PaymentGroup, _ window: Range<Int>) {
    for place in window { prefetchRow(group[place].notice.id) }
  }

  @inline(__always)
  mutating func prefetch(_ id: CommandID) {
    table.prefetch(IdentifierKey(low: id.low, high: id.high))
  }
  @inline(__always)
  mutating func prefetchRow(_ id: CommandID) {
    table.prefetchSlot(IdentifierKey(low: id.low, high: id.high))
  }

  /// Takes note of an event of a command.
  @inline(__always)
  mutating func note(_ id: CommandID, digest: UInt64, at position: Position) {
    guard id != .none else {
      latest = .none
      return
    }
    if id == latest {
      table[latestPlace].grow()
      return
    }
    // A log that was not written by these rules may name an id twice; the first receipt stands.
    guard find(id) == nil else {
      latest = .none
      return
    }
    noteNew(id, digest: digest, at: position)
  }

  /// Takes note of the first event of a command that is not known, as whoever asks has seen.
  @inline(__always)
  mutating func noteNew(_ id: CommandID, digest: UInt64, at position: Position) {
    let key = IdentifierKey(low: id.low, high: id.high)
    latest = id
    latestPlace = table.insert(key, Row(first: position.rawValue, digest: digest))
  }

  /// Takes note of any event.
  mutating func note(_ event: Event, at position: Position) {
    switch event.payload {
    case .merchantEnabled, .merchantRolledBack, .merchantReinstated:
      if let step = MerchantSwitch(event), step.isStep { return note(step) }
    case .rollbackOrdered, .reinstatementOrdered: steps.begin(position)
    case .rollbackCompleted, .reinstatementCompleted: steps.end(event.header.cause)
    default: break
    }
    note(event.header.commandID, digest: event.header.commandDigest, at: position)
  }

  /// Takes note of a step of the scheduler.
  @inline(__always)
  mutating func note(_ step: MerchantSwitch) {
    latest = .none
    if step.kind != .merchantEnabled { steps.note(step.header.merchant, of: step.header.cause) }
  }

  /// Makes room for so many commands.
  mutating func reserve(_ commands: Int) { table.reserve(commands) }

  /// Begins a new generation; no command lies on both sides.
  mutating func beginGeneration() {
    latest = .none
    table.beginGeneration()
  }

  mutating func drop(_ generations: Int) { table.drop(generations) }

  var count: Int { table.count }
}
