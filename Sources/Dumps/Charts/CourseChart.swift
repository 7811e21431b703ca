// Merchants that are let in, day by day: what was planned beside what was done, and what happened
// on the way.

/// Draws the course of a rollout.
struct CourseChart {
  /// An instant in seconds and how many were in by then.
  struct Point: Hashable {
    var at: Int64
    var merchants: Int64
  }

  /// The Beijing days, each with its first second and its label.
  var days: [(start: Int64, label: String)]
  /// One past the last second.
  var end: Int64
  /// The present; a line where it lies inside.
  var now: Int64
  /// Everybody who is to be let in.
  var whole: Int64
  var planned: [Point]
  var actual: [Point]
  var pauses: [(from: Int64, to: Int64)]
  var waves: [(at: Int64, number: String)]
  var signs: [(at: Int64, sign: ChartSign)]
  var title = ""
  var description = ""
  /// What stands beside the line of the present.
  var nowLabel = ""

  private struct Frame {
    let width: Int
    let height: Int
    let left: Int
    let top = 22
    let bottom = 40
    var right: Int { width - 12 }
    var floor: Int { height - bottom }

    init(_ size: ChartSize) {
      switch size {
      case .wide: (width, height, left) = (1080, 290, 62)
      case .narrow: (width, height, left) = (340, 260, 48)
      }
    }
  }

  func draw(_ size: ChartSize, to html: inout HTMLWriter) {
    let frame = Frame(size)
    html.beginChart(
      "course", size, width: frame.width, height: frame.height, title: title,
      description: description)
    let ticks = ChartScale.ticks(upTo: whole)
    let across = ChartScale(
      from: days.first?.start ?? 0, to: end, low: frame.left, high: frame.right)
    let up = ChartScale(from: 0, to: ticks.last ?? 1, low: frame.floor, high: frame.top)
    for pause in pauses {
      let from = across.place(pause.from)
      let width = max(2, across.place(pause.to) - from)
      html.rectangle("pause-band", from, frame.top, width, frame.floor - frame.top)
    }
    drawGrid(frame, ticks, across, up, size, to: &html)
    let points = { (course: [Point]) in
      CourseChart.thinned(course.map { (across.place($0.at), up.place($0.merchants)) })
    }
    html.path("area", points(actual), downTo: frame.floor)
    html.path("planned", points(planned))
    html.path("actual", points(actual))
    if let last = points(actual).last {
      html.rectangle("dot", last.x - 3, last.y - 3, 6, 6)
    }
    drawMarks(frame, across, to: &html)
    html.endChart()
  }

  private func drawGrid(
    _ frame: Frame, _ ticks: [Int64], _ across: ChartScale, _ up: ChartScale, _ size: ChartSize,
    to html: inout HTMLWriter
  ) {
    for tick in ticks {
      let y = up.place(tick)
      html.line(tick == 0 ? "axis" : "grid", frame.left, y, frame.right, y)
      html.words("end", frame.left - 8, y + 4, Figure.grouped(tick))
    }
    let room = size == .wide ? 74 : 40
    var free = 0
    for (index, day) in days.enumerated() {
      let x = across.place(day.start)
      let next = index + 1 < days.count ? across.place(days[index + 1].start) : frame.right
      if index > 0 { html.line("grid", x, frame.top, x, frame.floor) }
      let middle = (x + next) / 2
      guard middle - room / 2 >= free else { continue }
      free = middle + room / 2
      // Where there is little room the year is left out.
      html.words(
        "middle", middle, frame.height - 6,
        size == .wide ? day.label : String(day.label.dropFirst(5)))
    }
  }

  private func drawMarks(_ frame: Frame, _ across: ChartScale, to html: inout HTMLWriter) {
    var free = 0
    for wave in waves where wave.at >= days.first?.start ?? 0 && wave.at < end {
      let x = across.place(wave.at)
      html.line("wave", x, frame.top - 4, x, frame.floor)
      guard x - 9 >= free else { continue }
      free = x + 9
      html.words("middle wave-number", x, frame.top - 8, wave.number)
    }
    for mark in signs where mark.at >= days.first?.start ?? 0 && mark.at < end {
      // A pause has its band; its sign would lie under that of the breach that began it.
      let y = mark.sign == .pause ? frame.top + 9 : frame.floor + 12
      html.sign(mark.sign, across.place(mark.at) + (mark.sign == .pause ? 5 : 0), y)
    }
    guard now >= days.first?.start ?? 0, now < end else { return }
    let x = across.place(now)
    html.line("now", x, frame.top - 4, x, frame.floor)
    let isRight = x > frame.width - 60
    html.words(
      isRight ? "end now-label" : "now-label", isRight ? x - 5 : x + 5, frame.top + 10, nowLabel)
  }

  /// The same without points that lie on the one before, so that a year has no more than pixels.
  static func thinned(_ points: [(x: Int, y: Int)]) -> [(x: Int, y: Int)] {
    var kept: [(x: Int, y: Int)] = []
    for point in points where kept.last.map({ $0 != point }) ?? true {
      // Of three upon one pixel column only the first and the last are seen.
      if kept.count > 1, kept[kept.count - 1].x == point.x, kept[kept.count - 2].x == point.x {
        kept.removeLast()
      }
      kept.append(point)
    }
    return kept
  }
}
