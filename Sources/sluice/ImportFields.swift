// Which fields an import has, where they stand in the file, and what a row becomes.

import Events
import Text

/// What is imported.
enum ImportKind: String, CaseIterable {
  case merchants
  case payments
  /// What the cashier says of orders; the column `command` says what happened.
  case attempts
  /// What institutions sent, byte for byte, as the daemon keeps it.
  case notices
  /// Stages of disputes.
  case disputes

  /// The request that a row becomes; nil where the row says it.
  var command: String? {
    switch self {
    case .merchants: "merchant"
    case .payments: "payment"
    case .disputes: "dispute"
    case .attempts, .notices: nil
    }
  }

  /// What the column `command` may say; nil where there is no such column.
  var commands: [String]? {
    switch self {
    case .attempts: ["offer", "attempt", "order-failed", "order-timed-out"]
    case .notices: ["notice"]
    case .merchants, .payments, .disputes: nil
    }
  }
}

/// What `--map` and `--set` say.
struct ImportFields {
  let kind: ImportKind
  /// The column of each field, by the field's index.
  let columns: [String]
  /// The value of each field that the file lacks.
  let constants: [String?]

  var isPlain: Bool {
    constants.allSatisfy { $0 == nil } && zip(columns, kind.fields).allSatisfy { $0 == $1.name }
  }

  init(_ kind: ImportKind, maps: [String], sets: [String]) throws(UsageFault) {
    self.kind = kind
    var columns = kind.fields.map(\.name)
    var constants = [String?](repeating: nil, count: columns.count)
    for (index, column) in try ImportFields.pairs(kind, "map", maps) { columns[index] = column }
    for (index, value) in try ImportFields.pairs(kind, "set", sets) { constants[index] = value }
    self.columns = columns
    self.constants = constants
  }

  /// `field=word,field=word` as indices of fields with their words.
  private static func pairs(
    _ kind: ImportKind, _ option: String, _ texts: [String]
  ) throws(UsageFault) -> [(Int, String)] {
    var found: [(Int, String)] = []
    for pair in texts.flatMap({ $0.split(separator: ",") }) {
      guard let equals = pair.firstIndex(of: "=") else {
        throw UsageFault(
          what: "--\(option) \(pair) has no =", hint: "Write --\(option) merchant=shop_id")
      }
      let field = String(pair[..<equals])
      guard let index = kind.fields.firstIndex(where: { $0.name == field }) else {
        let nearest = Nearest.word(to: field, among: kind.fields.map(\.name))
        throw UsageFault(
          what: "\(kind.rawValue) have no field \(field)",
          hint: nearest.map { "The nearest is \($0)" }
            ?? "The fields are \(kind.fields.map(\.name).joined(separator: ", "))")
      }
      found.append((index, String(pair[pair.index(after: equals)...])))
    }
    return found
  }

  /// The field that a column holds; nil where it holds none.
  func field(ofColumn column: String) -> Int? {
    columns.indices.first { constants[$0] == nil && columns[$0] == column }
  }
}

/// A row on its way to the daemon.
struct ImportRow {
  /// Where it stands in the file, from 1.
  var line: Int
  /// The row as it came, for the file of the rejected.
  var original: RawRow
  /// The request line; empty where the row cannot become one, and where `merchant` has been read.
  var request: [UInt8] = []
  /// What a cell by cell reader has made of the row, for who asked for that.
  var merchant: MerchantRegistered?
  var fault: RowFault?
}

/// Why a row cannot be taken.
struct RowFault: Error {
  var field = ""
  /// What is wrong, without a full stop.
  var reason: String
  /// What to do about it.
  var hint: String
}

/// Writes request lines.
struct RequestLine {
  private let commands: [String]?
  private var writer = JSONWriter()
  private(set) var bytes: [UInt8] = []

  init(_ fields: ImportFields) {
    commands = fields.kind.commands
    bytes.reserveCapacity(512)
    writer.beginObject(to: &bytes)
    if let command = fields.kind.command {
      writer.key("command", to: &bytes)
      writer.string(command, to: &bytes)
    }
    for (index, constant) in fields.constants.enumerated() {
      guard let constant else { continue }
      writer.key(fields.kind.fields[index].name, to: &bytes)
      if fields.kind.fields[index].isInteger, let number = Int64(constant) {
        writer.integer(number, to: &bytes)
      } else {
        writer.string(constant, to: &bytes)
      }
    }
  }

  /// Puts a field as text; a whole number is read from it where the field is one.
  mutating func put(_ field: ImportField, _ text: Span<UInt8>) throws(RowFault) {
    if text.count == 0 { return }
    if let commands, field.name == "command" {
      // A file says what happened; it orders nothing.
      let word = Array(text.count <= 64 ? (0..<text.count).map { text[$0] } : [])
      guard commands.contains(where: { Array($0.utf8) == word }) else {
        throw RowFault(
          field: field.name, reason: "it is not one of \(commands.joined(separator: ", "))",
          hint: "Write one of them; a file says what happened and orders nothing.")
      }
    }
    writer.key(field.name, to: &bytes)
    guard field.isInteger else {
      writer.string(text, to: &bytes)
      return
    }
    do {
      writer.integer(try AmountText.parseFen(text).rawValue, to: &bytes)
    } catch {
      throw RowFault(
        field: field.name, reason: "it is not a whole number: \(error.reason)",
        hint: "Write its digits alone: no sign, point, exponent or blank.")
    }
  }

  mutating func put(_ name: String, _ number: Int64) {
    writer.key(name, to: &bytes)
    writer.integer(number, to: &bytes)
  }

  mutating func finish() -> [UInt8] {
    writer.endObject(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }
}
