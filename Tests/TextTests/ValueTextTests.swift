// Times, amounts, shares, durations and ids as text.

import Events
import Testing

@testable import Text

@Suite struct RFC3339Tests {
  static let accepted: [(text: String, nanoseconds: Int64, utc: String)] = [
    ("2024-09-12T00:00:00+08:00", 1_726_070_400_000_000_000, "2024-09-11T16:00:00Z"),
    ("2024-09-12", 1_726_070_400_000_000_000, "2024-09-11T16:00:00Z"),
    ("2024-09-11T16:00:00Z", 1_726_070_400_000_000_000, "2024-09-11T16:00:00Z"),
    ("2024-09-11t16:00:00z", 1_726_070_400_000_000_000, "2024-09-11T16:00:00Z"),
    ("2024-09-11T16:00:00.5Z", 1_726_070_400_500_000_000, "2024-09-11T16:00:00.500Z"),
    ("2024-09-11T16:00:00.000001Z", 1_726_070_400_000_001_000, "2024-09-11T16:00:00.000001Z"),
    ("2024-09-11T16:00:00.123456789Z", 1_726_070_400_123_456_789, "2024-09-11T16:00:00.123456789Z"),
    ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
    ("1970-01-01T08:00:00+08:00", 0, "1970-01-01T00:00:00Z"),
    ("1970-01-01T00:00:00-00:00", 0, "1970-01-01T00:00:00Z"),
    ("2000-02-29T12:00:00Z", 951_825_600_000_000_000, "2000-02-29T12:00:00Z"),
    ("2199-12-31T23:59:59.999999999Z", 7_258_118_399_999_999_999, "2199-12-31T23:59:59.999999999Z"),
    ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000, "2017-01-01T00:00:00Z"),
    ("2017-01-01T07:59:60.25+08:00", 1_483_228_800_250_000_000, "2017-01-01T00:00:00.250Z"),
    ("2015-06-30T23:59:60Z", 1_435_708_800_000_000_000, "2015-07-01T00:00:00Z"),
    ("2024-01-01T00:00:00+23:59", 1_703_980_860_000_000_000, "2023-12-31T00:01:00Z"),
    ("2024-01-01T00:00:00-23:59", 1_704_153_540_000_000_000, "2024-01-01T23:59:00Z"),
  ]

  @Test(arguments: accepted.indices)
  func `an instant is read exactly and written in one way`(index: Int) throws {
    let row = RFC3339Tests.accepted[index]
    let time = try RFC3339.parse(row.text)
    #expect(time == Timestamp(nanoseconds: row.nanoseconds))
    #expect(RFC3339.text(time) == row.utc)
  }

  @Test(arguments: [
    "", "2024", "2024-09", "2024-9-12", "2024-09-12T", "2024-09-12T00:00", "2024-09-12T00:00:00",
    "2024-09-12 00:00:00Z", "2024-09-12T00:00Z", "2024-09-12T24:00:00Z", "2024-09-12T00:60:00Z",
    "2024-09-12T00:00:61Z", "2024-09-12T00:00:60Z", "2024-09-12T23:59:60Z",
    "2016-12-31T23:59:60+08:00", "2016-12-31T22:59:60Z", "2024-00-12T00:00:00Z",
    "2024-13-12T00:00:00Z", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z",
    "2100-02-29T00:00:00Z", "2024-04-31", "2024-09-00", "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00+08:00", "1970-01-01", "2200-01-01T00:00:00Z",
    "2199-12-31T23:59:59-00:01", "2199-12-31T23:59:60Z", "2024-09-12T00:00:00.Z",
    "2024-09-12T00:00:00.1234567890Z", "2024-09-12T00:00:00,5Z", "2024-09-12T00:00:00+0800",
    "2024-09-12T00:00:00+08", "2024-09-12T00:00:00+24:00", "2024-09-12T00:00:00+08:60",
    "2024-09-12T00:00:00ZZ", "2024-09-12T00:00:00Z ", " 2024-09-12T00:00:00Z", "+2024-09-12",
    "2024-09-12Z", "20240912T000000Z", "２024-09-12", "2024-09-12T00:00:00\u{2212}08:00",
    "2024/09/12", "12-09-2024", "2024-09-12T-1:00:00Z",
  ])
  func `what is no instant is refused`(text: String) {
    #expect(fault { () throws(TextFault) in try RFC3339.parse(text) } != nil)
  }

  @Test func `every day from 1970 to 2199 goes round`() throws {
    var date = try #require(CivilDate(year: 1970, month: 1, day: 1))
    for number in 0..<84_006 {
      #expect(date.dayNumber == number)
      #expect(CivilDate(dayNumber: number) == date)
      let day = BeijingDay(Int32(number))
      #expect(try RFC3339.parseDay(day.text) == day)
      date =
        CivilDate(year: date.year, month: date.month, day: date.day + 1)
        ?? CivilDate(year: date.year, month: date.month + 1, day: 1)
        ?? CivilDate(year: date.year + 1, month: 1, day: 1) ?? date
    }
    #expect(date == CivilDate(year: 2200, month: 1, day: 1))
  }

  @Test func `instants go round in every offset`() throws {
    var random = XorShift(seed: 99)
    for _ in 0..<20_000 {
      let day = 86_400 * Timestamp.nanosecondsPerSecond
      let span = UInt64(Timestamp.latest.rawValue - 2 * day)
      var nanoseconds = day + Int64(random.next() % span)
      if random.below(2) == 0 { nanoseconds -= nanoseconds % 1_000_000 }
      let time = Timestamp(nanoseconds: nanoseconds)
      let offset = (random.below(2 * 1439 + 1) - 1439) * 60
      // A year outside the range can only come of the offset; the margins above keep it in.
      #expect(try RFC3339.parse(RFC3339.text(time, offsetSeconds: offset)) == time)
    }
  }

  @Test func `Beijing's form is that of its clocks`() {
    let time = Timestamp(seconds: 1_726_070_400)
    #expect(RFC3339.beijing(time) == "2024-09-12T00:00:00+08:00")
    #expect(RFC3339.text(time, offsetSeconds: -5400) == "2024-09-11T14:30:00-01:30")
    #expect(RFC3339.text(Timestamp(nanoseconds: -1)) == "1969-12-31T23:59:59.999999999Z")
    #expect(time.beijingDay.text == "2024-09-12")
  }
}

