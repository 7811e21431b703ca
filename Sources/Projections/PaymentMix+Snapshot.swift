// The mix of payments in a snapshot.

public import Events
public import Platform

extension PaymentMix {
  /// The cells that have a count, each with its place.
  public func write(to section: inout SectionWriter) {
    section.plain(platforms)
    section.count(rowCount)
    for index in cells.indices where !cells[index].isEmpty {
      section.u32(UInt32(index))
      cells[index].forEach { section.i64($0) }
    }
  }

  /// - Parameter end: one past the last event that was folded: no count is larger.
  public init(
    from section: inout SectionReader, end: Position, merchants: Int
  ) throws(SectionFault) {
    platforms = try section.plain(UInt8.self) { platforms in
      var highest: UInt8 = 0
      for index in platforms.indices { highest = max(highest, platforms[index]) }
      return Int(highest) < PaymentMix.platformCount
    }
    try section.require(
      platforms.count == merchants + 1, "\(platforms.count) platforms of \(merchants) merchants")
    var sums = [Int64](repeating: 0, count: Cell.figureCount)
    var next = 0
    for _ in 0..<section.count(ofBytes: 4 + 8 * Cell.figureCount) {
      let index = Int(section.u32())
      try section.require(
        index >= next && index < PaymentMix.cellCount, "a cell of the mix is out of its order")
      cells[index].change { $0 = section.i64() }
      try section.require(!cells[index].isEmpty, "a cell of the mix has no count")
      next = index + 1
      var isSound = true
      var figure = 0
      cells[index].forEach { value in
        let (sum, isOver) = sums[figure].addingReportingOverflow(value)
        isSound = isSound && (value >= 0 || Cell.isRefunded(figure)) && !isOver
        isSound = isSound && value.magnitude <= UInt64(PaymentRules.sumMax)
        isSound = isSound && sum <= PaymentRules.sumMax && sum >= -PaymentRules.sumMax
        isSound = isSound && (Cell.isAmount(figure) || sum <= Int64(end.rawValue))
        sums[figure] = sum
        figure += 1
      }
      try section.require(isSound, "the sums of the mix are not those of its payments")
    }
  }
}

extension PaymentMix.Cell {
  fileprivate static let figureCount = 10 + 7

  /// Whether a figure is money and no count.
  fileprivate static func isAmount(_ figure: Int) -> Bool { [1, 2, 3, 6].contains(figure) }

  /// Whether it is what was refunded, which may be moved from one cell to another.
  fileprivate static func isRefunded(_ figure: Int) -> Bool { figure == 6 }

  fileprivate func forEach(_ body: (Int64) -> Void) {
    var copy = self
    copy.change { body($0) }
  }

  /// Every figure, in the order of their declaration.
  fileprivate mutating func change(_ body: (inout Int64) -> Void) {
    body(&capturedCount)
    body(&capturedFen)
    body(&paidFen)
    body(&balanceFen)
    body(&balanceKnownCount)
    body(&refundedCount)
    body(&refundedFen)
    body(&pendingCount)
    body(&closedCount)
    body(&attemptedCount)
    for index in failed.indices { body(&failed[index]) }
  }
}
