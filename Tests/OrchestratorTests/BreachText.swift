import Events
import Rollout
import Testing
import Text

/// The evidence of a breach as its event holds it, and what a reader makes of its table.
struct BreachText {
  let logEvidence: String
  let threshold: String
  private let tolerated: String
  private let rows: [[Int64]]

  init(_ bytes: [UInt8]) throws {
    var reader = try FieldReader(try JSONReader.read(bytes))
    logEvidence = try reader.string("log_evidence")
    threshold = try reader.string("threshold")
    _ = try reader.string("alpha")
    _ = try reader.integer("parts", in: 1...3)
    tolerated = try reader.string("tolerated")
    _ = try reader.integer("blocks", in: 1...100_000)
    #expect(try reader.integer("first_block", in: 0...0) == 0)
    guard case .array(let table) = reader.optionalValue("table") else {
      throw TextFault(offset: 0, line: 0, reason: "there is no table")
    }
    rows = try table.map { row in
      guard case .array(let numbers) = row else {
        throw TextFault(offset: 0, line: 0, reason: "no row")
      }
      return numbers.map {
        guard case .number(let number) = $0 else { return -1 }
        return number.integer ?? -1
      }
    }
    try reader.finish()
  }

  /// The highest log evidence that the table gives, written as the event writes it.
  func recomputed(_ kind: GuardrailKind) -> String? {
    switch kind {
    case .checkout, .institution:
      guard let ratio = Ratio(tolerated) else { return nil }
      var test = RatioTest(tolerated: ratio.rawValue)
      fold {
        test.add(treated: count($0, 1), control: count($0, 3))
      } close: {
        test.closeBlock()
      }
      return MixedEvidence.text(test.evidence.peak)
    case .limit, .merchant, .outage:
      guard let share = Share(tolerated) else { return nil }
      var test = LimitTest(limit: share)
      fold {
        test.add(count($0, 1))
      } close: {
        test.closeBlock()
      }
      return MixedEvidence.text(test.evidence.peak)
    }
  }

  private func count(_ row: [Int64], _ place: Int) -> ArmCount {
    ArmCount(orders: UInt32(row[place]), failures: UInt32(row[place + 1]))
  }

  private func fold(_ add: ([Int64]) -> Void, close: () -> Void) {
    for (index, row) in rows.enumerated() {
      add(row)
      if index + 1 == rows.count || rows[index + 1][0] != row[0] { close() }
    }
  }
}