@Suite struct AmountTextTests {
  @Test func `yuan are read exactly`() throws {
    let cases: [(String, Int64)] = [
      ("0", 0), ("0.1", 10), ("0.10", 10), ("12", 1200), ("12.3", 1230), ("12.34", 1234),
      ("12.3400", 1234), ("0.00", 0), ("92233720368547758.07", .max),
      ("100000000000", 10_000_000_000_000),
    ]
    for (text, fen) in cases { #expect(try AmountText.parseYuan(text) == Money(fen: fen)) }
    let negative = try AmountText.parseYuan("-92233720368547758.08", sign: .minusAllowed)
    #expect(negative == Money(fen: .min))
    #expect(try AmountText.parseYuan("-0.05", sign: .minusAllowed) == Money(fen: -5))
  }

  @Test(arguments: [
    "", ".", ".5", "5.", "-1", "+1", "1e2", "1E2", "0.001", "1.005", "1.0000001", "01", "00.10",
    "1,000", "1 ", " 1", "1.2.3", "0x1", "¥1", "１", "NaN", "92233720368547758.08",
    "99999999999999999999", "1.00000000000000000000000000000000000000000", "1-", "1\u{0}",
  ])
  func `what is no amount in yuan is refused`(text: String) {
    #expect(fault { () throws(TextFault) in try AmountText.parseYuan(text) } != nil)
  }

  @Test func `a sign must be allowed, and stands alone`() {
    for text in ["--1", "+1", "-", "- 1", "-.5", "-92233720368547758.09"] {
      let found = fault { () throws(TextFault) in
        try AmountText.parseYuan(text, sign: .minusAllowed)
      }
      #expect(found != nil)
    }
  }

  @Test func `fen are whole numbers`() throws {
    #expect(try AmountText.parseFen("1050") == Money(fen: 1050))
    #expect(try AmountText.parseFen("9223372036854775807") == Money(fen: .max))
    let least = try AmountText.parseFen("-9223372036854775808", sign: .minusAllowed)
    #expect(least == Money(fen: .min))
    for text in ["", "1.0", "-1", "01", "1e3", "9223372036854775808", "1 "] {
      #expect(fault { () throws(TextFault) in try AmountText.parseFen(text) } != nil)
    }
  }

  @Test func `amounts go round`() throws {
    var random = XorShift(seed: 3)
    for _ in 0..<20_000 {
      let money = Money(fen: Int64(bitPattern: random.next()) >> random.below(64))
      #expect(try AmountText.parseYuan(AmountText.yuan(money), sign: .minusAllowed) == money)
    }
    #expect(AmountText.yuan(Money(fen: .min)) == "-92233720368547758.08")
    #expect(AmountText.yuan(Money(fen: 5)) == "0.05")
  }

  @Test func `shares are exact parts per million`() throws {
    let cases: [(String, Int64)] = [
      ("3%", 30_000), ("0.5%", 5000), ("12.25%", 122_500), ("0.0001%", 1), ("100%", 1_000_000),
      ("0%", 0), ("99.99990%", 999_999),
    ]
    for (text, share) in cases {
      #expect(try DecimalShare.parse(text) == share)
      #expect(try DecimalShare.parse(DecimalShare.text(share)) == share)
    }
    #expect(DecimalShare.text(122_500) == "12.25%")
    #expect(try DecimalShare.parse("250%", max: 3_000_000) == 2_500_000)
    for text in ["", "%", "3", "3 %", "-3%", "+3%", "3%%", "0.00001%", "100.0001%", "1e1%", "03%"] {
      #expect(fault { () throws(TextFault) in try DecimalShare.parse(text) } != nil)
    }
  }

  @Test func `durations have one unit`() throws {
    let cases: [(String, Int64)] = [
      ("90s", 90), ("15m", 900), ("2h", 7200), ("7d", 604_800), ("0s", 0),
      ("106751d", 9_223_286_400),
    ]
    for (text, seconds) in cases {
      let nanoseconds = try DurationText.parse(text)
      #expect(nanoseconds == seconds * Timestamp.nanosecondsPerSecond)
      #expect(try DurationText.parse(DurationText.text(nanoseconds)) == nanoseconds)
    }
    #expect(DurationText.text(604_800_000_000_000) == "7d")
    #expect(DurationText.text(90_000_000_000) == "90s")
    for text in ["", "s", "90", "90 s", "1.5h", "-1s", "1h30m", "1w", "01s", "1S", "106752d"] {
      #expect(fault { () throws(TextFault) in try DurationText.parse(text) } != nil)
    }
  }

  @Test func `digits are written without a rest`() {
    let values: [Int64] = [0, 1, -1, 9, 10, 99, 100, .max, .min]
    for value in values {
      var out: [UInt8] = []
      appendDecimal(value, to: &out)
      #expect(String(decoding: out, as: UTF8.self) == "\(value)")
    }
    var out: [UInt8] = []
    appendDecimal(UInt64.max, to: &out)
    appendDecimal(Int8(-128), to: &out)
    appendDecimal(UInt16.max, to: &out)
    #expect(String(decoding: out, as: UTF8.self) == "\(UInt64.max)-12865535")
  }
}

/// A scalar that no string literal may spell.
func noncharacter(_ number: UInt32) -> String {
  UnicodeScalar(number).map { String(Character($0)) } ?? ""
}

@Suite struct IdentifierRuleTests {
  @Test(arguments: [
    "a", "S-1", "店铺-1", "a b", String(repeating: "x", count: 64), "😀", "é", "e\u{301}",
  ])
  func `an id is kept byte by byte`(text: String) throws {
    #expect(try IdentifierRule.externalID(text).bytes == Array(text.utf8))
  }

