// The registry: every merchant, and where it stands under every rollout.
//
// A merchant is an index. What a payment asks of its merchant stands in one record of 32 bytes, so
// that it costs one look into memory; what is asked of ten million merchants at once (who is
// pending?) stands in columns of a byte each (`Standing`).

import CRecord
public import Events

/// Where a merchant stands under one rollout.
public enum MerchantState: UInt8, CaseIterable, Sendable {
  case pending = 0
  case enabled = 1
  case rolledBack = 2
  case reinstated = 3
  case excluded = 4

  public var name: String {
    switch self {
    case .pending: "pending"
    case .enabled: "enabled"
    case .rolledBack: "rolled-back"
    case .reinstated: "reinstated"
    case .excluded: "excluded"
    }
  }

  /// Whether the institution is open at the merchant.
  public var isOn: Bool { self == .enabled || self == .reinstated }
}

/// Every merchant with its standing under every rollout.
public struct MerchantBook: Sendable {
  var index = MerchantIndex()
  var words = WordList()
  var records = LargeArray<Record>()
  var closings: [MerchantNumber: Closing] = [:]
  /// The log time of the log's first event.
  var genesis: Timestamp?
  /// When an institution was opened to all, by its number; nil where it needs a rollout.
  var openedToAll: [Timestamp?] = [Timestamp?](repeating: nil, count: 8)
  /// How many updates there were: any of them may have moved a merchant into another category.
  public internal(set) var updates: UInt64 = 0
  /// Standing by rollout number less one; a rollout that was only consulted has an empty one.
  public internal(set) var standings: [Standing] = []
  /// Beside each standing, how many are on under it.
  var onCounts: [OnCounts] = []

  /// What is kept of every merchant: 32 bytes without padding, of integers alone, for a snapshot
  /// holds them as they lie in memory.
  struct Record: Sendable, BitwiseCopyable {
    var lastEvent: Position = .none
    var registeredAt: Timestamp
    var events: UInt32 = 0
    var dailyPayments: UInt32
    var category: UInt16
    var city: UInt16
    /// The number of a `Tier`.
    var tier: UInt8
    /// The number of a `ShopPlatform`.
    var platform: UInt8
    /// 1 where it is closed.
    var closed: UInt8 = 0
    var reserved: UInt8 = 0
  }

  struct Closing: Sendable {
    var at: Timestamp
    var reason: ShortText
  }

  /// - Parameter findsIDs: whether merchants are found by their external ids. Where nobody asks
  ///   for them a registration costs half without, and so does the memory of ids; whoever asks all
  ///   the same is stopped. Two registrations of one id are not noticed then.
  public init(findsIDs: Bool = true) { index = MerchantIndex(findsIDs: findsIDs) }

  public var count: Int { index.count }

  /// Numbers of all merchants, in the order of registration.
  public var numbers: ClosedRange<UInt32>? { count == 0 ? nil : 1...UInt32(count) }

  public func number(_ external: ExternalID) -> MerchantNumber? { index.number(external) }
  @inline(__always)
  public func number(_ external: RawSpan, _ key: IdentifierKey) -> MerchantNumber? {
    index.number(external, key)
  }
  /// What external ids are hashed with.
  public var hash: IdentifierHash { index.hash }

  /// Three steps towards a merchant, each to be taken a little after the one before, so that what
  /// it looks at has come into the cache: the slot of its id, the record of the id, its own record.
  public func prefetchSlot(_ key: IdentifierKey) { index.prefetchSlot(key) }
  public func prefetchRecord(_ key: IdentifierKey) { index.prefetchRecord(key) }
  @inline(__always)
  public func prefetch(_ number: MerchantNumber) {
    // A number that no event has made known is asked for as well, and refused when it is folded.
    records.prefetch(Int(number.rawValue) - 1)
  }

  /// Asks for what the switching of a merchant looks at: its record, and where it stands.
  @inline(__always)
  public func prefetchStanding(_ number: MerchantNumber) {
    prefetch(number)
    for row in standings.indices { standings[row].prefetch(number) }
  }

  /// What is known of a merchant.
  public func merchant(_ number: MerchantNumber) -> Merchant {
    let record = record(number)
    return Merchant(
      number: number, external: index.external(number), platform: platform(number),
      tier: tier(number), dailyPayments: record.dailyPayments, category: words[record.category],
      city: words[record.city], registeredAt: record.registeredAt,
      closedAt: closings[number]?.at, closingReason: closings[number]?.reason ?? .none,
      lastEvent: record.lastEvent, events: record.events)
  }

