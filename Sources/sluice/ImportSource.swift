// A file of merchants or payments, row by row: CSV with a header, or NDJSON. Which of them it is,
// its first byte says.

import Platform
import Text

/// The rows of an import.
struct ImportSource: ~Copyable {
  /// How many characters of a header a fault shows.
  private static let shownMax = 1_000

  private enum Shape {
    case csv
    case lines
  }

  let fields: ImportFields
  /// Columns of the file that hold no field.
  private(set) var ignored: [String] = []
  private var file: InputFile
  private var chunk = [UInt8](repeating: 0, count: InputFile.chunkMax)
  private var filled = 0
  private var offset = 0
  private var shape: Shape?
  private var csv = CSVReader()
  /// What of a row of the table stood in earlier chunks.
  private var carried = RawRow()
  private var lines = NDJSONLines()
  private var scanner = FlatObjectScanner()
  /// The field of each column, or of each key of the shape scanned last.
  private var targets: [Int?] = []
  private var hasHeader = false
  private var shapeNumber = -1
  private var isPassing = false
  /// The fields that every line must have and that one of this shape has not.
  private var lacking: [String] = []
  private let readsMerchants: Bool
  private var cells: MerchantCells?
  private(set) var isAtEnd = false

  /// - Parameter readsMerchants: whether a usual row of a table of merchants is read at once, and
  ///   made no request of.
  init(_ path: String, _ fields: ImportFields, readsMerchants: Bool = false) throws {
    file = try InputFile(path)
    self.fields = fields
    self.readsMerchants = readsMerchants
  }

  /// How many bytes of the file are read, as they are stored.
  var bytesRead: UInt64 { UInt64(file.offset) }

  /// How many there are; 0 where the source is no file.
  var byteCount: UInt64 { UInt64(file.size ?? 0) }

  /// The next row; nil at the end.
  mutating func next() throws -> ImportRow? {
    while true {
      if let row = try step() { return row }
      if isAtEnd { return nil }
      try refill()
    }
  }

