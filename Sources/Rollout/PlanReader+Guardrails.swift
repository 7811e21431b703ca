// Reads what a plan's document says of its guardrails, and holds it against the rest of the plan.
//
//   "guardrails": {
//     "block_minutes": 10,                     orders are counted by the block they were tried in
//     "answer_minutes": 15,                    without an answer an attempt has failed
//     "alpha": "0.1%",                         the chance of a false alarm in the whole rollout
//     "checkout": { "tolerated_ratio": "1.25", "on_breach": "roll-back-wave" },
//     "institution": { "tolerated_ratio": "1.5", "on_breach": "pause" },
//     "limit": { "failures": "5%", "on_breach": "pause" },
//     "merchant": { "failures": "20%", "alpha": "0.0001%" },
//     "widen": { "ratio": "1.5", "alpha": "5%" },
//     "min_orders": 100,                       on each side, before a further wave opens
//     "silent_blocks": 6,                      without an order nobody is enabled
//     "ignore_below_fen": 100                  probes and orders of the staff are in no evidence
//   }
//
// `checkout`, `institution`, `limit`, `merchant`, `widen` and `ignore_below_fen` may be left out,
// but not all of the first four.

public import Events
import Text

extension PlanReader {
  static let blockMinutes: ClosedRange<Int64> = 1...1440
  static let answerMinutes: ClosedRange<Int64> = 1...1440
  static let ordersMin: ClosedRange<Int64> = 1...1_000_000_000
  static let silentBlocks: ClosedRange<Int64> = 1...1440
  static let ignoreBelow: ClosedRange<Int64> = 1...10_000

  /// The guardrails of a plan; nil where it has none, or they are faulty.
  static func guardrails(_ fields: inout PlanFields) -> Guardrails? {
    guard fields.optional("guardrails") != nil, var inner = fields.object("guardrails") else {
      return nil
    }
    let block = inner.integer("block_minutes", in: blockMinutes)
    let answer = inner.integer("answer_minutes", in: answerMinutes)
    let alpha = inner.alpha("alpha")
    let checkout = inner.comparison("checkout")
    let institution = inner.comparison("institution")
    let limit = inner.limit("limit")
    let merchant = inner.merchantLimit("merchant")
    let widen = inner.gate("widen")
    let orders = inner.integer("min_orders", in: ordersMin)
    let silent = inner.integer("silent_blocks", in: silentBlocks)
    let ignored =
      inner.optional("ignore_below_fen") == nil
      ? 0 : inner.integer("ignore_below_fen", in: ignoreBelow)
    inner.finish()
    fields.faults += inner.faults
    guard let block, let answer, let alpha, let orders, let silent, let ignored else {
      return nil
    }
    return Guardrails(
      blockSeconds: block * 60, answerSeconds: answer * 60, alpha: alpha, checkout: checkout,
      institution: institution, limit: limit, merchant: merchant, widen: widen,
      ordersMin: UInt32(orders), silentBlocksMax: Int(silent), ignoreBelow: Money(fen: ignored))
  }
}

extension PlanFields {
  /// An inner object that may be absent, read by `body`.
  private mutating func optionalObject<Value>(
    _ name: String, _ body: (inout PlanFields) -> Value?
  ) -> Value? {
    guard optional(name) != nil, var inner = object(name) else { return nil }
    let value = body(&inner)
    inner.finish()
    faults += inner.faults
    return value
  }

  fileprivate mutating func comparison(_ name: String) -> Guardrails.Comparison? {
    optionalObject(name) { inner in
      let ratio = inner.ratio("tolerated_ratio")
      let action = inner.action()
      guard let ratio, let action else { return nil }
      return Guardrails.Comparison(tolerated: ratio, action: action)
    }
  }

  fileprivate mutating func limit(_ name: String) -> Guardrails.Limit? {
    optionalObject(name) { inner in
      let failures = inner.properShare("failures")
      let action = inner.action()
      guard let failures, let action else { return nil }
      return Guardrails.Limit(failures: failures, action: action)
    }
  }

  fileprivate mutating func merchantLimit(_ name: String) -> Guardrails.MerchantLimit? {
    optionalObject(name) { inner in
      let failures = inner.properShare("failures")
      let alpha = inner.alpha("alpha")
      guard let failures, let alpha else { return nil }
      return Guardrails.MerchantLimit(failures: failures, alpha: alpha)
    }
  }

