// The names of the wire: every field that a request may have.

import Events

/// A field of a request line.
enum WireField: UInt8, CaseIterable {
  case command, query, id, institution, transaction, order, merchant, outcome
  case orderAmount, paidAmount, currency, balanceAmount, buyerTier, orderedAt, occurredAt
  case code, refund, account
  case platform, category, city, tier, dailyPayments
  case plan, document, role, reason, scope, wave, institutions
  case since, limit, name, format, position, rows, digest, version, effectiveAt
  case subject, evidence, expiresAt, note
  case headers, body, receivedAt
  case refundReport
  case day, amount
  case flag, answer, stage, dispute
  case words, about

  /// The name on the wire: `order_amount`.
  var name: String {
    var name = ""
    for character in "\(self)" {
      if character.isUppercase { name.append("_") }
      name.append(contentsOf: character.lowercased())
    }
    return name
  }

  static let count = WireField.allCases.count

  /// Found by the bytes of its name.
  static let byName: [ShortText: WireField] = {
    var table: [ShortText: WireField] = [:]
    for field in WireField.allCases {
      guard let key = ShortText(field.name) else {
        preconditionFailure("a field's name is longer than a short text")
      }
      table[key] = field
    }
    return table
  }()
}

/// A set of fields.
struct WireFields: OptionSet {
  var rawValue: UInt64
  init(rawValue: UInt64) { self.rawValue = rawValue }
  init(_ fields: [WireField]) {
    rawValue = fields.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
  }

  func contains(_ field: WireField) -> Bool { rawValue & (1 << UInt64(field.rawValue)) != 0 }
  mutating func insert(_ field: WireField) { rawValue |= 1 << UInt64(field.rawValue) }

  /// The names of the fields of the set, in their order.
  var names: String {
    WireField.allCases.filter { contains($0) }.map { $0.name }.joined(separator: ", ")
  }
}
