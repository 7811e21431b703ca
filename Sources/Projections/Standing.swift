// Where every merchant stands under one rollout, and where it stood at any instant before.

package import Events

/// The states of all merchants under one rollout.
package struct Standing: Sendable {
  package let institution: Institution
  private var states: [MerchantState]
  private var waves: [WaveNumber]
  private var planned: [Timestamp]
  /// When it was first opened; `.none` where it never was.
  private var firstOn: [Timestamp]
  /// Every later change, for the few merchants that have one, in the order of time.
  private var turns: [MerchantNumber: [Turn]] = [:]
  private var reasons: [MerchantNumber: ShortText] = [:]
  /// How many merchants are in each state, by the state's number.
  private var tally: [Int]
  /// How many reinstatements and roll-backs there were; who remembers a place in the order of
  /// merchants learns from them that a merchant before it has changed.
  package private(set) var reinstatements: UInt64 = 0
  package private(set) var rollbacks: UInt64 = 0

  /// The institution was switched on or off at a merchant.
  private struct Turn: Sendable {
    var at: Timestamp
    var state: MerchantState
  }

  init(institution: Institution, merchants: Int) {
    self.institution = institution
    states = [MerchantState](repeating: .pending, count: merchants)
    waves = [WaveNumber](repeating: .none, count: merchants)
    planned = [Timestamp](repeating: .none, count: merchants)
    firstOn = [Timestamp](repeating: .none, count: merchants)
    tally = [Int](repeating: 0, count: MerchantState.allCases.count)
    tally[Int(MerchantState.pending.rawValue)] = merchants
  }

  /// How many merchants stand in a state; closed ones count where they stood.
  package func count(_ state: MerchantState) -> Int { tally[Int(state.rawValue)] }

  package func state(_ merchant: MerchantNumber) -> MerchantState { states[row(merchant)] }
  package func wave(_ merchant: MerchantNumber) -> WaveNumber { waves[row(merchant)] }
  package func reason(_ merchant: MerchantNumber) -> ShortText { reasons[merchant] ?? .none }

  /// When the plan had the merchant's wave open; `.none` before it was enabled.
  package func plannedAt(_ merchant: MerchantNumber) -> Timestamp { planned[row(merchant)] }

  /// When the merchant was first enabled; `.none` before.
  package func enabledAt(_ merchant: MerchantNumber) -> Timestamp { firstOn[row(merchant)] }

  /// When its state last changed; `.none` where it is still pending.
  package func changedAt(_ merchant: MerchantNumber) -> Timestamp {
    turns[merchant]?.last?.at ?? firstOn[row(merchant)]
  }

  /// Whether the institution was open at the merchant at an instant.
  package func wasOn(_ merchant: MerchantNumber, when instant: Timestamp) -> Bool {
    let first = firstOn[row(merchant)]
    guard first != .none, instant >= first else { return false }
    guard let changes = turns[merchant] else { return true }
    return changes.last { $0.at <= instant }?.state.isOn ?? true
  }

  private func row(_ merchant: MerchantNumber) -> Int { Int(merchant.rawValue) - 1 }

  mutating func grow(to merchants: Int) {
    while states.count < merchants {
      states.append(.pending)
      waves.append(.none)
      planned.append(.none)
      firstOn.append(.none)
      tally[Int(MerchantState.pending.rawValue)] += 1
    }
  }

  mutating func enable(
    _ merchant: MerchantNumber, wave: WaveNumber, plannedAt: Timestamp, at time: Timestamp
  ) {
    waves[row(merchant)] = wave
    planned[row(merchant)] = plannedAt
    if firstOn[row(merchant)] == .none && turns[merchant] == nil {
      firstOn[row(merchant)] = time
      move(merchant, .enabled)
    } else {
      if firstOn[row(merchant)] == .none { firstOn[row(merchant)] = time }
      turn(merchant, .enabled, at: time)
    }
  }

  mutating func turn(_ merchant: MerchantNumber, _ state: MerchantState, at time: Timestamp) {
    turns[merchant, default: []].append(Turn(at: time, state: state))
    if state == .rolledBack { rollbacks += 1 }
    move(merchant, state)
  }

  /// Back to what it was: on where it had been on before, pending where it never was.
  mutating func reinstate(_ merchant: MerchantNumber, at time: Timestamp) {
    reasons[merchant] = nil
    reinstatements += 1
    turn(merchant, firstOn[row(merchant)] == .none ? .pending : .reinstated, at: time)
  }

  mutating func exclude(_ merchant: MerchantNumber, _ reason: ShortText, at time: Timestamp) {
    reasons[merchant] = reason
    turn(merchant, .excluded, at: time)
  }

  private mutating func move(_ merchant: MerchantNumber, _ state: MerchantState) {
    tally[Int(states[row(merchant)].rawValue)] -= 1
    states[row(merchant)] = state
    tally[Int(state.rawValue)] += 1
  }
}
