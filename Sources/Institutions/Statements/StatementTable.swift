// The header of a statement and the cells under it: columns are found by their names, because
// institutions add columns and the variants of one statement have different ones.

import Events
import Text

/// How the cells of a row are told apart.
enum StatementCells {
  /// A comma.
  case plain
  /// A comma and a back-tick, as the row begins with a back-tick: commas and quotes are text.
  case marked
  /// A comma; spaces and tabs around a cell are no part of it.
  case padded
}

/// A header.
struct StatementTable: Sendable {
  static let columnsMax = 256
  let names: [String]

  /// Cuts a header into its names.
  init(_ text: Span<UInt8>, line: Int) throws(StatementFault) {
    guard UTF8Check.firstIllFormed(text) == nil else {
      throw StatementFault(
        line: line, "it is not UTF-8",
        hint: "Convert it: iconv -f GB18030 -t UTF-8, for most such files are GBK.")
    }
    let cells = StatementTable.cut(text, .padded)
    guard cells.count <= StatementTable.columnsMax else {
      throw StatementFault(
        line: line, "the header has more than \(StatementTable.columnsMax) columns",
        hint: "See whether it is a statement.")
    }
    // Both widths of brackets are met in the same institution's files.
    names = cells.map { cell in
      String(decoding: Array(copying: text.extracting(cell)), as: UTF8.self)
        .map { $0 == "（" ? "(" : $0 == "）" ? ")" : String($0) }.joined()
    }
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      throw StatementFault(
        line: line, column: name, "it stands twice in the header",
        hint: "Nobody can say which one counts; fetch the statement again.")
    }
  }

  /// The place of the first of these names that the header has; nil where it has none.
  func place(_ names: [String]) -> Int? {
    for name in names {
      if let place = self.names.firstIndex(of: name) { return place }
    }
    return nil
  }

  /// The place of a column that must be there.
  func required(_ names: String..., line: Int) throws(StatementFault) -> Int {
    if let place = place(names) { return place }
    throw StatementFault(
      line: line, "the header has no column \(names.joined(separator: " or "))",
      hint: "See that it is this institution's statement of single payments, as it was downloaded.")
  }

  /// Where the cells of a row stand in it; without their marks.
  static func cut(_ text: Span<UInt8>, _ cells: StatementCells) -> [Range<Int>] {
    let comma = UInt8(ascii: ",")
    let mark = UInt8(ascii: "`")
    var found: [Range<Int>] = []
    let isMarked = cells == .marked
    var start = isMarked && text.count > 0 && text[0] == mark ? 1 : 0
    var index = start
    while index < text.count {
      if text[index] == comma, !isMarked || (index + 1 < text.count && text[index + 1] == mark) {
        found.append(trimmed(start..<index, text, cells))
        start = isMarked ? index + 2 : index + 1
        index = start
      } else {
        index += 1
      }
    }
    found.append(trimmed(start..<text.count, text, cells))
    return found
  }

  private static func trimmed(
    _ range: Range<Int>, _ text: Span<UInt8>, _ cells: StatementCells
  ) -> Range<Int> {
    guard cells == .padded else { return range }
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high, text[low] == 0x20 || text[low] == 0x09 { low += 1 }
    while low < high, text[high - 1] == 0x20 || text[high - 1] == 0x09 { high -= 1 }
    return low..<high
  }
}

/// A row under a header.
struct StatementRow: ~Escapable {
  let text: Span<UInt8>
  let number: Int
  let table: StatementTable
  private let cells: [Range<Int>]

  /// Cuts a row, which must have as many cells as its header has names.
  @_lifetime(copy text)
  init(
    _ text: Span<UInt8>, _ number: Int, _ table: StatementTable, _ kind: StatementCells
  ) throws(StatementFault) {
    let cells = StatementTable.cut(text, kind)
    guard cells.count == table.names.count else {
      throw StatementFault(
        line: number, "it has \(cells.count) columns, and the header has \(table.names.count)",
        hint: "See whether the file is cut off, or a text in this line holds a separator.")
    }
    self.text = text
    self.number = number
    self.table = table
    self.cells = cells
  }

