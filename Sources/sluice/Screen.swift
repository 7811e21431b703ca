// What people see: tables, Beijing time, yuan; colour only on a terminal that wants it.

import Dumps
import Events
import Institutions
import Platform
import Projections
import Text

/// How text for people is made.
enum Screen {
  /// Whether a text may take the place of the one before it on the standard output.
  static let isRedrawn: Bool =
    StandardStream.output.isTerminal && CurrentProcess.environment("TERM") != "dumb"

  /// Whether colour is welcome there (no-color.org).
  static let isColoured: Bool =
    isRedrawn && (CurrentProcess.environment("NO_COLOR") ?? "").isEmpty

  enum Tone: String {
    case bold = "1"
    case faint = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
  }

  static func toned(_ text: String, _ tone: Tone) -> String {
    isColoured ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// A text that takes the place of the one before it.
  ///
  /// No line is empty in between, so that nothing flickers; what is wider or longer than the
  /// terminal is cut, for it would scroll.
  ///
  /// - Parameters:
  ///   - rows: of the terminal; nil where it does not say.
  ///   - moreLines: says that so many lines do not fit.
  static func redrawn(
    _ text: String, rows: Int?,
    _ moreLines: (Int) -> String = { Wording()[StatusWords.moreLines($0)] }
  ) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    // The last row is left to the cursor.
    if let rows, rows > 2, lines.count >= rows {
      let hidden = lines.count - (rows - 2)
      lines = lines[..<(rows - 2)] + [moreLines(hidden)[...]]
    }
    let (cutsLines, wrapsLines) = ("\u{1B}[?7l", "\u{1B}[?7h")
    return cutsLines + "\u{1B}[H" + lines.map { "\($0)\u{1B}[K\n" }.joined() + "\u{1B}[J"
      + wrapsLines
  }

  /// An instant as Beijing's clocks show it, to the second: `2024-09-12 00:00:00`.
  static func time(_ instant: Timestamp) -> String {
    Wording.time(instant)
  }

  /// An amount with the letters of its currency: `CNY 12.00`.
  static func money(
    _ amount: Money, currency: UInt16 = Payment.yuan, _ words: Wording = Wording()
  ) -> String {
    let (text, isOfMinorUnits) = Currency.text(amount, currency)
    return isOfMinorUnits ? words[.minorUnits(text)] : text
  }

  /// A number with its thousands apart: `1 234 567`.
  static func count(_ number: some BinaryInteger) -> String {
    Wording.count(number, thousands: " ")
  }

  /// So many of something: `1 merchant`, `1 234 merchants`.
  static func count(_ number: some BinaryInteger, _ noun: String) -> String {
    "\(count(number)) \(noun)" + (number == 1 ? "" : "s")
  }

  /// The same without blanks between thousands: `1234 events`.
  static func counted(_ number: some BinaryInteger, _ noun: String) -> String {
    "\(number) \(noun)" + (number == 1 ? "" : "s")
  }

