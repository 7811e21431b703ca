import Events
import Testing

@Suite struct ExternalIDTests {
  @Test(arguments: 0...64)
  func `Ids of every length keep their bytes`(length: Int) throws {
    let bytes = (0..<length).map { UInt8(33 + $0) }
    let id = try #require(ExternalID(bytes))
    #expect(id.bytes == bytes)
    let padded = [9, 9, 9] + bytes
    #expect(ExternalID(bytes: unsafe padded.span.bytes, from: 3, count: length) == id)
  }

  @Test(arguments: 0...64)
  func `A text stands where each of its bytes does, at the very end as well`(length: Int) {
    let text = (0..<length).map { UInt8(33 + $0) }
    let around: [UInt8] = [9, 9, 9] + text
    func isThere(_ bytes: [UInt8]) -> Bool {
      unsafe bytes.span.bytes.holds(text.span.bytes, at: 3)
    }
    #expect(isThere(around) && isThere(around + [9, 9, 9, 9, 9, 9, 9, 9]))
    for place in 0..<length {
      var other = around
      other[3 + place] ^= 1
      #expect(!isThere(other), "byte \(place)")
    }
  }

  @Test func `Sixty-five bytes are no id`() {
    #expect(ExternalID([UInt8](repeating: 65, count: 65)) == nil)
  }

  @Test func `Two spellings of one character are two ids`() throws {
    let composed = try #require(ExternalID("caf\u{e9}"))
    let decomposed = try #require(ExternalID("cafe\u{301}"))
    #expect(composed != decomposed)
  }

  @Test(arguments: [("a", "b"), ("a", "aa"), ("12345678", "123456789"), ("Z", "a")])
  func `Ids stand in the order of their bytes`(left: String, right: String) throws {
    let left = try #require(ExternalID(left))
    let right = try #require(ExternalID(right))
    #expect(left < right)
    #expect(!(right < left))
  }
}

@Suite struct TimestampTests {
  @Test(
    arguments: [
      (Int64(1_726_070_399), 19977, 23), (1_726_070_400, 19978, 0), (0, 0, 8), (-28_800, 0, 0),
      (-28_801, -1, 23),
    ])
  func `The Beijing day begins at 16:00 UTC`(seconds: Int64, day: Int, hour: Int) {
    let instant = Timestamp(seconds: seconds)
    #expect(instant.beijingDay.rawValue == Int32(day))
    #expect(instant.hourOfBeijingDay == hour)
  }

  @Test func `A day's start is the first instant of that day`() {
    let day = Timestamp(seconds: 1_726_100_000).beijingDay
    #expect(day.start.beijingDay == day)
    #expect(day.start.advanced(byNanoseconds: -1).beijingDay < day)
  }
}