  fileprivate mutating func gate(_ name: String) -> Guardrails.Gate? {
    optionalObject(name) { inner in
      let ratio = inner.ratio("ratio")
      let alpha = inner.alpha("alpha")
      guard let ratio, let alpha else { return nil }
      return Guardrails.Gate(ratio: ratio, alpha: alpha)
    }
  }

  private mutating func action() -> BreachAction? {
    word("on_breach", BreachAction.allCases.map { ($0.rawValue, $0) })
  }

  /// A share between nothing and the whole, both left out.
  private mutating func properShare(_ name: String) -> Share? {
    guard let text = string(name, "a share such as 5%") else { return nil }
    guard let share = share(name, text, isZeroAllowed: false) else { return nil }
    guard share < .whole else {
      fault(name, text, "limits nothing", "Give less than 100%.")
      return nil
    }
    return share
  }

  fileprivate mutating func alpha(_ name: String) -> Share? {
    guard let share = properShare(name) else { return nil }
    guard share.rawValue <= 100_000 else {
      fault(
        name, "\(share)", "is a chance of false alarms that nobody can live with",
        "Give at most 10%.")
      return nil
    }
    return share
  }

  /// A ratio from 1 to 16 with at most three decimals.
  private mutating func ratio(_ name: String) -> Ratio? {
    let wanted = "a ratio from 1 to 16 such as \"1.25\""
    guard let text = string(name, wanted) else { return nil }
    guard let ratio = Ratio(text), ratio >= .one, ratio.rawValue <= 16_000 else {
      fault(name, text, "is no such ratio", "Give \(wanted).")
      return nil
    }
    return ratio
  }
}

extension Ratio {
  /// Reads `1.25`; nil for anything else or more than three decimals.
  public init?(_ text: String) {
    guard let value = fixedDecimal(text.utf8, decimals: 3).flatMap({ UInt32(exactly: $0) }) else {
      return nil
    }
    self.init(thousandths: value)
  }
}

// MARK: - Rules

extension PlanRules {
  /// Which guardrails and gates could never be evaluated under the plan, and why.
  static func guardrails(_ plan: Plan) -> [PlanFault] {
    guard let rules = plan.guardrails else { return [] }
    var faults: [PlanFault] = []
    let path = "guardrails"
    if rules.parts == 0, rules.merchant == nil {
      faults.append(
        PlanFault(
          path: path, reason: "guards nothing",
          advice: "Give checkout, institution, limit or merchant, or leave guardrails out."))
    }
    if plan.holdBack == .none, rules.checkout != nil || rules.widen != nil {
      faults.append(
        PlanFault(
          path: "hold_back", value: "\(plan.holdBack)",
          reason: "leaves nobody to compare with, and \(path) compares "
            + "(\(rules.checkout == nil ? "widen" : "checkout"))",
          advice: "Hold back some, such as 5%, or leave the comparison out."))
    }
    if rules.checkout != nil, rules.limit == nil {
      faults.append(
        PlanFault(
          path: "\(path).limit",
          reason: "is missing: in the last wave nobody is left to compare with, and then only an "
            + "absolute limit guards",
          advice: "Give a limit, such as { \"failures\": \"5%\", \"on_breach\": \"pause\" }."))
    }
    return faults
  }

  /// Evidence takes a block and the time for answers before it can say anything.
  static func pace(_ plan: Plan) -> [PlanFault] {
    guard let rules = plan.guardrails else { return [] }
    let delay = rules.blockSeconds + rules.answerSeconds
    let window = plan.windowEnd.seconds - plan.effectiveAt.seconds
    if delay >= window {
      return [
        PlanFault(
          path: "guardrails.block_minutes", value: "\(rules.blockSeconds / 60)",
          reason: "with answer_minutes is \(delay / 60) minutes: no block would be closed in the "
            + "window",
          advice: "Give shorter ones.")
      ]
    }
    for (earlier, later) in zip(plan.waves, plan.waves.dropFirst())
    where later.opensAt.seconds - earlier.opensAt.seconds < delay {
      return [
        PlanFault(
          path: "waves", value: later.name.description,
          reason: "opens before a block of evidence on \(earlier.name) can be closed, "
            + "\(delay / 60) minutes after it opens",
          advice: "Open it later, or give shorter block_minutes and answer_minutes.")
      ]
    }
    return []
  }
}