  /// The detail of an event.
  ///
  /// The tables of dumps count one of anything in the plural, and stay as they are.
  static func detail(_ payload: Payload, _ words: Wording = Wording()) -> String {
    let text = plain(words.detail(payload))
    guard words.language == .english else { return text }
    return text.replacing(#/(^|[ ,])1 (merchant|wave)s\b/#) { "\($0.1)1 \($0.2)" }
  }

  /// A number that is not negative with so many decimals.
  static func decimal(_ value: Double, _ decimals: Int) -> String {
    let power = (0..<decimals).reduce(1) { product, _ in product * 10 }
    let digits = Int((value * Double(power)).rounded())
    let rest = String(digits % power)
    return "\(digits / power)." + String(repeating: "0", count: decimals - rest.count) + rest
  }

  /// How long it is from one instant to a later one: `5 d 13 h`, `2 h 5 min`, `40 s`.
  static func span(
    from: Timestamp, to: Timestamp, _ words: Wording = Wording()
  ) -> String {
    words.span(from: from, to: to)
  }

  /// A part of a whole as percent with one decimal.
  static func percent(_ part: some BinaryInteger, of whole: some BinaryInteger) -> String {
    guard whole > 0 else { return "-" }
    let tenths = (UInt64(part) * 1000 + UInt64(whole) / 2) / UInt64(whole)
    return "\(tenths / 10).\(tenths % 10)%"
  }

  /// Seconds with three decimals.
  static func seconds(_ nanoseconds: Int64) -> String {
    let thousandths = String(nanoseconds / 1_000_000 % 1000)
    let zeros = String(repeating: "0", count: 3 - thousandths.count)
    return "\(nanoseconds / 1_000_000_000).\(zeros)\(thousandths)"
  }

  /// How many a second; `-` where no time has passed.
  static func rate(_ count: UInt64, in nanoseconds: Int64) -> String {
    guard nanoseconds > 0 else { return "-" }
    let (high, low) = count.multipliedFullWidth(by: 1_000_000_000)
    guard high < UInt64(nanoseconds) else { return "-" }
    return Screen.count(UInt64(nanoseconds).dividingFullWidth((high, low)).quotient)
  }

  /// Text from outside with nothing in it that moves the cursor or turns the line around.
  static func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar.value {
          case 0..<32, 127..<160, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
            "\u{FFFD}"
          default: scalar
          }
        }))
  }

  static func plain(_ id: ExternalID) -> String { plain(id.description) }

  /// Columns that a text takes on a terminal.
  static func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { sum, scalar in
      switch scalar.value {
      case 0x0300...0x036F: sum
      case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
        sum + 2
      default: sum + 1
      }
    }
  }
}

/// Rows of cells in aligned columns.
struct TextTable {
  enum Side { case left, right }

  private let titles: [String]
  private let sides: [Side]
  private var rows: [[String]] = []

  /// Columns in order; a title that begins with `>` is of a column of numbers.
  init(_ titles: [String]) {
    sides = titles.map { $0.hasPrefix(">") ? .right : .left }
    self.titles = titles.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
  }

  mutating func add(_ cells: [String]) {
    precondition(cells.count == titles.count, "a row has other cells than its table")
    rows.append(cells)
  }

  var isEmpty: Bool { rows.isEmpty }

  /// The table, two columns apart, indented.
  func text(indent: Int = 2) -> String {
    let widths = titles.indices.map { column in
      ([titles] + rows).map { Screen.width($0[column]) }.max() ?? 0
    }
    var out = line(titles, widths, indent, Screen.Tone.faint)
    for row in rows { out += line(row, widths, indent, nil) }
    return out
  }

  private func line(
    _ cells: [String], _ widths: [Int], _ indent: Int, _ tone: Screen.Tone?
  ) -> String {
    var out = String(repeating: " ", count: indent)
    for (column, cell) in cells.enumerated() {
      let gap = String(repeating: " ", count: widths[column] - Screen.width(cell))
      let isLast = column == cells.count - 1
      out += sides[column] == .right ? gap + cell : isLast ? cell : cell + gap
      if !isLast { out += "  " }
    }
    return (tone.map { Screen.toned(out, $0) } ?? out) + "\n"
  }
}

/// Names with their values, one a line, aligned.
struct TextFacts {
  private var facts: [(name: String, value: String)] = []

  mutating func add(_ name: String, _ value: String) { facts.append((name, value)) }

  func text(indent: Int = 2) -> String {
    let width = facts.map { Screen.width($0.name) }.max() ?? 0
    let margin = String(repeating: " ", count: indent)
    return facts.map { fact in
      let gap = String(repeating: " ", count: width - Screen.width(fact.name) + 2)
      return "\(margin)\(fact.name)\(gap)\(fact.value)\n"
    }.joined()
  }
}
