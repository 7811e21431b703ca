// The tables of a closed block as its event holds them: JSON of numbers, in one order only.

public import Events
import Text

/// Writes and reads the tables of an `evidence-closed` event.
///
/// The strata stand in the order of tier and size, each as an array: the tier's name, the size
/// class, then orders and failures of the treated, the control, the institution and the others,
/// then the institution's failures for the merchants' own sake. Sides of a block add up to 32
/// bits, and no stratum and no merchant stands twice.
public enum EvidenceTable {
  /// How long a table may be, so that both fit one event.
  static let bytesMax = 60_000

  public static func write(_ rows: [EvidenceRow]) -> [UInt8] {
    var (json, out) = (JSONWriter(), [UInt8]())
    json.beginArray(to: &out)
    for row in rows {
      json.beginArray(to: &out)
      json.string(row.stratum.tier.name, to: &out)
      json.integer(Int(row.stratum.size), to: &out)
      for side in [row.treated, row.control, row.institution, row.others] {
        json.integer(Int(side.orders), to: &out)
        json.integer(Int(side.failures), to: &out)
      }
      json.integer(Int(row.own), to: &out)
      json.endArray(to: &out)
    }
    json.endArray(to: &out)
    return out
  }

  public static func write(_ merchants: [MerchantEvidence]) -> [UInt8] {
    var (json, out) = (JSONWriter(), [UInt8]())
    json.beginArray(to: &out)
    for row in merchants {
      json.beginArray(to: &out)
      json.integer(Int(row.merchant.rawValue), to: &out)
      json.integer(Int(row.count.orders), to: &out)
      json.integer(Int(row.count.failures), to: &out)
      json.endArray(to: &out)
    }
    json.endArray(to: &out)
    return out
  }

  /// The strata of a table; nil where it is none.
  public static func rows(_ bytes: [UInt8]) -> [EvidenceRow]? {
    guard let tables = arrays(bytes) else { return nil }
    var rows: [EvidenceRow] = []
    for table in tables {
      guard table.count == 11, case .string(let name) = table[0], let tier = Tier(name: name),
        let size = number(table[1]), size <= UInt32(Stratum.sizeMax)
      else { return nil }
      var sides: [ArmCount] = []
      for place in stride(from: 2, to: 10, by: 2) {
        guard let side = count(table[place], table[place + 1]) else { return nil }
        sides.append(side)
      }
      let stratum = Stratum(tier: tier, size: UInt8(size))
      guard let own = number(table[10]), UInt64(own) + UInt64(sides[2].failures) <= sides[2].orders,
        rows.last.map({ $0.stratum < stratum }) ?? true
      else { return nil }
      rows.append(
        EvidenceRow(
          stratum: stratum, treated: sides[0], control: sides[1], institution: sides[2],
          others: sides[3], own: own))
    }
    let totals = rows.reduce((UInt64(0), UInt64(0), UInt64(0), UInt64(0))) {
      (
        $0.0 + UInt64($1.treated.orders), $0.1 + UInt64($1.control.orders),
        $0.2 + UInt64($1.institution.orders), $0.3 + UInt64($1.others.orders)
      )
    }
    let most = max(totals.0, totals.1, totals.2, totals.3)
    return most <= UInt64(UInt32.max) ? rows : nil
  }

  /// The merchants of a table; nil where it is none.
  public static func merchants(_ bytes: [UInt8]) -> [MerchantEvidence]? {
    guard let tables = arrays(bytes) else { return nil }
    var rows: [MerchantEvidence] = []
    for table in tables {
      guard table.count == 3, let merchant = number(table[0]),
        merchant > rows.last?.merchant.rawValue ?? 0,
        let count = count(table[1], table[2])
      else { return nil }
      rows.append(MerchantEvidence(merchant: MerchantNumber(merchant), count: count))
    }
    return rows
  }

  private static func arrays(_ bytes: [UInt8]) -> [[JSONValue]]? {
    guard let value = try? JSONReader.read(bytes, bytesMax: bytesMax),
      case .array(let elements) = value
    else { return nil }
    var tables: [[JSONValue]] = []
    for element in elements {
      guard case .array(let table) = element else { return nil }
      tables.append(table)
    }
    return tables
  }

  private static func count(_ orders: JSONValue, _ failures: JSONValue) -> ArmCount? {
    guard let orders = number(orders), let failures = number(failures), failures <= orders else {
      return nil
    }
    return ArmCount(orders: orders, failures: failures)
  }

  private static func number(_ value: JSONValue) -> UInt32? {
    guard case .number(let number) = value else { return nil }
    return number.integer.flatMap { UInt32(exactly: $0) }
  }
}

/// What one merchant's own failures were in a closed block.
public struct MerchantEvidence: Hashable, Sendable, BitwiseCopyable {
  public var merchant: MerchantNumber
  /// Attempts through the rollout's institution, and those that failed for the merchant's sake.
  public var count: ArmCount

  public init(merchant: MerchantNumber, count: ArmCount) {
    self.merchant = merchant
    self.count = count
  }
}