  @inline(__always)
  private func record(_ number: MerchantNumber) -> Record { records[Int(number.rawValue) - 1] }

  public func tier(_ number: MerchantNumber) -> Tier {
    Tier(rawValue: record(number).tier) ?? .unknown
  }
  public func platform(_ number: MerchantNumber) -> ShopPlatform {
    ShopPlatform(rawValue: record(number).platform) ?? .taobao
  }
  public func dailyPayments(_ number: MerchantNumber) -> UInt32 { record(number).dailyPayments }
  public func external(_ number: MerchantNumber) -> ExternalID { index.external(number) }
  /// The bytes of a merchant's external id, where they lie.
  @inline(__always)
  @_lifetime(borrow self)
  public func externalBytes(_ number: MerchantNumber) -> RawSpan { index.bytes(number) }
  /// The number of a category that was made known; nil for any other.
  public func categoryNumber(_ category: ShortText) -> UInt16? { words.find(category) }
  /// The number of a merchant's category.
  @inline(__always)
  public func categoryNumber(of number: MerchantNumber) -> UInt16 { record(number).category }
  public func category(_ number: MerchantNumber) -> ShortText { words[record(number).category] }
  /// The number of a merchant's category, below `wordCount`: equal ones have equal numbers.
  @inline(__always)
  public func categoryNumber(_ number: MerchantNumber) -> Int { Int(record(number).category) }
  public var wordCount: Int { words.words.count }
  public func category(ofNumber number: Int) -> ShortText { words.words[number] }
  public func isClosed(_ number: MerchantNumber) -> Bool {
    number != .none && record(number).closed != 0
  }

  /// Makes a part of the memory ready in which merchants are switched under a rollout that is about
  /// to begin, by its number less one.
  @inline(__always)
  public mutating func prepare(_ rollout: Int) {
    if standings.indices.contains(rollout) { standings[rollout].prepare() }
  }

  /// Copies what another book shares of what events of known merchants change.
  public mutating func separate() {
    records.separate()
    for row in standings.indices { standings[row].separate() }
  }

  /// Every closed merchant, in no order.
  public func forEachClosed(_ body: (MerchantNumber) -> Void) {
    for merchant in closings.keys { body(merchant) }
  }

  /// Whether a category and a city are known or can still be made known.
  public func hasWords(_ category: ShortText, _ city: ShortText) -> Bool {
    !words.isFull || (words.holds(category) && words.holds(city))
  }

  /// The position of a merchant's latest event; `.none` for no merchant.
  public func lastEvent(_ number: MerchantNumber) -> Position {
    number == .none ? .none : record(number).lastEvent
  }

  /// The standing of all merchants under a rollout that has been announced.
  public func standing(_ rollout: RolloutNumber) -> Standing? {
    let row = Int(rollout.rawValue) - 1
    return standings.indices.contains(row) ? standings[row] : nil
  }

  // Asked where it stands: a standing that is read out takes hold of all its buffers.

  @inline(__always)
  public func state(_ merchant: MerchantNumber, _ rollout: RolloutNumber) -> MerchantState {
    let row = Int(rollout.rawValue) - 1
    return standings.indices.contains(row) ? standings[row].state(merchant) : .pending
  }

  /// The wave in which a merchant was enabled; `.none` where it never was.
  @inline(__always)
  public func wave(_ merchant: MerchantNumber, _ rollout: RolloutNumber) -> WaveNumber {
    let row = Int(rollout.rawValue) - 1
    return standings.indices.contains(row) ? standings[row].wave(merchant) : .none
  }

  /// When a merchant's state last changed; `.none` where it is still pending.
  @inline(__always)
  public func changedAt(_ merchant: MerchantNumber, _ rollout: RolloutNumber) -> Timestamp {
    let row = Int(rollout.rawValue) - 1
    return standings.indices.contains(row) ? standings[row].changedAt(merchant) : .none
  }

  /// Whether orders at a merchant could be paid through an institution at an instant.
  public func isOpen(
    _ institution: Institution, at merchant: MerchantNumber, when instant: Timestamp
  ) -> Bool {
    if isClosed(merchant), let closing = closings[merchant], instant >= closing.at { return false }
    if let opened = openedToAll[Int(institution.rawValue)], instant >= opened { return true }
    guard merchant != .none else { return false }
    for standing in standings
    where standing.institution == institution && standing.wasOn(merchant, when: instant) {
      return true
    }
    return false
  }