  @Test(arguments: [
    "", " ", " a", "a ", String(repeating: "x", count: 65), "a\u{0}", "a\tb", "a\nb", "\u{1F}",
    "\u{7F}", "\u{80}", "\u{9F}", "a\u{2028}", "a\u{2029}", "\u{202A}", "\u{202E}x", "\u{2066}",
    "\u{2069}", "\u{200E}", "\u{200F}", "\u{61C}", "\u{FFFE}", "\u{FFFF}",
    noncharacter(0xFDD0), noncharacter(0xFDEF), "\u{1FFFE}", "\u{10FFFF}",
    String(repeating: "店", count: 22),
  ])
  func `an id that could deceive is refused`(text: String) {
    #expect(fault { () throws(TextFault) in try IdentifierRule.externalID(text) } != nil)
  }

  @Test(arguments: JSONCorpus.illFormed)
  func `an id of ill-formed UTF-8 is refused`(bytes: [UInt8]) {
    #expect(fault { () throws(TextFault) in try IdentifierRule.externalID(bytes.span) } != nil)
  }
}

@Suite struct JSONWriterTests {
  @Test func `keys keep their order and commas stand between values`() {
    var out: [UInt8] = []
    var writer = JSONWriter()
    writer.beginObject(to: &out)
    writer.key("b", to: &out)
    writer.integer(Int64.min, to: &out)
    writer.key("a", to: &out)
    writer.beginArray(to: &out)
    writer.integer(UInt64.max, to: &out)
    writer.beginObject(to: &out)
    writer.endObject(to: &out)
    writer.boolean(false, to: &out)
    writer.null(to: &out)
    writer.endArray(to: &out)
    writer.key("t", to: &out)
    writer.time(Timestamp(seconds: 1), to: &out)
    writer.endObject(to: &out)
    writer.beginArray(to: &out)
    writer.endArray(to: &out)
    #expect(
      String(decoding: out, as: UTF8.self)
        == #"{"b":-9223372036854775808,"a":[18446744073709551615,{},false,null],"#
        + #""t":"1970-01-01T00:00:01Z"}[]"#)
  }

