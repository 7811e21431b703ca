// Reading the files of a market: its shops, and payments that were counted in the real world.

public import Events
import Platform
import Text

/// What is wrong with a file of the market, and where.
public struct MarketFault: Error, Hashable, Sendable, CustomStringConvertible {
  public var path: String
  /// The line of the file, from 1; 0 where it is none in particular.
  public var line: Int
  public var reason: String
  public var hint: String

  init(_ path: String, line: Int = 0, _ reason: String, hint: String = "") {
    self.path = path
    self.line = line
    self.reason = reason
    self.hint = hint
  }

  init(_ fault: Fault) {
    self.init(fault.path, fault.description, hint: fault.hint)
  }

  public var description: String {
    let place = line == 0 ? path : "\(path), line \(line)"
    return "\(place): \(reason)" + (hint.isEmpty ? "" : " \(hint)")
  }
}

/// Which column of a file holds which field: `merchant=shop_id,tier=city_tier`.
public struct MarketColumns: Hashable, Sendable {
  private var names: [String: String] = [:]

  public init() {}

  /// Reads the pairs; nil where one is not of the form field=column.
  public init?(_ text: String) {
    for pair in text.split(separator: ",") {
      let sides = pair.split(separator: "=", maxSplits: 1)
      guard sides.count == 2 else { return nil }
      names[String(sides[0])] = String(sides[1])
    }
  }

  /// The column of a field: its own name where no other is given.
  public func column(_ field: String) -> String { names[field] ?? field }
}

/// The rows of a CSV file, plain or compressed, one at a time.
public final class MarketRows {
  public let path: String
  private var file: InputFile
  private var reader = CSVReader()
  private var chunk = [UInt8](repeating: 0, count: 1 << 16)
  private var filled = 0
  private var offset = 0
  private var isAtEnd = false
  private var header: [String] = []

  /// Opens the file and reads its header.
  public init(_ path: String) throws(MarketFault) {
    self.path = path
    file = try MarketRows.open(path)
    guard try next() else { throw MarketFault(path, "the file is empty") }
    for index in 0..<reader.fieldCount { header.append(reader.text(index)) }
  }

  private static func open(_ path: String) throws(MarketFault) -> InputFile {
    do throws(Fault) { return try InputFile(path) } catch { throw MarketFault(error) }
  }

  public var line: Int { reader.lineNumber }

  /// The index of a column; nil where the file has none of that name.
  public func index(of column: String) -> Int? { header.firstIndex(of: column) }

  /// The index of a column that must be there.
  public func required(_ column: String) throws(MarketFault) -> Int {
    if let index = index(of: column) { return index }
    throw MarketFault(
      path, line: 1, "there is no column \(column), only \(header.joined(separator: ", ")).",
      hint: "Name it with --map.")
  }

  public func text(_ index: Int) -> String { reader.text(index) }

  /// The field as an id.
  public func identifier(_ index: Int) throws(MarketFault) -> ExternalID {
    do {
      return try IdentifierRule.externalID(reader.text(index))
    } catch {
      throw MarketFault(path, line: line, error.reason, hint: error.hint)
    }
  }

  /// The whole part of the field as a number; nil where it does not begin with a digit.
  public func number(_ index: Int) -> UInt64? {
    var value: UInt64 = 0
    var digits = 0
    for byte in reader.text(index).utf8 {
      guard digits < 15, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
      value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
      digits += 1
    }
    return digits == 0 ? nil : value
  }

  /// Goes to the next row; false behind the last.
  public func next() throws(MarketFault) -> Bool {
    while true {
      let step = isAtEnd ? reader.finish() : step()
      if isAtEnd, case .needsBytes = step { return false }
      switch step {
      case .row: return true
      case .refused(let fault):
        throw MarketFault(path, line: reader.lineNumber, fault.reason, hint: fault.hint)
      case .needsBytes: try refill()
      }
    }
  }

  private func step() -> CSVStep {
    let bytes = chunk
    var place = offset
    defer { offset = place }
    return reader.next(in: bytes.span.extracting(0..<filled), at: &place)
  }

  private func refill() throws(MarketFault) {
    var bytes = chunk
    chunk = []
    do throws(Fault) {
      var span = bytes.mutableSpan
      var raw = unsafe span.mutableBytes
      filled = try file.read(into: &raw)
    } catch {
      throw MarketFault(error)
    }
    chunk = bytes
    offset = 0
    isAtEnd = filled == 0
  }
}

extension Market {
  /// The shops of a file in the import format; volumes are optional.
  public static func read(
    _ path: String, columns: MarketColumns = MarketColumns()
  ) throws(MarketFault) -> [MarketMerchant] {
    let rows = try MarketRows(path)
    let name = try rows.required(columns.column("merchant"))
    let tier = try rows.required(columns.column("tier"))
    let volume = rows.index(of: columns.column("daily_payments"))
    let platform = rows.index(of: columns.column("platform"))
    var merchants: [MarketMerchant] = []
    while try rows.next() {
      guard merchants.count < merchantsMax else {
        throw MarketFault(path, line: rows.line, "there are more than \(merchantsMax) shops")
      }
      guard let known = Tier(name: rows.text(tier)) else {
        throw MarketFault(
          path, line: rows.line, "the tier \(rows.text(tier)) is not one of T1, N1, T2 to T5.",
          hint: "Name its column with --map tier=COLUMN.")
      }
      merchants.append(
        MarketMerchant(
          external: try rows.identifier(name),
          platform: platform.flatMap { ShopPlatform(name: rows.text($0)) } ?? .taobao, tier: known,
          dailyPayments: UInt32(clamping: volume.flatMap { rows.number($0) } ?? 1)))
    }
    guard !merchants.isEmpty else { throw MarketFault(path, "there is no shop in the file") }
    return merchants
  }
}

/// Moments of counted payments: the columns second_of_window and merchant, in the order of time.
///
/// Payments of one second are set 37 milliseconds apart.
public struct MarketTrace {
  private static let apart: Int64 = 37
  private let rows: MarketRows
  private let second: Int
  private let merchant: Int
  private let start: Timestamp
  private let merchants: [ExternalID: UInt32]
  private var serial: UInt64 = 0
  private var last: UInt64 = 0
  private var within: Int64 = 0
  /// How many rows named no shop of the list.
  public private(set) var unknown: UInt64 = 0

  public init(
    _ path: String, columns: MarketColumns, start: Timestamp, merchants: [ExternalID: UInt32]
  ) throws(MarketFault) {
    let rows = try MarketRows(path)
    second = try rows.required(columns.column("second_of_window"))
    merchant = try rows.required(columns.column("merchant"))
    self.rows = rows
    self.start = start
    self.merchants = merchants
  }

  /// The next moment; nil behind the last.
  public mutating func next() throws(MarketFault) -> MarketMoment? {
    while try rows.next() {
      guard let seconds = rows.number(second) else {
        throw MarketFault(rows.path, line: rows.line, "the second is no whole number")
      }
      guard seconds >= last else {
        throw MarketFault(
          rows.path, line: rows.line, "the second \(seconds) comes after \(last).",
          hint: "Sort the file by time.")
      }
      within = seconds == last ? within + 1 : 0
      last = seconds
      guard let shop = merchants[try rows.identifier(merchant)] else {
        unknown += 1
        continue
      }
      defer { serial += 1 }
      let milliseconds = Int64(seconds) * 1000 + min(999, within * Self.apart)
      return MarketMoment(
        serial: serial, at: start.advanced(byNanoseconds: milliseconds * 1_000_000),
        merchant: shop)
    }
    return nil
  }
}