  /// On which side of a rollout's opening a merchant stood at an instant, the rollout by its number
  /// less one; nil where it was on neither, not registered yet, or closed.
  @inline(__always)
  func side(_ merchant: MerchantNumber, _ row: Int, when instant: Timestamp) -> OpeningSide? {
    let record = record(merchant)
    guard standings.indices.contains(row), instant >= record.registeredAt else { return nil }
    if record.closed != 0, let closing = closings[merchant], instant >= closing.at { return nil }
    return standings[row].side(merchant, when: instant)
  }

  /// Whether a merchant was ever enabled under a rollout, by its number less one.
  @inline(__always)
  func wasEverOn(_ merchant: MerchantNumber, _ row: Int) -> Bool {
    standings[row].enabledAt(merchant) != .none
  }

  /// The merchant's stratum as the registry stands.
  @inline(__always)
  public func stratum(_ merchant: MerchantNumber) -> Stratum {
    Stratum(tier: tier(merchant), dailyPayments: dailyPayments(merchant))
  }

  /// The part of a span in which a merchant was registered and not closed.
  public func lifetime(
    _ merchant: MerchantNumber, in span: (from: Timestamp, to: Timestamp)
  ) -> (from: Timestamp, to: Timestamp) {
    let record = record(merchant)
    let closing = record.closed == 0 ? nil : closings[merchant]
    return (max(span.from, record.registeredAt), min(span.to, closing?.at ?? span.to))
  }

  /// Whether an institution is open at every merchant, outside any rollout.
  public func isOpenToAll(_ institution: Institution) -> Bool {
    openedToAll[Int(institution.rawValue)] != nil
  }
}

/// What is known of one merchant, read out of the columns.
public struct Merchant: Hashable, Sendable {
  public var number: MerchantNumber
  public var external: ExternalID
  public var platform: ShopPlatform
  public var tier: Tier
  /// Usual payments a day; 0 = not stated.
  public var dailyPayments: UInt32
  public var category: ShortText
  public var city: ShortText
  public var registeredAt: Timestamp
  public var closedAt: Timestamp?
  public var closingReason: ShortText
  /// Its latest event.
  public var lastEvent: Position
  /// How many events name it.
  public var events: UInt32
}

extension MerchantBook {
  /// Folds one event.
  ///
  /// - Throws: `DecodeFault.unknownReference` where it names a merchant or a rollout that no
  ///   earlier event made known.
  public mutating func apply(_ event: Event, at position: Position) throws(DecodeFault) {
    if let step = MerchantSwitch(event) { return try apply(step, at: position) }
    let header = event.header
    if case .merchantRegistered(let fields) = event.payload {
      try register(fields, header)
    }
    try check(header.merchant, needed: event.kind.concernsOneMerchant)
    switch event.payload {
    case .merchantUpdated(let fields):
      update(header.merchant, fields)
    case .merchantClosed(let reason):
      closings[header.merchant] = Closing(at: header.logTime, reason: reason.reason)
      records[Int(header.merchant.rawValue) - 1].closed = 1
    case .logCreated(let fields):
      genesis = header.logTime
      index.name(LogID(low: fields.logIDLow, high: fields.logIDHigh))
    case .institutionOpened(let fields):
      // What was open when the log began had been open before: orders placed then are no
      // discrepancy.
      openedToAll[Int(fields.institution.rawValue)] =
        header.logTime == genesis ? Timestamp(rawValue: .min) : header.logTime
    case .rolloutConsulted(let fields):
      try begin(fields.rollout, fields.institution)
    case .rolloutAnnounced(let fields):
      try begin(fields.rollout, fields.institution)
    case .merchantExcluded(let fields):
      let row = try standingRow(fields.rollout)
      let before = onCell(header.merchant, row)
      standings[row].exclude(header.merchant, fields.reason, at: header.logTime)
      if let before { onCounts[row].remove(before) }
    default:
      break
    }
    count(header.merchant, position)
  }

  /// Folds the switching of a merchant.
  ///
  /// - Throws: as for any event.
  @inline(__always)
  public mutating func apply(_ step: MerchantSwitch, at position: Position) throws(DecodeFault) {
    let merchant = step.header.merchant
    let time = step.header.logTime
    try check(merchant, needed: true)
    let row = try standingRow(step.rollout)
    let before = onCell(merchant, row)
    switch step.kind {
    case .merchantRolledBack: standings[row].turn(merchant, .rolledBack, at: time)
    case .merchantReinstated: standings[row].reinstate(merchant, at: time)
    default:
      standings[row].enable(merchant, wave: step.wave, plannedAt: step.plannedAt, at: time)
    }
    if let before { onCounts[row].remove(before) }
    if let after = onCell(merchant, row) { onCounts[row].add(after) }
    count(merchant, position)
  }

