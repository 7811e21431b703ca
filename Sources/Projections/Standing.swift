// Where every merchant stands under one rollout, and where it stood at any instant before.
//
// A merchant's sixteen bytes lie together: merchants are enabled in an order that jumps through all
// of them, and so each costs one miss of the cache instead of one a column.

public import Events
import Platform

/// The states of all merchants under one rollout.
public struct Standing: Sendable {
  public let institution: Institution
  private(set) var places: LargeArray<Place>
  /// When the plan had each wave open, by its number: the same for nearly all of its merchants.
  private(set) var plannedByWave: [Timestamp] = []
  /// For who was enabled with another planned instant than its wave's.
  private(set) var plannedElse: [MerchantNumber: Timestamp] = [:]
  /// Every later change, for merchants that have one, in the order of time; each names the one
  /// before it of the same merchant.
  private(set) var turns = LargeArray<Turn>()
  private(set) var reasons: [MerchantNumber: ShortText] = [:]
  /// Every switching on, in the order of events: from its end to its beginning, whoever is on comes
  /// by first at its latest one, and so the last in is the first out.
  private(set) var switchings = LargeArray<MerchantNumber>()
  /// How many merchants are in each state, by the state's number.
  private var tally = InlineArray<5, Int>(repeating: 0)
  /// How many merchants were enabled at least once.
  public private(set) var everEnabled = 0

  /// 16 bytes without padding, of integers alone, for a snapshot holds them as they lie in memory.
  struct Place: Sendable, BitwiseCopyable {
    /// When it was first opened; `.none` where it never was.
    var firstOn = Timestamp.none
    /// Its latest turn, counted from 1; 0 where it has none.
    var turn: UInt32 = 0
    var wave = WaveNumber.none
    /// The number of a `MerchantState`.
    var stateNumber = MerchantState.pending.rawValue
    var reserved: UInt8 = 0

    var state: MerchantState { MerchantState(rawValue: stateNumber) ?? .pending }
  }

  /// The institution was switched on or off at a merchant.
  ///
  /// 16 bytes like a `Place`.
  struct Turn: Sendable, BitwiseCopyable {
    var at: Timestamp
    /// The turn before it, counted from 1; 0 where there is none.
    var before: UInt32
    /// The number of a `MerchantState`.
    var stateNumber: UInt8
    var reserved: (UInt8, UInt8, UInt8) = (0, 0, 0)

    var state: MerchantState { MerchantState(rawValue: stateNumber) ?? .pending }
  }

  init(institution: Institution, merchants: Int) {
    self.institution = institution
    // Zero bytes are a merchant that nothing has happened to.
    places = LargeArray(zeroed: merchants)
    tally[Int(MerchantState.pending.rawValue)] = merchants
  }

  /// How many merchants stand in a state; closed ones count where they stood.
  public func count(_ state: MerchantState) -> Int { tally[Int(state.rawValue)] }

  /// How many are on; closed ones count where they stood.
  public var countOn: Int { count(.enabled) + count(.reinstated) }

  /// How often somebody was switched on.
  public var switchingCount: Int { switchings.count }

  /// Who was switched on at a place in the row of all switchings on.
  @inline(__always)
  public func switchedOn(_ place: Int) -> MerchantNumber { switchings[place] }

  /// Asks for a merchant's place, for who looks at it a little later.
  @inline(__always)
  func prefetch(_ merchant: MerchantNumber) { places.prefetch(row(merchant)) }

  @inline(__always)
  public func state(_ merchant: MerchantNumber) -> MerchantState { places[row(merchant)].state }
  @inline(__always)
  public func wave(_ merchant: MerchantNumber) -> WaveNumber { places[row(merchant)].wave }
  public func reason(_ merchant: MerchantNumber) -> ShortText {
    reasons.isEmpty ? .none : reasons[merchant] ?? .none
  }