  @_lifetime(copy self)
  func bytes(_ place: Int) -> Span<UInt8> { text.extracting(cells[place]) }

  func isEmpty(_ place: Int) -> Bool { cells[place].isEmpty }

  func string(_ place: Int) -> String {
    String(decoding: Array(copying: bytes(place)), as: UTF8.self)
  }

  func fault(_ place: Int, _ reason: String, hint: String) -> StatementFault {
    StatementFault(line: number, column: table.names[place], reason, hint: hint)
  }

  private static let whole = "Fetch the statement again and give it as it was downloaded."

  /// An id that must be there.
  func id(_ place: Int) throws(StatementFault) -> ExternalID {
    do {
      return try IdentifierRule.externalID(bytes(place))
    } catch {
      throw StatementFault(
        line: number, column: table.names[place], error, hint: StatementRow.whole)
    }
  }

  /// An id; `.none` where the cell is empty, 0, or no such column.
  func optionalID(_ place: Int?) throws(StatementFault) -> ExternalID {
    guard let place, !isEmpty(place), string(place) != "0" else { return .none }
    return try id(place)
  }

  /// A number of so many decimals.
  func number(_ place: Int, decimals: Int, sign: SignRule) throws(StatementFault) -> Int64 {
    do {
      return try ScaledDecimal.parse(bytes(place), decimals: decimals, sign: sign)
    } catch {
      throw StatementFault(
        line: number, column: table.names[place], error, hint: StatementRow.whole)
    }
  }

  /// An amount that a payment may carry, in yuan or in fen.
  func amount(
    _ place: Int, decimals: Int = 2, sign: SignRule = .refused
  ) throws(StatementFault) -> Money {
    let amount = Money(fen: try number(place, decimals: decimals, sign: sign))
    guard amount.rawValue.magnitude <= Money.paymentMax.rawValue.magnitude else {
      throw fault(
        place, "it is more than a billion yuan, which no payment may carry",
        hint: StatementRow.whole)
    }
    return amount
  }

  /// An amount that stands in fen: with a point it would be one in yuan.
  func fen(_ place: Int) throws(StatementFault) -> Money {
    let text = bytes(place)
    for index in 0..<text.count where text[index] == UInt8(ascii: ".") {
      throw fault(place, "is an amount in fen and has no point", hint: "Write 1250 for 12.50 yuan.")
    }
    return try amount(place, decimals: 0)
  }

  /// A fee; `decimals` are those of its unit until a hundred-thousandth of a yuan.
  func fee(
    _ place: Int?, decimals: Int = StatementFee.decimals
  ) throws(StatementFault) -> StatementFee {
    guard let place, !isEmpty(place) else { return .zero }
    let fee = StatementFee(
      rawValue: try number(place, decimals: decimals, sign: .minusAllowed))
    guard fee.rawValue.magnitude <= UInt64(Money.paymentMax.rawValue) else {
      throw fault(place, "no fee is so large", hint: StatementRow.whole)
    }
    return fee
  }

  /// `2019-02-19 05:01:46`, in Beijing.
  func beijingTime(_ place: Int) throws(StatementFault) -> Timestamp {
    var text = Array(copying: bytes(place))
    guard text.count == 19, text[10] == UInt8(ascii: " ") else {
      throw fault(
        place, "it is no time", hint: "Times stand as 2019-02-19 05:01:46, in Beijing time.")
    }
    text[10] = UInt8(ascii: "T")
    return try instant(text + Array("+08:00".utf8), place)
  }

  /// An instant of RFC 3339.
  func instant(_ text: [UInt8], _ place: Int) throws(StatementFault) -> Timestamp {
    do {
      return try RFC3339.parse(text.span)
    } catch {
      throw StatementFault(
        line: number, column: table.names[place], error, hint: StatementRow.whole)
    }
  }
}
