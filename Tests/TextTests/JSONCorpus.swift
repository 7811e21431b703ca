// Documents that the strict reader must accept, and documents it must refuse.

enum JSONCorpus {
  static let deep32 = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
  static let deep33 = String(repeating: "[", count: 33) + String(repeating: "]", count: 33)
  static let digits64 = String(repeating: "7", count: 64)
  static let digits65 = String(repeating: "7", count: 65)

  static let accepted: [String] = [
    "null", "true", "false", "0", "-0", "1", "-1", "10", "1.0", "-1.5", "0.0", "0.10", "1e0",
    "1E0", "1e+5", "1e-5", "1.25E+10", "0e1", "0e+1", "-0.0", "-0e-0", "123456789",
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e400", "1e-400",
    digits64, " 1", "1 ", "\t1\n", "\r\n1", "\"\"", "\"a\"", "\" \"", "\"\\\"\"", "\"\\\\\"",
    "\"\\/\"", "\"/\"", "\"\\b\\f\\n\\r\\t\"", "\"\\u0041\"", "\"\\u00e9\"", "\"\\u00E9\"",
    "\"\\uD83D\\uDE00\"", "\"\\ud83d\\ude00\"", "\"\\u0001\"", "\"\\u001f\"", "\"\\u007f\"",
    "\"\u{7F}\"", "\"é\"", "\"支付\"", "\"😀\"", "\"\u{80}\"", "\"\u{7FF}\"", "\"\u{800}\"",
    "\"\u{FFFF}\"", "\"\u{10000}\"", "\"\u{10FFFF}\"", "\"\u{2028}\"", "\"\\u2028\"",
    "\"\u{FEFF}\"", "\"\\uFFFE\"", "\"\\uD7FF\"", "\"\\uE000\"", "\"\\uDBFF\\uDFFF\"",
    "\"[1,2]\"", "\"12345678\"", "\"1234567\"", "\"123456789012345678901234567890\"",
    "\"1234567\\n\"", "\"12345678\\n12345678\"", "\"1234567é\"", "[]", "[ ]", "[\n]", "[1]",
    "[ 1 ]", "[1,2]", "[1 , 2]", "[[]]", "[[],[]]", "[{}]", "[null,true,false]", "[\"a\",1]",
    "[1.5,-2e3]", deep32, "{}", "{ }", "{\n}", "{\"a\":1}", "{ \"a\" : 1 }", "{\"a\":1,\"b\":2}",
    "{\"a\":1 , \"b\":2}", "{\"\":1}", "{\"\":1,\" \":2}", "{\"a\":{}}", "{\"a\":[]}",
    "{\"a\":{\"a\":1}}", "{\"a\":null}", "{\"a\":true}", "{\"a\":\"\"}", "{\"a\":\"\\n\"}",
    "{\"A\":1,\"a\":2}", "{\"K\":1,\"\u{212A}\":2}", "{\"e\u{301}\":1,\"\u{E9}\":2}",
    "{\"\\u0061\":1}", "{\"\\\"\":1}", "{\"a\\\\\":1}", "{\"支付\":1}", "{\"a\":-0}",
    "{\"a\":1.5e3}", "{\"a\":9223372036854775808}", "{\"order\":\"A1\",\"fen\":1050,\"ok\":true}",
    "{\"aaaaaaaa\":1,\"aaaaaaab\":2}", "{\"a\":\"12345678901234567890\",\"b\":0}",
    "\r{\"a\":1}\n", "{\"null\":null}", "[\"\\u0010\"]",
  ]

