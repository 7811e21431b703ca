// Payments by the group: the same decisions as one by one, with the tables asked ahead.

import Events

extension Runtime {
  /// Takes all notices of a group.
  public func submit(_ group: PaymentGroup) { submit(group, 0..<group.count) }

  /// Takes some notices in their order; each is a command of its own, and its answer stands in the
  /// group afterwards.
  ///
  /// The caller has seen to it that all of them fit (`hasRoom(behind:)`).
  public func submit(_ group: PaymentGroup, _ notices: Range<Int>) {
    let now = currentTime()
    guard front.take(group, notices, at: now) > 0 else { return }
    openTime = now
    openIsControl = false
  }
}
