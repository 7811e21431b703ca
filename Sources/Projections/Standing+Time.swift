// For how long merchants were on or not yet enabled under a rollout, and which of both at an
// instant.

public import Events

/// On which side of an opening a merchant stands: whoever was withdrawn or excluded is on neither.
public enum OpeningSide: Sendable {
  case on
  case notYet
}

extension Standing {
  /// The side of a merchant at an instant; nil where it was on neither.
  @inline(__always)
  public func side(_ merchant: MerchantNumber, when instant: Timestamp) -> OpeningSide? {
    let place = places[Int(merchant.rawValue) - 1]
    if place.turn != 0 { return side(place, when: instant) }
    return place.firstOn != .none && instant >= place.firstOn ? .on : .notYet
  }

  @inline(never)
  private func side(_ place: Place, when instant: Timestamp) -> OpeningSide? {
    var number = place.turn
    while number > 0 {
      let turn = turns[Int(number) - 1]
      if turn.at <= instant {
        return turn.state.isOn ? .on : turn.state == .pending ? .notYet : nil
      }
      number = turn.before
    }
    return place.firstOn != .none && instant >= place.firstOn ? .on : .notYet
  }

  /// How many seconds of a span a merchant was not yet enabled, and not excluded.
  public func secondsNotYet(
    _ merchant: MerchantNumber, from start: Timestamp, to end: Timestamp
  ) -> Int64 {
    let place = places[Int(merchant.rawValue) - 1]
    var (sum, until) = (Int64(0), place.firstOn == .none ? end : min(end, place.firstOn))
    var number = place.turn
    while number > 0, until > start {
      let turn = turns[Int(number) - 1]
      if turn.at < until {
        if turn.state == .pending { sum += until.seconds - max(turn.at, start).seconds }
        until = turn.at
      }
      number = turn.before
    }
    return sum + max(0, until.seconds - start.seconds)
  }

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
