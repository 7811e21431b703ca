// The places of the command socket, so that nobody takes them all from those who steer: a uid has
// a part of them, and the last are kept for the daemon's own uid and root.

/// Counts who is connected.
struct ClientPlaces {
  /// How many clients may be connected.
  static let all = 256
  /// How many of them one uid may be that is not of the house.
  static let ofUser = all / 4
  /// How many are left to the house when everybody else is turned away.
  static let kept = all / 8

  /// The daemon's own uid and root, which may take every place.
  private let house: Set<UInt32>
  private var taken: [UInt32: Int] = [:]
  private(set) var count = 0

  init(house: Set<UInt32>) { self.house = house }

  /// Why a uid is not let in; nil where it is.
  func fault(for user: UInt32) -> WireFault? {
    let hint = "Close one, or try again later."
    guard count < ClientPlaces.all else {
      return WireFault("", "\(ClientPlaces.all) clients are connected", hint: hint)
    }
    if house.contains(user) { return nil }
    let own = taken[user, default: 0]
    guard own < ClientPlaces.ofUser else {
      return WireFault(
        "", "\(own) clients of uid \(user) are connected, as many as it may have", hint: hint)
    }
    guard count < ClientPlaces.all - ClientPlaces.kept else {
      return WireFault(
        "", "\(count) clients are connected, and the other places are kept for the daemon's uid",
        hint: hint)
    }
    return nil
  }

  mutating func enter(_ user: UInt32) {
    taken[user, default: 0] += 1
    count += 1
  }

  mutating func leave(_ user: UInt32) {
    let rest = taken[user, default: 1] - 1
    taken[user] = rest > 0 ? rest : nil
    count -= 1
  }
}