  /// Where a merchant is counted that is on under a rollout; nil for one that is off.
  @inline(__always)
  private func onCell(_ merchant: MerchantNumber, _ row: Int) -> OnCounts.Cell? {
    guard standings[row].state(merchant).isOn else { return nil }
    let record = records[Int(merchant.rawValue) - 1]
    return OnCounts.Cell(
      wave: standings[row].wave(merchant), tier: record.tier, category: record.category)
  }

  @inline(__always)
  private func check(
    _ merchant: MerchantNumber, needed: Bool = false
  ) throws(DecodeFault) {
    guard merchant.rawValue <= UInt32(count), !needed || merchant != .none else {
      throw .unknownReference(.init("merchant_number"), UInt64(merchant.rawValue))
    }
  }

  /// Counts an event of a merchant; of a payment nothing else is kept here.
  ///
  /// - Returns: the number of the merchant's platform; 0 where it is not registered.
  @discardableResult
  @inline(__always)
  public mutating func note(
    _ merchant: MerchantNumber, _ position: Position
  ) throws(DecodeFault) -> UInt8 {
    try check(merchant)
    return count(merchant, position)
  }

  @discardableResult
  @inline(__always)
  private mutating func count(_ merchant: MerchantNumber, _ position: Position) -> UInt8 {
    guard merchant.rawValue != 0 else { return 0 }
    return records.modify(Int(merchant.rawValue) - 1) { record in
      record.lastEvent = position
      record.events += 1
      return record.platform
    }
  }

  private mutating func register(
    _ fields: MerchantRegistered, _ header: EventHeader
  ) throws(DecodeFault) {
    guard
      Int(header.merchant.rawValue) == count + 1, !fields.external.isEmpty,
      !index.findsIDs || number(fields.external) == nil,
      hasWords(fields.category, fields.city)
    else {
      throw .unknownReference(.init("merchant_number"), UInt64(header.merchant.rawValue))
    }
    _ = index.append(fields.external)
    records.append(
      Record(
        registeredAt: header.logTime, dailyPayments: fields.dailyPayments,
        category: words.number(fields.category), city: words.number(fields.city),
        tier: fields.tier.rawValue, platform: fields.platform.rawValue))
    for row in standings.indices { standings[row].grow(to: index.count) }
  }

  private mutating func update(_ merchant: MerchantNumber, _ fields: MerchantUpdated) {
    guard hasWords(fields.category, fields.city) else { return }
    updates += 1
    let row = Int(merchant.rawValue) - 1
    for rollout in standings.indices {
      if let cell = onCell(merchant, rollout) { onCounts[rollout].remove(cell) }
    }
    records[row].platform = fields.platform.rawValue
    records[row].tier = fields.tier.rawValue
    records[row].dailyPayments = fields.dailyPayments
    records[row].category = words.number(fields.category)
    records[row].city = words.number(fields.city)
    for rollout in standings.indices {
      if let cell = onCell(merchant, rollout) { onCounts[rollout].add(cell) }
    }
  }

  private mutating func begin(
    _ rollout: RolloutNumber, _ institution: Institution
  ) throws(DecodeFault) {
    guard rollout != .none, Int(rollout.rawValue) <= standings.count + 1 else {
      throw .unknownReference(.init("rollout"), UInt64(rollout.rawValue))
    }
    while standings.count < Int(rollout.rawValue) {
      standings.append(Standing(institution: institution, merchants: index.count))
      onCounts.append(OnCounts())
    }
  }

  @inline(__always)
  private func standingRow(_ rollout: RolloutNumber) throws(DecodeFault) -> Int {
    guard rollout != .none, Int(rollout.rawValue) <= standings.count else {
      throw .unknownReference(.init("rollout"), UInt64(rollout.rawValue))
    }
    return Int(rollout.rawValue) - 1
  }
}

extension MerchantBook: Projection {
  public mutating func apply(_ batch: borrowing EventBatch) throws(DecodeFault) {
    for index in 0..<batch.count {
      let head = batch.head(index)
      if EventKind.isPayment(head.kind) {
        try note(MerchantNumber(head.merchant), batch.position(index))
      } else {
        try apply(try batch.event(index), at: batch.position(index))
      }
    }
  }
}