  /// When the plan had the merchant's wave open; `.none` before it was enabled.
  public func plannedAt(_ merchant: MerchantNumber) -> Timestamp {
    if !plannedElse.isEmpty, let planned = plannedElse[merchant] { return planned }
    let wave = Int(places[row(merchant)].wave.rawValue)
    return plannedByWave.indices.contains(wave) ? plannedByWave[wave] : .none
  }

  /// When the merchant was first enabled; `.none` before.
  public func enabledAt(_ merchant: MerchantNumber) -> Timestamp {
    places[row(merchant)].firstOn
  }

  /// When its state last changed; `.none` where it is still pending.
  public func changedAt(_ merchant: MerchantNumber) -> Timestamp {
    let place = places[row(merchant)]
    return place.turn == 0 ? place.firstOn : turns[Int(place.turn) - 1].at
  }

  /// When it was rolled back last; `.none` where it never was.
  public func rolledBackAt(_ merchant: MerchantNumber) -> Timestamp {
    var number = places[row(merchant)].turn
    while number > 0 {
      let turn = turns[Int(number) - 1]
      if turn.state == .rolledBack { return turn.at }
      number = turn.before
    }
    return .none
  }

  /// Where the merchant stood at an instant.
  public func state(_ merchant: MerchantNumber, when instant: Timestamp) -> MerchantState {
    let place = places[row(merchant)]
    var number = place.turn
    while number > 0 {
      let turn = turns[Int(number) - 1]
      if turn.at <= instant { return turn.state }
      number = turn.before
    }
    return place.firstOn != .none && instant >= place.firstOn ? .enabled : .pending
  }

  /// Whether the institution was open at the merchant at an instant.
  public func wasOn(_ merchant: MerchantNumber, when instant: Timestamp) -> Bool {
    let place = places[row(merchant)]
    guard place.firstOn != .none, instant >= place.firstOn else { return false }
    var number = place.turn
    while number > 0 {
      let turn = turns[Int(number) - 1]
      if turn.at <= instant { return turn.state.isOn }
      number = turn.before
    }
    return true
  }

  @inline(__always)
  private func row(_ merchant: MerchantNumber) -> Int { Int(merchant.rawValue) - 1 }
}

// What events change.
extension Standing {
  mutating func prepare() { places.prepare() }

  mutating func separate() {
    places.separate()
    turns.separate()
    switchings.separate()
  }

  mutating func grow(to merchants: Int) {
    while places.count < merchants {
      places.append(Place())
      tally[Int(MerchantState.pending.rawValue)] += 1
    }
  }

  mutating func enable(
    _ merchant: MerchantNumber, wave: WaveNumber, plannedAt: Timestamp, at time: Timestamp
  ) {
    plan(merchant, wave, plannedAt)
    let (isFirst, hasTurn) = places.modify(row(merchant)) { place in
      place.wave = wave
      let isFirst = place.firstOn == .none
      if isFirst { place.firstOn = time }
      return (isFirst, place.turn != 0)
    }
    if isFirst { everEnabled += time == .none ? 0 : 1 }
    if isFirst, !hasTurn {
      move(merchant, .enabled)
    } else {
      turn(merchant, .enabled, at: time)
    }
  }

  private mutating func plan(
    _ merchant: MerchantNumber, _ wave: WaveNumber, _ plannedAt: Timestamp
  ) {
    let number = Int(wave.rawValue)
    while plannedByWave.count <= number { plannedByWave.append(.none) }
    // Who is in no wave stands at 0, which stays `.none`.
    if wave != .none, plannedByWave[number] == .none { plannedByWave[number] = plannedAt }
    if wave != .none, plannedAt != .none, plannedByWave[number] == plannedAt {
      if !plannedElse.isEmpty { plannedElse[merchant] = nil }
    } else {
      plannedElse[merchant] = plannedAt
    }
  }

  mutating func turn(_ merchant: MerchantNumber, _ state: MerchantState, at time: Timestamp) {
    let number = UInt32(turns.count + 1)
    let before = places.modify(row(merchant)) { place in
      let before = place.turn
      place.turn = number
      return before
    }
    turns.append(Turn(at: time, before: before, stateNumber: state.rawValue))
    move(merchant, state)
  }

