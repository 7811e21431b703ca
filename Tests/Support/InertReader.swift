// Reads texts that were made inert, knowing nothing of how they were written: what a stranger would
// write after the rules in events/README.md, section 9.

/// Undoes the escapes of texts in CSV, databases and labels.
package enum InertReader {
  /// The bytes that a text stands for; nil where an escape is none.
  package static func bytes(_ text: String) -> [UInt8]? {
    let all = Array(text.utf8)
    var out: [UInt8] = []
    var index = 0
    while index < all.count {
      guard all[index] == UInt8(ascii: "\\") else {
        out.append(all[index])
        index += 1
        continue
      }
      guard index + 1 < all.count else { return nil }
      let length: Int
      switch all[index + 1] {
      case UInt8(ascii: "\\"):
        out.append(UInt8(ascii: "\\"))
        index += 2
        continue
      case UInt8(ascii: "u"): length = 4
      case UInt8(ascii: "x"): length = 2
      default: return nil
      }
      let digits = all.dropFirst(index + 2).prefix(length)
      guard digits.count == length,
        let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
      else { return nil }
      if length == 2 {
        out.append(UInt8(value))
      } else {
        guard let scalar = Unicode.Scalar(value) else { return nil }
        out.append(contentsOf: String(Character(scalar)).utf8)
      }
      index += 2 + length
    }
    return out
  }

  /// The bytes that a text cell of CSV stands for, its quotes taken away already.
  package static func bytes(ofCell cell: String) -> [UInt8]? {
    bytes(cell.hasPrefix("'") ? String(cell.dropFirst()) : cell)
  }
}

/// Texts that try to be something else than text.
package enum HostileTexts {
  /// Bytes that a log may hold, whatever wrote it.
  package static let all: [[UInt8]] =
    [
      "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1+1", "＋1", "－1",
      "＠x",
      "'=1", "a;=1+1", "a;＝1", "\"=1\"", "a,=1", "<script>alert(1)</script>", "</td><b onclick=x>",
      "&lt;", "\u{1B}[2J\u{1B}]0;owned\u{07}", "\u{9B}31mred", "\u{202E}desrever\u{202C}",
      "\u{2066}a\u{2069}", "\u{200F}a\u{61C}", "a\u{0}b", "a\nb", "a\r\nb", "\u{7F}", "\u{2028}x",
      "\\u001b[31m", "\\", "'; DROP TABLE merchants; --", "a\"} 1\nsluice_fake 2", "{{7*7}}",
      "食品店", "ordinary",
    ].map { Array($0.utf8) } + [[0xFF, 0xFE, 0x41], [0x41, 0xE2, 0x80], [0xC0, 0xAF]]
}
