// How far a long work is, as it reads.

import Testing

@testable import sluice

@Suite struct MeterTests {
  private func reading(_ part: UInt64, of whole: UInt64, seconds: Int64) -> MeterReading {
    MeterReading(
      done: part * 2, unit: "rows", part: part, whole: whole, elapsed: seconds * 1_000_000_000)
  }

  @Test func `it says the share, the count, the rate and the time left`() {
    #expect(
      reading(2_500, of: 10_000, seconds: 10).text
        == "25.0%, 5 000 rows, 500 a second, 30 s left")
    #expect(reading(1, of: 10_000, seconds: 1).text.hasSuffix("2 h 46 min left"))
    #expect(reading(100, of: 300, seconds: 100).text.hasSuffix("3 min 20 s left"))
  }

  @Test func `where nobody knows the whole there is neither a share nor a time left`() {
    let reading = reading(7, of: 0, seconds: 2)
    #expect(reading.text == "14 rows, 7 a second")
    #expect(reading.line == reading.text)
  }

  @Test func `before anything is done nobody knows the time left`() {
    #expect(reading(0, of: 100, seconds: 5).secondsLeft == nil)
    #expect(reading(5, of: 100, seconds: 0).secondsLeft == nil)
    #expect(reading(1, of: .max, seconds: 100_000).secondsLeft == nil)
  }

  @Test func `what grows beyond the whole is all of it`() {
    let reading = reading(120, of: 100, seconds: 1)
    #expect(reading.text.hasPrefix("100.0%"))
    #expect(reading.secondsLeft == 0)
    #expect(MeterReading.bar(120, 100) == String(repeating: "#", count: 24))
  }

  @Test func `a remark stands last`() {
    var reading = reading(50, of: 100, seconds: 1)
    reading.remark = "3 rejected"
    #expect(
      reading.line == "[############............] 50.0%, 100 rows, 100 a second, "
        + "1 s left, 3 rejected")
  }
}