  static let refused: [String] = [
    "", " ", "\n", "nul", "nulll", "Null", "NULL", "tru", "truE", "True", "fals", "falsey",
    "undefined", "NaN", "-NaN", "nan", "Infinity", "-Infinity", "inf", "+1", "++1", "--1", "-",
    "+", "-a", "- 1", "01", "-01", "00", "-00", "012", "00.1", ".5", "-.5", "5.", "-5.", "5.e1",
    "1.e1", "1e", "1E", "1e+", "1e-", "1e1.5", "1ee1", "1e1e1", "1.2.3", "1..2", "0x10", "0x",
    "1_000", "1,000", "1a", "1 2", "1\u{A0}", "\u{FEFF}1", "\u{FEFF}{}", "１", digits65,
    "\"", "\"a", "a\"", "'a'", "`a`", "\"a\" \"b\"", "\"\\\"", "\"\\", "\"\\x41\"", "\"\\a\"",
    "\"\\0\"", "\"\\'\"", "\"\\ \"", "\"\\é\"", "\"\\U0041\"", "\"\\u\"", "\"\\u0\"",
    "\"\\u00\"", "\"\\u004\"", "\"\\u004", "\"\\u004g\"", "\"\\u 041\"", "\"\\u+041\"",
    "\"\\u-041\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\uD800\"", "\"\\uDBFF\"", "\"\\uDC00\"",
    "\"\\uDFFF\"", "\"\\uD800\\n\"", "\"\\uD800\\\"", "\"\\uD800\\u\"", "\"\\uD800\\uD800\"",
    "\"\\uD800\\u0041\"", "\"\\uD800a\"", "\"\\uDC00\\uD800\"", "\"\\uD83D\\uDE0\"",
    "\"\\uD800\\uE000\"", "\"\u{0}\"", "\"\u{1}\"", "\"\u{1F}\"", "\"\t\"", "\"\n\"", "\"\r\"",
    "\"12345678\u{1F}\"", "\"1234567\n", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]",
    "[1 2]", "[1;2]", "[1]]", "[[1]", "[1}", "[\"a\"", "[\"a", "[a]", "[1:2]", "[1\u{C}]",
    "[\u{B}1]", "[1]x", "[1] 1", "[1]//", "/**/1", "[1/**/]", "#1", deep33, "{", "}", "{\"a\"}",
    "{\"a\":}", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{,\"a\":1}", "{\"a\":1,,\"b\":2}",
    "{\"a\" 1}", "{\"a\"=1}", "{\"a\"::1}", "{\"a\":1:2}", "{\"a\":1 \"b\":2}", "{a:1}",
    "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", "{\"a\":1]", "{\"a\":1}}", "{\"a\":1}{", "{}{}",
    "{} {}", "{\"a\":1}x", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":tru}",
    "{\"a\":\"\\uD800\"}", "{\"a\\uD800\":1}", "{\"\\u0000\":1}", "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"b\":2,\"a\":1}", "{\"a\":1,\"\\u0061\":2}", "{\"\\u0061\":1,\"a\":2}",
    "{\"\":1,\"\":1}", "{\"x\":{\"a\":1,\"a\":1}}", "[{\"a\":1,\"a\":1}]",
    "{\"支付\":1,\"\\u652f\\u4ed8\":2}", "{\"a\":\"\n\"}", "{\"a\u{0}\":1}", "{\"a\":1,\"b}",
    "{\"aaaaaaaaa\":1,\"aaaaaaaaa\":2}",
  ]

  /// Ill-formed UTF-8, each put between quotes.
  static let illFormed: [[UInt8]] = [
    [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80],
    [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x41, 0x80], [0xED, 0xA0, 0x80],
    [0xED, 0xBF, 0xBF], [0xEF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
    [0xF0, 0x90, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    [0xC3, 0xA9, 0x80], [0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0xC3],
    [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
  ]
}

/// A small generator (xorshift), so that every run sees the same mutations.
struct XorShift {
  private var state: UInt64

  init(seed: UInt64) { state = seed | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// Changes a text in one to four places: a byte set, flipped, taken out, put in, or a run repeated.
func mutated(_ bytes: [UInt8], _ random: inout XorShift, alphabet: [UInt8]) -> [UInt8] {
  var result = bytes
  for _ in 0...random.below(4) {
    let place = random.below(result.count + 1)
    let byte = alphabet[random.below(alphabet.count)]
    switch random.below(5) {
    case 0 where place < result.count: result[place] = byte
    case 1 where place < result.count: result[place] ^= UInt8(1 << random.below(8))
    case 2 where place < result.count: result.remove(at: place)
    case 3:
      let end = min(result.count, place + random.below(12))
      result.insert(contentsOf: result[place..<end], at: random.below(result.count + 1))
    default: result.insert(byte, at: place)
    }
  }
  return result
}
