// What a breach was concluded from, as its event holds it.

import Events
import Projections
import Rollout
import Text

/// Writes the evidence of a `guardrail-breached` event as JSON.
///
///     {"log_evidence": "7.21...", "threshold": "6.90...", "alpha": "0.1%", "parts": 1,
///      "tolerated": "1.25", "blocks": 12, "first_block": 0,
///      "table": [[block, n_T, y_T, n_C, y_C], ...]}
///
/// `block` counts the judged blocks from 0, and a row that says nothing (one side has no order, or
/// nobody failed) is left out; of a limit a row is `[block, n, y]`, and of a merchant the block for
/// which it began to be watched is left out, for it was not judged. The evidence is the highest one
/// at the end of any block, with 12 significant digits, and alpha is split over `parts` guardrails.
/// Where the table does not fit the event its oldest blocks are left out, and `first_block` says
/// which one is the first that is there; the events of the closed blocks hold them all.
enum BreachEvidence {
  static let tableBytesMax = 58_000

  static func write(
    _ verdict: GuardrailVerdict, _ rules: Guardrails, _ rollout: Rollout
  ) -> [UInt8] {
    let blocks = rollout.evidence.blocks.filter { $0.isWhole }
    var (table, first) = table(verdict, blocks, ownApart: rules.merchant != nil)
    if verdict.kind == .merchant, first == 0 { table.removeFirst() }
    var (json, out) = (JSONWriter(), [UInt8]())
    json.beginObject(to: &out)
    json.field("log_evidence", verdict.evidence, to: &out)
    json.field("threshold", verdict.threshold, to: &out)
    let isOfMerchant = verdict.kind == .merchant
    let alpha = isOfMerchant ? rules.merchant?.alpha ?? .none : rules.alpha
    json.field("alpha", alpha.description, to: &out)
    json.key("parts", to: &out)
    json.integer(isOfMerchant ? 1 : rules.parts, to: &out)
    json.field("tolerated", tolerated(verdict.kind, rules), to: &out)
    json.key("blocks", to: &out)
    json.integer(blocks.count, to: &out)
    json.key("first_block", to: &out)
    json.integer(first, to: &out)
    json.key("table", to: &out)
    json.beginArray(to: &out)
    for row in table {
      json.beginArray(to: &out)
      for number in row { json.integer(number, to: &out) }
      json.endArray(to: &out)
    }
    json.endArray(to: &out)
    json.endObject(to: &out)
    return out
  }

  private static func tolerated(_ kind: GuardrailKind, _ rules: Guardrails) -> String {
    switch kind {
    case .checkout: rules.checkout?.tolerated.description ?? ""
    case .institution: rules.institution?.tolerated.description ?? ""
    case .limit, .outage: rules.limit?.failures.description ?? ""
    case .merchant: rules.merchant?.failures.description ?? ""
    }
  }

  /// The rows from the first block on that still fits.
  private static func table(
    _ verdict: GuardrailVerdict, _ blocks: [ClosedEvidence.Block], ownApart: Bool
  ) -> (rows: [[Int]], first: Int) {
    var rows: [[Int]] = []
    var bytes = 0
    for index in blocks.indices.reversed() {
      let new = self.rows(verdict, blocks[index], ownApart: ownApart).map { [index] + $0 }
      bytes += new.reduce(0) { $0 + $1.reduce(2) { $0 + "\($1)".utf8.count + 1 } }
      guard bytes <= tableBytesMax else { return (rows.reversed(), index + 1) }
      rows += new.reversed()
    }
    return (rows.reversed(), 0)
  }

  private static func rows(
    _ verdict: GuardrailVerdict, _ block: ClosedEvidence.Block, ownApart: Bool
  ) -> [[Int]] {
    switch verdict.kind {
    case .checkout: block.rows.compactMap { pair($0.treated, $0.control) }
    case .institution: block.rows.compactMap { pair($0.institution, $0.others) }
    case .limit, .outage: [single(block.attempts(ownApart: ownApart))].compactMap { $0 }
    case .merchant:
      block.merchants.filter { $0.merchant == verdict.merchant }.compactMap { single($0.count) }
    }
  }

  private static func pair(_ treated: ArmCount, _ control: ArmCount) -> [Int]? {
    guard treated.orders > 0, control.orders > 0, treated.failures + control.failures > 0 else {
      return nil
    }
    return [treated.orders, treated.failures, control.orders, control.failures].map { Int($0) }
  }

  private static func single(_ side: ArmCount) -> [Int]? {
    side.orders > 0 ? [Int(side.orders), Int(side.failures)] : nil
  }
}

extension JSONWriter {
  fileprivate mutating func field(_ name: String, _ text: String, to out: inout [UInt8]) {
    key(name, to: &out)
    string(text, to: &out)
  }
}