  private mutating func refill() throws {
    var taken: [UInt8] = []
    swap(&taken, &chunk)
    do {
      var span = taken.mutableSpan
      var bytes = unsafe span.mutableBytes
      filled = try file.read(into: &bytes)
    }
    swap(&taken, &chunk)
    offset = 0
    if filled == 0 { isAtEnd = true }
    if shape == nil, filled > 0 {
      let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF]
      let first = chunk[..<filled].first { !blanks.contains($0) }
      shape = first == UInt8(ascii: "{") ? .lines : .csv
    }
  }

  private mutating func step() throws -> ImportRow? {
    switch shape {
    case nil: nil
    case .csv: try stepTable()
    case .lines: stepLines()
    }
  }

  // MARK: CSV

  private mutating func stepTable() throws -> ImportRow? {
    while true {
      let chunk = chunk
      let part = chunk.span.extracting(0..<filled)
      let start = offset
      let step = isAtEnd ? csv.finish() : csv.next(in: part, at: &offset)
      let taken = part.extracting(start..<offset)
      switch step {
      case .needsBytes:
        carried.append(taken)
        return nil
      case .refused(let fault):
        guard hasHeader else {
          throw CommandFailure(
            .usage, "the header of \(file.path) cannot be read: \(fault.reason)", hint: fault.hint)
        }
        return ImportRow(
          line: csv.lineNumber, original: takeRaw(taken),
          fault: RowFault(reason: fault.reason, hint: fault.hint))
      case .row:
        if hasHeader { return tableRow(taken) }
        carried.removeAll()
        try takeHeader()
      }
    }
  }

  private mutating func takeHeader() throws {
    hasHeader = true
    let names = (0..<csv.fieldCount).map { csv.text($0) }
    targets = names.map { fields.field(ofColumn: $0) }
    if readsMerchants { cells = MerchantCells(targets, fields) }
    ignored = zip(names, targets).filter { $0.1 == nil }.map { $0.0 }
    let missing = fields.columns.indices.filter { index in
      let isNamed = fields.columns[index] != fields.kind.fields[index].name
      return (isNamed || fields.kind.fields[index].need == .always)
        && fields.constants[index] == nil && !names.contains(fields.columns[index])
    }
    guard missing.isEmpty else { throw lacks(missing, names) }
  }

  /// A header without columns that it must have; all of them are named at once.
  private func lacks(_ missing: [Int], _ names: [String]) -> CommandFailure {
    let columns = missing.map { fields.columns[$0] }
    let first = fields.kind.fields[missing[0]].name
    return CommandFailure(
      .usage,
      "\(file.path) has no column\(columns.count == 1 ? "" : "s")"
        + " \(columns.joined(separator: ", ")); it has "
        + Screen.plain(String(names.joined(separator: ", ").prefix(ImportSource.shownMax))),
      hint: "The first row of a table names its columns. Where one has another name, give it with "
        + "--map \(first)=COLUMN; where it is the same in every row, with --set \(first)=VALUE; "
        + "sluice import --help lists them all")
  }

  /// The row that ends with these bytes, as it stands in the file.
  private mutating func takeRaw(_ bytes: Span<UInt8>) -> RawRow {
    var row = RawRow()
    swap(&row, &carried)
    row.append(bytes)
    row.trimLineEnds()
    return row
  }

  private mutating func tableRow(_ bytes: Span<UInt8>) -> ImportRow {
    if let merchant = cells?.merchant(csv) {
      carried.removeAll()
      return ImportRow(line: csv.lineNumber, original: RawRow(), merchant: merchant)
    }
    var request = RequestLine(fields)
    var row = ImportRow(line: csv.lineNumber, original: takeRaw(bytes))
    for index in 0..<csv.fieldCount {
      guard let target = targets[index] else { continue }
      do {
        try request.put(fields.kind.fields[target], csv.field(index))
      } catch {
        row.fault = error
        return row
      }
    }
    row.request = request.finish()
    return row
  }

  // MARK: NDJSON

  private mutating func stepLines() -> ImportRow? {
    let chunk = chunk
    let part = chunk.span.extracting(0..<filled)
    let step = isAtEnd ? lines.finish() : lines.next(in: part, at: &offset)
    switch step {
    case .needsBytes: return nil
    case .refused(let fault):
      return ImportRow(
        line: lines.lineNumber, original: RawRow(),
        fault: RowFault(reason: fault.reason, hint: fault.hint))
    case .whole(let range): return lineRow(chunk.span.extracting(range))
    case .joined:
      let line = joined()
      return lineRow(line.span)
    }
  }

  private func joined() -> [UInt8] {
    let line = lines.joined
    return line.indices.map { line[$0] }
  }

  private mutating func lineRow(_ line: Span<UInt8>) -> ImportRow {
    var row = ImportRow(line: lines.lineNumber, original: RawRow(line))
    do throws(TextFault) {
      try scanner.scan(line)
    } catch {
      row.fault = RowFault(
        reason: "offset \(error.offset): \(error.reason)",
        hint: error.hint.isEmpty
          ? "Write one flat JSON object a line, as {\"FIELD\": \"VALUE\"}." : error.hint)
      return row
    }
    if scanner.shapeNumber != shapeNumber { learn(line) }
    guard lacking.isEmpty else {
      row.fault = RowFault(
        field: lacking.joined(separator: ", "),
        reason: lacking.count == 1 ? "it is missing" : "they are missing",
        hint: "Give the line each of them, or --set \(lacking[0])=VALUE for all lines.")
      return row
    }
    if isPassing, !row.original.isCut, row.original.bytes.first == UInt8(ascii: "{") {
      let command = fields.kind.command.map { "\"command\":\"\($0)\"," } ?? ""
      row.request = Array("{\(command)".utf8) + row.original.bytes[1...]
      row.request.append(UInt8(ascii: "\n"))
      return row
    }
    var request = RequestLine(fields)
    do throws(RowFault) {
      for index in 0..<scanner.count {
        guard let target = targets[index] else { continue }
        try put(fields.kind.fields[target], scanner[index].value, line, &request)
      }
      row.request = request.finish()
    } catch {
      row.fault = error
    }
    return row
  }

  private mutating func learn(_ line: Span<UInt8>) {
    shapeNumber = scanner.shapeNumber
    targets = []
    for index in 0..<scanner.count {
      let name = name(index, line)
      let target = fields.field(ofColumn: name)
      if target == nil, !ignored.contains(name), ignored.count < 100 { ignored.append(name) }
      targets.append(target)
    }
    lacking = fields.columns.indices.filter { index in
      fields.kind.fields[index].need == .always && fields.constants[index] == nil
        && !targets.contains(index)
    }.map { fields.columns[$0] }
    isPassing = fields.isPlain && scanner.count > 0 && targets.allSatisfy { $0 != nil }
  }

  private func name(_ index: Int, _ line: Span<UInt8>) -> String {
    let key = scanner.bytes(scanner[index].key, of: line)
    return String(decoding: key.indices.map { key[$0] }, as: UTF8.self)
  }

  private func put(
    _ field: ImportField, _ value: FlatValue, _ line: Span<UInt8>, _ request: inout RequestLine
  ) throws(RowFault) {
    switch value {
    case .null: break
    case .string(let text) where !field.isInteger:
      try request.put(field, scanner.bytes(text, of: line))
    case .integer(let number) where field.isInteger: request.put(field.name, number)
    case .integer(let number):
      try request.put(field, Array(String(number).utf8).span)
    default:
      throw RowFault(
        field: field.name,
        reason: field.isInteger ? "it is not a whole number" : "it is not a string",
        hint: field.isInteger ? ImportSource.digits(value) : "Put it in quotes.")
    }
  }

  /// How a whole number is written, for a value that is none.
  private static func digits(_ value: FlatValue) -> String {
    if case .string = value { return "Give it without quotes." }
    return "Write its digits alone, without a point or an exponent, and at most 18 of them."
  }
}
