// Tests of the charts' geometry.

import Testing

@testable import Dumps

@Suite struct ChartTests {
  @Test(arguments: [
    (Int64(0), 10), (100, 110), (50, 60), (-5, 10), (105, 110), (1, 11), (99, 109),
  ])
  func `a number lies where its share of the range is`(value: Int64, pixel: Int) {
    #expect(ChartScale(from: 0, to: 100, low: 10, high: 110).place(value) == pixel)
  }

  @Test func `a scale may go down, and halves are rounded up`() {
    let scale = ChartScale(from: 0, to: 8, low: 100, high: 96)
    #expect([0, 1, 2, 4, 8].map { scale.place($0) } == [100, 99, 99, 98, 96])
    #expect(ChartScale(from: 5, to: 5, low: 3, high: 9).place(7) == 3)
  }

  @Test func `the largest numbers have a place`() {
    let scale = ChartScale(from: 0, to: .max, low: 0, high: 1000)
    #expect(scale.place(.max) == 1000 && scale.place(.max / 2) == 500)
  }

  private static let ticks: [(highest: Int64, ticks: [Int64])] = [
    (0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (20, [0, 5, 10, 15, 20]),
    (2_000, [0, 500, 1_000, 1_500, 2_000]), (11, [0, 5, 10, 15]),
    (10_000_000, [0, 2_000_000, 4_000_000, 6_000_000, 8_000_000, 10_000_000]),
  ]

  @Test(arguments: ticks)
  func `ticks are round and reach the highest number`(highest: Int64, ticks: [Int64]) {
    #expect(ChartScale.ticks(upTo: highest) == ticks)
  }

  private func drawn(_ draw: (inout HTMLWriter) -> Void) -> String {
    var html = HTMLWriter()
    draw(&html)
    return text(html.bytes)
  }

  @Test func `a course is drawn from the lower left to the upper right`() {
    let day: Int64 = 86_400
    var chart = CourseChart(
      days: [(0, "2024-09-12"), (day, "2024-09-13")], end: 2 * day, now: day, whole: 100,
      planned: [.init(at: 0, merchants: 0), .init(at: 2 * day, merchants: 100)],
      actual: [.init(at: 0, merchants: 0), .init(at: day, merchants: 50)],
      pauses: [(day / 2, day / 2)], waves: [(day / 4, "1"), (3 * day, "2")],
      signs: [(day, .breach), (-1, .rollBack)])
    chart.title = "a<b"
    let svg = drawn { chart.draw(.wide, to: &$0) }
    #expect(svg.contains("<path class=\"planned\" d=\"M62 250L1068 22\"/>"))
    #expect(svg.contains("<path class=\"actual\" d=\"M62 250L565 136\"/>"))
    #expect(svg.contains("<path class=\"area\" d=\"M62 250L565 136L565 250L62 250Z\"/>"))
    // What is too short to be seen is seen, and what lies outside is not drawn.
    #expect(svg.contains("<rect class=\"pause-band\" x=\"314\" y=\"22\" width=\"2\""))
    #expect(svg.contains("<path class=\"sign breach\" d=\"M561 258l8 8M569 258l-8 8\"/>"))
    #expect(!svg.contains("roll-back") && !svg.contains(">2</text>"))
    #expect(svg.contains(">a&lt;b</title>"))
    #expect(drawn { chart.draw(.narrow, to: &$0) }.contains("viewBox=\"0 0 340 260\""))
  }

  @Test func `points upon one another are drawn once`() {
    let points = CourseChart.thinned([(1, 9), (1, 9), (2, 8), (2, 7), (2, 5), (3, 5)])
    #expect(points.map(\.x) == [1, 2, 2, 3] && points.map(\.y) == [9, 8, 5, 5])
  }

  @Test func `a column is filled from its foot to its head without a gap`() {
    let chart = StackChart(columns: [
      .init(label: "12", counts: [1, 2, 1, 0]), .init(label: "13", counts: [0, 0, 0, 0]),
    ])
    let svg = drawn { chart.draw(.wide, to: &$0) }
    // 44 to 514 for two days, from 226 up to 10.
    #expect(svg.contains("<rect class=\"i1\" x=\"129\" y=\"172\" width=\"65\" height=\"54\"/>"))
    #expect(svg.contains("<rect class=\"i2\" x=\"129\" y=\"64\" width=\"65\" height=\"108\"/>"))
    #expect(svg.contains("<rect class=\"i3\" x=\"129\" y=\"10\" width=\"65\" height=\"54\"/>"))
    #expect(!svg.contains("class=\"i4\""))
    #expect(svg.pieces(by: "<text class=\"middle\"").count == 3)
  }

  @Test(arguments: [
    ("0.000000000000", "5.703782474656", Int64(0)), ("5.703782474656", "5.703782474656", 800),
    ("2.851891237328", "5.703782474656", 399), ("900", "5.7", 1000), ("-3.2", "5.7", 0),
    ("x", "5.7", 0),
  ])
  func `evidence has its place on the bar`(evidence: String, threshold: String, place: Int64) {
    #expect(Evidence.permille(evidence, threshold) == place)
  }
}
