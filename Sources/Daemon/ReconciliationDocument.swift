// A comparison of a statement with the log, as the client that made it hands it in.
//
//   {"institution":"wechat-pay","day":"2024-09-12","position":4711,"digest":"...","lines":45,
//    "incomparable":0,"fee":8000,"adjusted":[0,0],"findings":0,"open":0,
//    "captured":{"log":[31,47],"statement":[31,47],...},"refunded":{...}}
//
// A pair is a count and an amount in fen; the fee is in hundred-thousandths of a yuan.

import Events
import Merkle
import Text

enum ReconciliationDocument {
  /// Far more than one has.
  static let bytesMax = 4096

  static func read(_ bytes: [UInt8]) throws(WireFault) -> StatementReconciled {
    do throws(TextFault) {
      return try parse(try JSONReader.read(bytes, bytesMax: bytesMax))
    } catch { throw WireFault("document", error.reason, hint: error.hint) }
  }

  private static func parse(_ value: JSONValue) throws(TextFault) -> StatementReconciled {
    var fields = try FieldReader(value)
    let name = try fields.string("institution")
    guard let institution = Institution(name: name) else {
      throw fields.fault("institution", "is \(name)", hint: "It is \(Words.institutions.names).")
    }
    let day = try RFC3339.parseDay(try fields.string("day"))
    guard let digest = Digest(hex: try fields.string("digest")) else {
      throw fields.fault("digest", "is not 64 hexadecimal digits")
    }
    let found = StatementReconciled(
      institution: institution, day: day, position: Position(try count("position", &fields)),
      digest: digest, lines: try count("lines", &fields),
      incomparable: try count("incomparable", &fields),
      fee: StatementFee(rawValue: try fields.integer("fee")),
      adjusted: try tally("adjusted", &fields), findings: try count("findings", &fields),
      open: try count("open", &fields), captured: try sums("captured", &fields),
      refunded: try sums("refunded", &fields))
    try fields.finish()
    return found
  }

  private static func count(
    _ name: String, _ fields: inout FieldReader
  ) throws(TextFault) -> UInt64 {
    UInt64(try fields.integer(name, in: 0...Int64.max))
  }

  private static func sums(
    _ name: String, _ fields: inout FieldReader
  ) throws(TextFault) -> StatementSums {
    var object = try fields.object(name)
    var tallies: [StatementTally] = []
    for name in StatementSums.names { tallies.append(try tally(name, &object)) }
    try object.finish()
    var sums = StatementSums()
    sums.tallies = tallies
    return sums
  }

  private static func tally(
    _ name: String, _ fields: inout FieldReader
  ) throws(TextFault) -> StatementTally {
    let pair = try fields.array(name)
    guard pair.count == 2, case .number(let count) = pair[0], case .number(let fen) = pair[1],
      let count = count.integer, let fen = fen.integer
    else { throw fields.fault(name, "is no pair of a count and an amount in fen") }
    return StatementTally(count: count, fen: fen)
  }
}
