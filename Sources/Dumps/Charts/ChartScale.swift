// Numbers on a line of pixels: integers all the way, so that a chart has the same bytes everywhere.

/// Puts the numbers of a range on a line.
struct ChartScale {
  let from: Int64
  let to: Int64
  let low: Int
  let high: Int

  /// The pixel of a number, rounded half up; a number outside the range lies at its end.
  func place(_ value: Int64) -> Int {
    guard to > from else { return low }
    let part = UInt64(min(max(value, from), to) - from)
    let (whole, length) = (UInt64(to - from), UInt64((high - low).magnitude))
    let doubled = part.multipliedFullWidth(by: 2 * length)
    let (sum, isOver) = doubled.low.addingReportingOverflow(whole)
    let pixels = (whole * 2).dividingFullWidth((doubled.high + (isOver ? 1 : 0), sum)).quotient
    return high >= low ? low + Int(pixels) : low - Int(pixels)
  }

  /// Round numbers from 0 up to the first that is no smaller than the highest one: at most six.
  static func ticks(upTo highest: Int64) -> [Int64] {
    let highest = min(max(highest, 1), 1 << 60)
    var power: Int64 = 1
    while true {
      for factor in [1, 2, 5] as [Int64] {
        let step = factor * power
        let count = (highest + step - 1) / step
        if count <= 5 { return (0...count).map { $0 * step } }
      }
      power *= 10
    }
  }
}

/// The two widths in which each chart is drawn; the style sheet shows one of them.
enum ChartSize: CaseIterable {
  case wide
  case narrow

  /// The class of its element.
  var name: StaticString {
    switch self {
    case .wide: "wide"
    case .narrow: "narrow"
    }
  }
}
