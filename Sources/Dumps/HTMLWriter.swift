// Writes HTML in which nothing from outside can become markup.
//
// Markup is taken as a StaticString, which only this program's source can make; everything else is
// text, and text is escaped. Control characters and characters that turn the direction of a line
// are shown as U+FFFD.

import Text

/// Appends markup and escaped text.
struct HTMLWriter {
  private(set) var bytes: [UInt8] = []

  /// Markup of this program's own.
  mutating func markup(_ markup: StaticString) {
    unsafe bytes.append(
      contentsOf: UnsafeBufferPointer(start: markup.utf8Start, count: markup.utf8CodeUnitCount))
  }

  /// Text for a text node or a quoted attribute.
  mutating func text(_ text: String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": markup("&amp;")
      case "<": markup("&lt;")
      case ">": markup("&gt;")
      case "\"": markup("&quot;")
      case "'": markup("&#39;")
      default:
        let isUnfit = scalar.value < 0x20 || HTMLWriter.isDeceptive(scalar.value)
        bytes.append(contentsOf: String(isUnfit ? "\u{FFFD}" : scalar).utf8)
      }
    }
  }

  /// DEL and the C1 controls, line separators, and direction controls.
  private static func isDeceptive(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  mutating func integer(_ value: some BinaryInteger) { text(Figure.grouped(Int64(value))) }

  /// A cell of a table, aligned as words are.
  mutating func cell(_ content: String) {
    markup("<td>")
    text(content)
    markup("</td>")
  }

  /// A cell of a table, aligned as numbers are; a dash where there is nothing.
  mutating func number(_ content: String?) {
    markup("<td class=\"n\">")
    text(content ?? "–")
    markup("</td>")
  }

  /// A count with an amount below it; a dash where the count is 0.
  mutating func count(_ count: Int64, fen: Int64) {
    markup("<td class=\"n\">")
    if count == 0 {
      text("–")
    } else {
      integer(count)
      markup("<small>")
      text(Figure.yuan(fen))
      markup("</small>")
    }
    markup("</td>")
  }

  /// The head of a table; names that begin with `#` head columns of numbers.
  mutating func head(_ names: [String]) {
    markup("<div class=\"wide\"><table><thead><tr>")
    for name in names {
      if name.hasPrefix("#") {
        markup("<th class=\"n\" scope=\"col\">")
        text(String(name.dropFirst()))
      } else {
        markup("<th scope=\"col\">")
        text(name)
      }
      markup("</th>")
    }
    markup("</tr></thead><tbody>\n")
  }

  mutating func endTable() { markup("</tbody></table></div>\n") }
}