  /// Back to what it was: on where it had been on before, pending where it never was.
  mutating func reinstate(_ merchant: MerchantNumber, at time: Timestamp) {
    if !reasons.isEmpty { reasons[merchant] = nil }
    turn(merchant, places[row(merchant)].firstOn == .none ? .pending : .reinstated, at: time)
  }

  mutating func exclude(_ merchant: MerchantNumber, _ reason: ShortText, at time: Timestamp) {
    reasons[merchant] = reason
    turn(merchant, .excluded, at: time)
  }

  private mutating func move(_ merchant: MerchantNumber, _ state: MerchantState) {
    let before = places.modify(row(merchant)) { place in
      let before = place.state
      place.stateNumber = state.rawValue
      return before
    }
    tally[Int(before.rawValue)] -= 1
    tally[Int(state.rawValue)] += 1
    if state.isOn, !before.isOn { switchings.append(merchant) }
  }
}

extension Standing {
  func write(to section: inout SectionWriter) {
    section.u8(institution.rawValue)
    turns.write(to: &section)
    switchings.write(to: &section)
    places.write(to: &section)
    section.count(plannedByWave.count)
    for planned in plannedByWave { section.instant(planned) }
    section.count(plannedElse.count)
    for (merchant, planned) in plannedElse.sorted(by: { $0.key < $1.key }) {
      section.u32(merchant.rawValue)
      section.instant(planned)
    }
    section.count(reasons.count)
    for (merchant, reason) in reasons.sorted(by: { $0.key < $1.key }) {
      section.u32(merchant.rawValue)
      section.text(reason)
    }
  }

  /// The counts are made again from the places.
  init(from section: inout SectionReader, merchants: Int) throws(SectionFault) {
    institution = section.u8(or: .alipay)
    turns = try Standing.readTurns(&section)
    switchings = try LargeArray(from: &section) { switchings in
      var isSound = true
      for index in switchings.indices {
        isSound = isSound && Int(switchings[index].rawValue &- 1) < merchants
      }
      return isSound
    }
    let turnCount = UInt32(truncatingIfNeeded: turns.count)
    var tally = InlineArray<5, Int>(repeating: 0)
    var everEnabled = 0
    places = try LargeArray(from: &section) { places in
      var isSound = true
      for index in places.indices {
        let place = places[index]
        guard place.stateNumber < 5 else { return false }
        isSound = isSound && place.turn <= turnCount && place.reserved == 0
        tally[Int(place.stateNumber)] += 1
        everEnabled += place.firstOn == .none ? 0 : 1
      }
      return isSound
    }
    self.tally = tally
    self.everEnabled = everEnabled
    try section.require(
      places.count == merchants, "\(places.count) of \(merchants) merchants stand in a rollout")
    for _ in 0..<section.count(ofBytes: 8) { plannedByWave.append(section.instant()) }
    var last = MerchantNumber.none
    for _ in 0..<section.count(ofBytes: 12) {
      let merchant = try section.merchant(after: last, of: merchants)
      plannedElse[merchant] = section.instant()
      last = merchant
    }
    last = .none
    for _ in 0..<section.count(ofBytes: 5) {
      let merchant = try section.merchant(after: last, of: merchants)
      reasons[merchant] = section.text()
      last = merchant
    }
    try section.require(plannedByWave.count <= 1 << 16, "a rollout has too many waves")
  }

  /// Each turn names an earlier one, so that going back comes to an end.
  private static func readTurns(
    _ section: inout SectionReader
  ) throws(SectionFault) -> LargeArray<Turn> {
    var number: UInt32 = 0
    let turns = try LargeArray<Turn>(from: &section) { turns in
      var isSound = true
      for index in turns.indices {
        let turn = turns[index]
        isSound =
          isSound && turn.before <= number && turn.stateNumber < 5 && turn.reserved == (0, 0, 0)
        number &+= 1
      }
      return isSound
    }
    try section.require(turns.count < Int(UInt32.max) - 1 << 24, "a rollout has too many turns")
    return turns
  }
}
