// The sums of openings in a snapshot.

public import Events
public import Platform

extension OpeningSums {
  /// The rows that have a count, each with its place.
  public func write(to section: inout SectionWriter) {
    section.count(windows.count)
    for row in windows.indices {
      section.instant(windows[row].from)
      section.instant(windows[row].until)
      section.flag(scopes[row] != nil)
      scopes[row]?.write(to: &section)
      let rows = rows(row).enumerated().filter { !$0.element.isEmpty }
      section.count(rows.count)
      for (place, row) in rows {
        section.u16(UInt16(place))
        for sum in [row.on, row.notYet] {
          section.i64(sum.count)
          section.i64(sum.fen)
        }
      }
    }
  }

  /// Reads what `write` wrote, whatever the bytes are.
  ///
  /// - Parameter end: one past the last event that was folded: no count is larger.
  public init(from section: inout SectionReader, end: Position) throws(SectionFault) {
    self.init()
    let count = section.count(ofBytes: 25)
    try section.require(count < Int(UInt16.max), "there are openings of \(count) rollouts")
    for _ in 0..<count {
      let window = Window(from: section.instant(), until: section.instant())
      let isScoped = section.flag()
      let scope = isScoped ? PlanScope(from: &section) : nil
      append(window, scope, try OpeningSums.rows(&section, end))
    }
  }

  private static func rows(
    _ section: inout SectionReader, _ end: Position
  ) throws(SectionFault) -> [Row] {
    var rows: [Row] = []
    for _ in 0..<section.count(ofBytes: 34) {
      let place = Int(section.u16())
      try section.require(
        place >= rows.count && place < Stratum.places, "a stratum of an opening is out of its order"
      )
      rows += repeatElement(Row(), count: place - rows.count)
      let row = Row(
        on: Sum(count: section.i64(), fen: section.i64()),
        notYet: Sum(count: section.i64(), fen: section.i64()))
      try section.require(
        !row.isEmpty && row.on.isSound(end) && row.notYet.isSound(end),
        "the sums of an opening are not those of its payments")
      rows.append(row)
    }
    return rows
  }
}

extension OpeningSums.Sum {
  fileprivate func isSound(_ end: Position) -> Bool {
    count >= 0 && UInt64(count) <= end.rawValue && (0...PaymentRules.sumMax).contains(fen)
  }
}

extension PlanScope {
  fileprivate func write(to section: inout SectionWriter) {
    section.u8(platforms)
    section.u8(tiers)
    for list in [included, excluded] {
      section.count(list.count)
      for category in list { section.text(category) }
    }
  }

  fileprivate init(from section: inout SectionReader) {
    let (platforms, tiers) = (section.u8(), section.u8())
    func list() -> [ShortText] {
      (0..<section.count(ofBytes: 1)).map { _ in section.text() }
    }
    let included = list()
    self.init(platforms: platforms, tiers: tiers, included: included, excluded: list())
  }
}
