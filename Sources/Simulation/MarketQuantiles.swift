// A distribution as a table: what stands at which place when all values are put in order.

/// Values by their place, straight lines between the points of a table.
struct MarketQuantiles: Sendable {
  /// A place is a number of so many bits: few enough that a product stays within 64.
  static let bits: UInt64 = 24
  /// What a place in the table is a part of.
  private static let whole: Int64 = 100_000

  private let points: [(place: Int64, value: Int64)]

  /// A table of places, from 0 to 100,000, with their values.
  init(_ points: [(place: Int64, value: Int64)]) {
    precondition(
      points.count > 1 && points[0].place == 0 && points[points.count - 1].place == Self.whole,
      "a table goes from place 0 to \(Self.whole)")
    for index in points.indices.dropFirst() {
      precondition(
        points[index - 1].place < points[index].place
          && points[index - 1].value <= points[index].value, "a table rises")
    }
    self.points = points
  }

  /// The value at a place of `bits` bits.
  func value(at place: UInt64) -> Int64 {
    precondition(place < 1 << Self.bits, "a place lies beyond the table")
    let scaled = Int64(place) * Self.whole
    var index = 1
    while points[index].place << Int64(Self.bits) <= scaled { index += 1 }
    let (low, high) = (points[index - 1], points[index])
    let begin = low.place << Int64(Self.bits)
    let width = (high.place - low.place) << Int64(Self.bits)
    return low.value + (high.value - low.value) * (scaled - begin) / width
  }
}
