// Shares by institution, one column a day: each series has its colour, its place in the column, and
// its texture.

import Events

/// Draws columns of shares.
struct StackChart {
  struct Column {
    var label: String
    /// By institution, in the order of their numbers.
    var counts: [Int64]
  }

  var columns: [Column]
  var title = ""
  var description = ""

  private struct Frame {
    let width: Int
    let height: Int
    let left = 44
    let top = 10
    let bottom = 24
    var right: Int { width - 6 }
    var floor: Int { height - bottom }

    init(_ size: ChartSize) {
      switch size {
      case .wide: (width, height) = (520, 250)
      case .narrow: (width, height) = (340, 230)
      }
    }
  }

  func draw(_ size: ChartSize, to html: inout HTMLWriter) {
    let frame = Frame(size)
    html.beginChart(
      "stack", size, width: frame.width, height: frame.height, title: title,
      description: description)
    let up = ChartScale(from: 0, to: 1000, low: frame.floor, high: frame.top)
    for permille in stride(from: Int64(0), through: 1000, by: 250) {
      let y = up.place(permille)
      html.line(permille == 0 ? "axis" : "grid", frame.left, y, frame.right, y)
      html.words("end", frame.left - 6, y + 4, "\(permille / 10) %")
    }
    let across = ChartScale(
      from: 0, to: Int64(max(columns.count, 1)), low: frame.left, high: frame.right)
    let most = columns.map { $0.counts.reduce(0, +) }.max() ?? 0
    var free = 0
    for (index, column) in columns.enumerated() {
      let (from, to) = (across.place(Int64(index)), across.place(Int64(index + 1)))
      let isThin = column.counts.reduce(0, +) < most / 20
      let gap =
        isThin ? (to - from) * 2 / 5 : max(1, min((to - from) / 7, 12), (to - from - 64) / 2)
      draw(column, from + gap, to - gap, up, to: &html)
      let middle = (from + to) / 2
      guard middle - 20 >= free else { continue }
      free = middle + 20
      html.words("middle", middle, frame.height - 6, column.label)
    }
    html.endChart()
  }

  private func draw(
    _ column: Column, _ from: Int, _ to: Int, _ up: ChartScale, to html: inout HTMLWriter
  ) {
    let sum = column.counts.reduce(0, +)
    guard sum > 0 else { return }
    let whole = ChartScale(from: 0, to: sum, low: up.low, high: up.high)
    var below: Int64 = 0
    for (institution, count) in zip(Institution.allCases, column.counts) where count > 0 {
      let (low, high) = (whole.place(below), whole.place(below + count))
      below += count
      guard low > high else { continue }
      html.rectangle("i\(institution.rawValue)", from, high, to - from, low - high)
      html.texture(institution, from, high, to, low)
      html.line("gap", from, high, to, high)
    }
  }
}

extension HTMLWriter {
  /// What tells an institution's part from the others without its colour.
  mutating func texture(_ institution: Institution, _ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int) {
    switch institution {
    case .alipay: return
    case .weChatPay:
      guard y2 - y1 > 4 else { return }
      for y in stride(from: y1 + 4, to: y2, by: 5) { line("hatch", x1, y, x2, y) }
    case .unionPay: for x in stride(from: x1 + 3, to: x2, by: 5) { line("hatch", x, y1, x, y2) }
    case .card:
      for x in stride(from: x1 + 3, to: x2 - 2, by: 7) { line("hatch", x, y2, x + 3, y1) }
    }
  }
}
