// Reads a plan's document: strict JSON, every rule checked, every fault reported at once.
//
// The rules beyond the form of each field:
//   1. Consultation comes before the announcement, and the announcement seven days of Beijing or
//      more before the day of effect.
//   2. The waves open one after another inside the window; `day` 1 is the Beijing day of effect.
//   3. Canaries come first, at least one; names come once.
//   4. Every wave but the last has a share or a list of merchants, each merchant in one list at
//      most; the shares are together less than 100 %; the last has "rest", which must hold the
//      hold-back.
//   5. Within the caps, whatever is planned from a wave on can be carried until the window ends.
//   6. Closed intervals are instants, sorted, and do not overlap. What an operator may write
//      instead (`zone`, `opening_hours`, `blackouts`, `recurring_blackouts`) is resolved into them
//      before the daemon sees the document (PlanCalendar), so that no reader asks a time zone
//      database.
//   7. With what is closed, every wave can open before the window ends, its soak behind it.
//   8. Guardrails can be evaluated: see PlanReader+Guardrails.
//   9. As many approvers are listed as any step needs: see PlanReader+Approvals.

public import Events
import Text

/// Reads plans.
public enum PlanReader {
  public static let documentBytesMax = 60_000
  public static let noticeDaysMin = 7
  public static let hashVersions: ClosedRange<Int64> = 1...2
  public static let approvalsMax: Int64 = 100

  /// The plan of a document, or all that is wrong with it.
  public static func read(_ document: [UInt8]) throws(PlanFaults) -> Plan {
    var fields = try fields(try json(document))
    let draft = draft(&fields)
    // A rule is asked only where every field that it looks at has its form.
    let faults = fields.faults + PlanRules.faults(draft.plan, besides: fields.faults)
    guard faults.isEmpty, draft.isWhole else { throw PlanFaults(faults: faults) }
    return draft.plan
  }

  static func json(_ document: [UInt8]) throws(PlanFaults) -> JSONValue {
    if let fault = tooLarge(document) { throw PlanFaults(faults: [fault]) }
    do throws(TextFault) {
      return try JSONReader.read(document, bytesMax: documentBytesMax)
    } catch {
      throw fault(error)
    }
  }

  static func fields(_ value: JSONValue) throws(PlanFaults) -> PlanFields {
    do throws(TextFault) { return PlanFields(try FieldReader(value)) } catch { throw fault(error) }
  }

  private static func fault(_ error: TextFault) -> PlanFaults {
    PlanFaults(faults: [
      PlanFault(
        path: error.line > 0 ? "line \(error.line)" : "the document", reason: error.reason,
        advice: error.hint)
    ])
  }

  /// What could be read of a plan; a field that is at fault has a place holder.
  private struct Draft {
    var plan: Plan
    var isWhole: Bool
  }

  /// The plan, whole where every field has its form; the faults are in `fields`.
  private static func draft(_ fields: inout PlanFields) -> Draft {
    let id = fields.identifier("plan")
    let version = fields.integer("version", in: 1...Int64(UInt16.max))
    let institution = fields.word("institution", Institution.allCases.map { ($0.name, $0) })
    refuseUnresolved(&fields)
    let platforms = platforms(&fields)
    let tiers = tiers(&fields)
    let consultation = fields.optionalDay("consultation")
    let announced = fields.optionalDay("announced")
    let effectiveAt = fields.instant("effective_at")
    let windowDays = fields.integer("window_days", in: 1...Int64(Plan.windowDaysMax))
    let order = order(&fields)
    let holdBack = fields.share("hold_back")
    let waves = waves(&fields, effectiveAt ?? .none)
    let caps = caps(&fields)
    let categories = categories(&fields)
    let approvals = fields.integer("approvals", in: 0...approvalsMax)
    let after = fields.word("after_window", Plan.AfterWindow.allCases.map { ($0.rawValue, $0) })
    let guardrails = guardrails(&fields)
    let closed = closed(&fields)
    let coolingOff = coolingOff(&fields)
    let approvalRules = approvalRules(&fields)
    fields.finish()
    let isWhole =
      id != nil && version != nil && institution != nil && effectiveAt != nil && windowDays != nil
      && order != nil && holdBack != nil && waves != nil && caps != nil && approvals != nil
      && after != nil && coolingOff != nil && approvalRules != nil
    let plan = Plan(
      id: id ?? .none, version: UInt16(version ?? 0), institution: institution ?? .weChatPay,
      platforms: platforms, consultation: consultation, announced: announced,
      effectiveAt: effectiveAt ?? .none, windowDays: Int(windowDays ?? 1), waves: waves ?? [],
      order: order ?? Plan.Order(hashVersion: 1, seed: .none, largestLast: .none),
      holdBack: holdBack ?? .none, caps: caps ?? noCaps,
      excludedCategories: categories.excluded, approvalsNeeded: UInt16(approvals ?? 0),
      afterWindow: after ?? .hold, tiers: tiers, categories: categories.included, closed: closed,
      guardrails: guardrails, coolingOff: coolingOff ?? .none,
      approvalRules: approvalRules ?? .usual)
    return Draft(plan: plan, isWhole: isWhole)
  }

  private static let noCaps = Plan.Caps(
    merchantsPerHour: .count(.max), merchantsPerDay: .count(.max), paymentsPerHour: .count(.max),
    paymentsPerDay: .count(.max))

  private static func coolingOff(_ fields: inout PlanFields) -> Plan.CoolingOff? {
    let name = "cooling_off_minutes"
    guard fields.optional(name) != nil else { return Plan.CoolingOff.none }
    return fields.integer(name, in: 0...Int64(Plan.CoolingOff.minutesMax))
      .map { Plan.CoolingOff(minutes: Int($0)) }
  }

  private static func order(_ fields: inout PlanFields) -> Plan.Order? {
    guard var inner = fields.object("order") else { return nil }
    let version = inner.integer("hash_version", in: hashVersions)
    let seed = inner.identifier("seed")
    let largest = inner.share("largest_last")
    inner.finish()
    fields.faults += inner.faults
    guard let version, let seed, let largest else { return nil }
    return Plan.Order(hashVersion: UInt16(version), seed: seed, largestLast: largest)
  }

  private static func caps(_ fields: inout PlanFields) -> Plan.Caps? {
    guard var inner = fields.object("caps") else { return nil }
    let merchantsPerHour = inner.cap("merchants_per_hour")
    let merchantsPerDay = inner.cap("merchants_per_day")
    let paymentsPerHour = inner.cap("payments_per_hour")
    let paymentsPerDay = inner.cap("payments_per_day")
    let merchantsPerMinute = inner.optionalCap("merchants_per_minute")
    let paymentsPerMinute = inner.optionalCap("payments_per_minute")
    inner.finish()
    fields.faults += inner.faults
    guard let merchantsPerHour, let merchantsPerDay, let paymentsPerHour, let paymentsPerDay
    else { return nil }
    return Plan.Caps(
      merchantsPerHour: merchantsPerHour, merchantsPerDay: merchantsPerDay,
      paymentsPerHour: paymentsPerHour, paymentsPerDay: paymentsPerDay,
      merchantsPerMinute: merchantsPerMinute, paymentsPerMinute: paymentsPerMinute)
  }
}
