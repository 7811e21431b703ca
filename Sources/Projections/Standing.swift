// Where every merchant stands under one rollout, and where it stood at any instant before.
//
// A merchant's sixteen bytes lie together: merchants are enabled in an order that jumps through all
// of them, and so each costs one miss of the cache instead of one a column.

public import Events

/// The states of all merchants under one rollout.
public struct Standing: Sendable {
  public let institution: Institution
  private var places: [Place]
  /// When the plan had each wave open, by its number: the same for nearly all of its merchants.
  private var plannedByWave: [Timestamp] = []
  /// For who was enabled with another planned instant than its wave's.
  private var plannedElse: [MerchantNumber: Timestamp] = [:]
  /// Every later change, for merchants that have one, in the order of time; each names the one
  /// before it of the same merchant.
  private var turns: [Turn] = []
  private var reasons: [MerchantNumber: ShortText] = [:]
  /// How many merchants are in each state, by the state's number.
  private var tally = InlineArray<5, Int>(repeating: 0)
  /// How many merchants were enabled at least once.
  public private(set) var everEnabled = 0

  private struct Place: Sendable {
    /// When it was first opened; `.none` where it never was.
    var firstOn = Timestamp.none
    /// Its latest turn, counted from 1; 0 where it has none.
    var turn: UInt32 = 0
    var wave = WaveNumber.none
    var state = MerchantState.pending
  }

  /// The institution was switched on or off at a merchant.
  private struct Turn: Sendable {
    var at: Timestamp
    /// The turn before it, counted from 1; 0 where there is none.
    var before: UInt32
    var state: MerchantState
  }

  init(institution: Institution, merchants: Int) {
    self.institution = institution
    places = [Place](repeating: Place(), count: merchants)
    tally[Int(MerchantState.pending.rawValue)] = merchants
  }

  /// How many merchants stand in a state; closed ones count where they stood.
  public func count(_ state: MerchantState) -> Int { tally[Int(state.rawValue)] }

  public func state(_ merchant: MerchantNumber) -> MerchantState { places[row(merchant)].state }
  public func wave(_ merchant: MerchantNumber) -> WaveNumber { places[row(merchant)].wave }
  public func reason(_ merchant: MerchantNumber) -> ShortText { reasons[merchant] ?? .none }

  /// When the plan had the merchant's wave open; `.none` before it was enabled.
  public func plannedAt(_ merchant: MerchantNumber) -> Timestamp {
    if let planned = plannedElse[merchant] { return planned }
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

  private func row(_ merchant: MerchantNumber) -> Int { Int(merchant.rawValue) - 1 }
}

// What events change.
extension Standing {
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
    let row = row(merchant)
    places[row].wave = wave
    let isFirst = places[row].firstOn == .none
    if isFirst {
      places[row].firstOn = time
      everEnabled += time == .none ? 0 : 1
    }
    if isFirst, places[row].turn == 0 {
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
    turns.append(Turn(at: time, before: places[row(merchant)].turn, state: state))
    places[row(merchant)].turn = UInt32(turns.count)
    move(merchant, state)
  }

  /// Back to what it was: on where it had been on before, pending where it never was.
  mutating func reinstate(_ merchant: MerchantNumber, at time: Timestamp) {
    reasons[merchant] = nil
    turn(merchant, places[row(merchant)].firstOn == .none ? .pending : .reinstated, at: time)
  }

  mutating func exclude(_ merchant: MerchantNumber, _ reason: ShortText, at time: Timestamp) {
    reasons[merchant] = reason
    turn(merchant, .excluded, at: time)
  }

  private mutating func move(_ merchant: MerchantNumber, _ state: MerchantState) {
    let row = row(merchant)
    tally[Int(places[row].state.rawValue)] -= 1
    places[row].state = state
    tally[Int(state.rawValue)] += 1
  }
}
