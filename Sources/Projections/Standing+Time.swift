// For how long merchants were on under a rollout.

public import Events

extension Standing {
  /// How many seconds of a span the institution was open at a merchant.
  public func secondsOn(
    _ merchant: MerchantNumber, from start: Timestamp, to end: Timestamp
  ) -> Int64 {
    let place = places[Int(merchant.rawValue) - 1]
    guard place.firstOn != .none, place.firstOn < end else { return 0 }
    var (sum, until) = (Int64(0), end)
    var number = place.turn
    while number > 0, until > start {
      let turn = turns[Int(number) - 1]
      if turn.at < until {
        if turn.state.isOn { sum += max(0, until.seconds - max(turn.at, start).seconds) }
        until = turn.at
      }
      number = turn.before
    }
    return sum + max(0, until.seconds - max(place.firstOn, start).seconds)
  }
}
