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

  /// The policy of a page that has one style sheet, named by its digest, and nothing else.
  mutating func policy(_ styleDigest: String) {
    markup("default-src 'none'; style-src 'sha256-")
    text(styleDigest)
    markup("'; base-uri 'none'; form-action 'none'")
  }

  /// DEL and the C1 controls, line separators, direction controls, and what is not seen at all.
  private static func isDeceptive(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x7F...0x9F, 0xAD, 0x061C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F,
      0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F:
      true
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

  /// The same with a smaller figure behind it: what it was made of.
  mutating func number(_ content: String?, _ behind: String) {
    markup("<td class=\"n flat\">")
    text(content ?? "–")
    markup(" <small>")
    text(behind)
    markup("</small></td>")
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

  /// A cell that names its row.
  mutating func rowHead(_ content: String) {
    markup("<th scope=\"row\">")
    text(content)
    markup("</th>")
  }

  /// A heading of a column.
  struct Column {
    var name: String
    var isNumber = false
    /// How many columns it stands above.
    var span = 1
  }

  /// Opens a table in a box of its own, which scrolls where the window is narrow.
  ///
  /// - Parameters:
  ///   - caption: what the table shows.
  ///   - isShown: whether people who see the page see the caption.
  ///   - groups: headings above those of the columns; empty where there are none.
  mutating func beginTable(
    _ caption: String, isShown: Bool = false, groups: [Column] = [], _ columns: [Column]
  ) {
    markup("<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"")
    text(caption)
    markup(isShown ? "\"><table><caption>" : "\"><table><caption class=\"unseen\">")
    text(caption)
    markup("</caption><thead>")
    if !groups.isEmpty {
      markup("<tr>")
      for group in groups { head(group, "colgroup") }
      markup("</tr>")
    }
    markup("<tr>")
    for column in columns { head(column, column.span > 1 ? "colgroup" : "col") }
    markup("</tr></thead><tbody>\n")
  }

  private mutating func head(_ column: Column, _ scope: StaticString) {
    // An empty heading is none.
    guard !column.name.isEmpty else {
      markup("<td></td>")
      return
    }
    markup(column.isNumber ? "<th class=\"n\" scope=\"" : "<th scope=\"")
    markup(scope)
    if column.span > 1 {
      markup("\" colspan=\"")
      text("\(column.span)")
    }
    markup("\">")
    text(column.name)
    markup("</th>")
  }

  mutating func endTable() { markup("</tbody></table></div>\n") }
}
