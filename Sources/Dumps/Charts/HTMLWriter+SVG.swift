// The elements of a chart.

extension HTMLWriter {
  private mutating func attribute(_ name: StaticString, _ value: Int) {
    markup(name)
    text("\(value)")
    markup("\"")
  }

  /// Opens a chart that has a name, and in words what it shows.
  ///
  /// - Parameter id: of this page's own; no two charts have the same.
  mutating func beginChart(
    _ id: StaticString, _ size: ChartSize, width: Int, height: Int, title: String,
    description: String
  ) {
    markup("<svg class=\"chart ")
    markup(size.name)
    markup("\" role=\"img\" aria-labelledby=\"")
    markup(id)
    markup("-t-")
    markup(size.name)
    markup(" ")
    markup(id)
    markup("-d-")
    markup(size.name)
    markup("\" viewBox=\"0 0 ")
    text("\(width) \(height)")
    attribute("\" width=\"", width)
    attribute(" height=\"", height)
    markup("><title id=\"")
    markup(id)
    markup("-t-")
    markup(size.name)
    markup("\">")
    text(title)
    markup("</title><desc id=\"")
    markup(id)
    markup("-d-")
    markup(size.name)
    markup("\">")
    text(description)
    markup("</desc>\n")
  }

  mutating func endChart() { markup("</svg>\n") }

  mutating func line(_ style: StaticString, _ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int) {
    markup("<line class=\"")
    markup(style)
    attribute("\" x1=\"", x1)
    attribute(" y1=\"", y1)
    attribute(" x2=\"", x2)
    attribute(" y2=\"", y2)
    markup("/>")
  }

  mutating func rectangle(_ style: String, _ x: Int, _ y: Int, _ width: Int, _ height: Int) {
    markup("<rect class=\"")
    text(style)
    attribute("\" x=\"", x)
    attribute(" y=\"", y)
    attribute(" width=\"", max(0, width))
    attribute(" height=\"", max(0, height))
    markup("/>")
  }

  /// Words in a chart; `style` says how they are aligned to the point.
  mutating func words(_ style: StaticString, _ x: Int, _ y: Int, _ words: String) {
    markup("<text class=\"")
    markup(style)
    attribute("\" x=\"", x)
    attribute(" y=\"", y)
    markup(">")
    text(words)
    markup("</text>")
  }

  /// A line through points, or the area below it down to a height.
  mutating func path(_ style: StaticString, _ points: [(x: Int, y: Int)], downTo base: Int? = nil) {
    guard let first = points.first, let last = points.last else { return }
    markup("<path class=\"")
    markup(style)
    markup("\" d=\"M")
    text("\(first.x) \(first.y)")
    for point in points.dropFirst() { text("L\(point.x) \(point.y)") }
    if let base { text("L\(last.x) \(base)L\(first.x) \(base)Z") }
    markup("\"/>")
  }

  /// A sign at a point, ten pixels wide, that is told from the others by its form.
  mutating func sign(_ sign: ChartSign, _ x: Int, _ y: Int) {
    markup("<path class=\"sign ")
    text(sign.rawValue)
    markup("\" d=\"")
    switch sign {
    case .pause: text("M\(x - 3) \(y - 4)v8M\(x + 3) \(y - 4)v8")
    case .breach: text("M\(x - 4) \(y - 4)l8 8M\(x + 4) \(y - 4)l-8 8")
    case .rollBack: text("M\(x - 5) \(y - 4)h10l-5 9z")
    case .reinstatement: text("M\(x - 5) \(y + 4)h10l-5 -9z")
    }
    markup("\"/>")
  }
}

/// What happened at a moment.
enum ChartSign: String, CaseIterable {
  case pause
  case breach
  case rollBack = "roll-back"
  case reinstatement
}
