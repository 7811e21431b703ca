// How often each address asks: the generic cell rate algorithm, one instant an address.
//
// Each request moves the instant at which the address has its whole burst again by one interval. A
// request that would move it further into the future than the burst is long comes too early.

import Platform

/// The rate of each address that has asked lately.
struct AddressRates {
  /// How many addresses are known at once.
  ///
  /// Further ones share one rate until some are silent.
  static let addressesMax = 4096

  private let interval: Int64
  private let tolerance: Int64
  /// When each has its burst again.
  private var full: [TCPPeer.Network: Int64] = [:]
  private var fullOfOthers: Int64 = .min

  /// - Parameters:
  ///   - perSecond: requests in the long run.
  ///   - burst: how many may come at once after a silence.
  init(perSecond: Int, burst: Int) {
    interval = 1_000_000_000 / Int64(perSecond)
    tolerance = Int64(burst - 1) * interval
  }

  var count: Int { full.count }

  /// Counts a request.
  ///
  /// - Parameter now: nanoseconds of a clock that never goes back.
  /// - Returns: nil where it may come, otherwise in how many nanoseconds the next may; one that may
  ///   not come does not count.
  mutating func take(_ address: TCPPeer.Network, now: Int64) -> Int64? {
    if full[address] == nil, full.count >= Self.addressesMax {
      // Who has its whole burst is as good as unknown.
      full = full.filter { $0.value > now }
    }
    let isKnown = full[address] != nil || full.count < Self.addressesMax
    let before = max(isKnown ? full[address] ?? now : fullOfOthers, now)
    guard before - now <= tolerance else { return before - now - tolerance }
    if isKnown { full[address] = before + interval } else { fullOfOthers = before + interval }
    return nil
  }
}