  @Test func `what deceives the eye is escaped`() {
    var out: [UInt8] = []
    var writer = JSONWriter()
    writer.string(
      "\"\\/\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{7F}\u{85}\u{2028}\u{202E}\u{2066}支😀", to: &out)
    #expect(
      String(decoding: out, as: UTF8.self)
        == #""\"\\/\b\f\n\r\t\u0000\u001f\u007f\u0085\u2028\u202e\u2066支😀""#)
  }

  @Test func `bytes that are no UTF-8 become the replacement character`() {
    var out: [UInt8] = []
    var writer = JSONWriter()
    let bytes: [UInt8] = [0x61, 0xFF, 0xED, 0xA0, 0x80, 0x62]
    writer.string(bytes.span, to: &out)
    #expect(String(decoding: out, as: UTF8.self) == #""a\ufffd\ufffd\ufffd\ufffdb""#)
  }
}

@Suite struct MutationTests {
  @Test func `no bytes whatever stop a parser`() {
    var random = XorShift(seed: 515)
    let alphabet =
      Array("0123456789-:+.TZtz%smhd \",\r\n{}[]\\u".utf8) + [
        0, 0x7F, 0x80, 0xBB, 0xBF, 0xED, 0xEF,
      ]
    let seeds = [
      "2024-09-12T00:00:00.123456789+08:00", "2016-12-31T23:59:60Z", "2024-09-12", "12.34",
      "-92233720368547758.08", "12.25%", "106751d", "\u{FEFF}a,\"b\"\"c\"\r\nd,e\n", "S-1店",
      #"{"a":[1,{"b":"\uD83D\uDE00"}],"c":-1.5e3}"#,
    ].map { Array($0.utf8) }
    var scanner = FlatObjectScanner()
    for _ in 0..<100_000 {
      let text = mutated(seeds[random.below(seeds.count)], &random, alphabet: alphabet)
      if let time = try? RFC3339.parse(text.span) {
        #expect((try? RFC3339.parse(RFC3339.text(time))) == time)
      }
      if let money = try? AmountText.parseYuan(text.span, sign: .minusAllowed) {
        #expect((try? AmountText.parseYuan(AmountText.yuan(money), sign: .minusAllowed)) == money)
      }
      _ = try? RFC3339.parseDay(text.span)
      _ = try? AmountText.parseFen(text.span)
      _ = try? DecimalShare.parse(text.span)
      _ = try? DurationText.parse(text.span)
      _ = try? IdentifierRule.externalID(text.span)
      #expect(disagreement(text, &scanner) == nil)
      if random.below(4) == 0 {
        #expect(rows(text) == rows(text, chunk: 1 + random.below(5)))
      }
    }
  }
}

@Suite struct DigitTests {
  @Test func `digits made eight at a time are those of the standard library`() {
    var values: [Int64] = [0, .max, .min, 99_999_999, 100_000_000, 9_999_999_999_999_999]
    for digits in 0..<19 {
      var power: Int64 = 1
      for _ in 0..<digits { power *= 10 }
      values += [power - 1, power, power + 1, power / 7 * 3, -power]
    }
    // A stride that is prime to 100,000,000 meets every pair of digits in every place.
    var value: Int64 = 0
    for _ in 0..<20_000 {
      value = (value + 61_803_399) % 100_000_000
      values.append(value)
    }
    for value in values {
      var out: [UInt8] = [7]
      appendDecimal(value, to: &out)
      #expect(String(decoding: out.dropFirst(), as: UTF8.self) == String(value))
    }
  }

  @Test func `a writer that goes from day to day and back writes what a new one writes`() {
    var writer = InstantWriter(offsetSeconds: RFC3339.beijingOffset)
    for step: Int64 in 0..<2_000 {
      let seconds = 1_726_070_399 + step % 2 + step * step % 40 * 86_400
      let time = Timestamp(
        nanoseconds: seconds * 1_000_000_000 + [0, 5, 500_000_000][Int(step % 3)])
      var out = [UInt8](repeating: 0, count: 64)
      var end = 0
      do {
        var elements = out.mutableSpan
        var cursor = unsafe ByteCursor(elements.mutableBytes, at: 0)
        writer.append(time, to: &cursor)
        end = cursor.count
      }
      #expect(String(decoding: out[..<end], as: UTF8.self) == RFC3339.beijing(time))
    }
  }
}
