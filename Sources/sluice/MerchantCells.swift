// Merchants read where their cells stand in a table, for a file of millions that nobody sends on.
//
// What the daemon would take is taken here, and nothing else: of a row that is unusual in any way
// nothing is said, and it goes the way of all rows, as a request that the daemon's reader judges.

import Events
import Text

/// Reads the cells of a table of merchants.
struct MerchantCells {
  private enum Field: Int, CaseIterable {
    case merchant, platform, category, city, tier, dailyPayments
  }

  /// The longest number that is read here, in digits.
  private static let digitsMax = 9
  private static let platforms = ShopPlatform.allCases.map { (Array($0.name.utf8), $0) }
  private static let tiers = Tier.allCases.map { (Array($0.name.utf8), $0) }

  /// The column of each field; nil where there is none.
  private let columns: [Int?]

  /// - Parameter targets: the field of each column, as the list of an import of merchants has them.
  /// - Returns: nil where the table says more or less than such a reader asks for.
  init?(_ targets: [Int?], _ fields: ImportFields) {
    let known = Field.allCases.count
    guard fields.kind == .merchants, fields.constants.allSatisfy({ $0 == nil }),
      targets.allSatisfy({ $0 ?? 0 < known })
    else { return nil }
    columns = (0..<known).map { field in targets.firstIndex(of: field) }
    guard targets.count(where: { $0 != nil }) == columns.count(where: { $0 != nil }) else {
      return nil
    }
  }

  /// The merchant of the row that a reader has found last; nil where it is an unusual one.
  func merchant(_ row: borrowing CSVReader) -> MerchantRegistered? {
    guard let external = id(.merchant, row), !external.isEmpty,
      let platform = word(.platform, row, MerchantCells.platforms),
      let tier = word(.tier, row, MerchantCells.tiers), let category = id(.category, row),
      let city = id(.city, row), let dailyPayments = number(.dailyPayments, row)
    else { return nil }
    return MerchantRegistered(
      platform: platform, tier: tier, dailyPayments: dailyPayments, external: external,
      category: category, city: city)
  }

  /// None where the cell is empty or there is no column.
  private func id(_ field: Field, _ row: borrowing CSVReader) -> ExternalID? {
    guard let column = columns[field.rawValue] else { return ExternalID.none }
    let cell = row.field(column)
    return cell.isEmpty ? ExternalID.none : try? IdentifierRule.externalID(cell)
  }

  private func word<Value>(
    _ field: Field, _ row: borrowing CSVReader, _ words: [([UInt8], Value)]
  ) -> Value? {
    guard let column = columns[field.rawValue] else { return nil }
    let cell = row.field(column)
    for (word, value) in words where word.count == cell.count {
      if word.indices.allSatisfy({ word[$0] == cell[$0] }) { return value }
    }
    return nil
  }

  /// 0 where the cell is empty or there is no column.
  private func number(_ field: Field, _ row: borrowing CSVReader) -> UInt32? {
    guard let column = columns[field.rawValue] else { return 0 }
    let cell = row.field(column)
    guard cell.count <= MerchantCells.digitsMax, cell.count < 2 || cell[0] != UInt8(ascii: "0")
    else { return nil }
    var value: UInt32 = 0
    for index in cell.indices {
      let digit = cell[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      value = value * 10 + UInt32(digit)
    }
    return value
  }
}
