// The rules that fields of a plan must keep together; PlanReader's header lists them.

public import Events
public import Projections
import Text

/// Checks a plan whose fields have their form.
public enum PlanRules {
  /// One rule, and the fields of the document that it looks at.
  private typealias Rule = (fields: [String], faults: @Sendable (Plan) -> [PlanFault])

  /// In the order in which faults are told.
  private static let rules: [Rule] = [
    (["consultation", "announced"], { consultation($0) }),
    (["announced", "effective_at"], { notice($0) }),
    (["waves", "effective_at", "window_days"], { openings($0) }),
    (["waves"], { canaries($0) + names($0) }),
    (["waves", "hold_back"], { holdBack($0) }),
    (["waves", "effective_at", "window_days", "caps", "closed"], { caps($0) }),
    (["waves"], { lists($0) }),
    (["waves", "effective_at", "window_days", "closed"], { openings(closed: $0) }),
    (["guardrails", "hold_back"], { guardrails($0) }),
    (["guardrails", "waves", "effective_at", "window_days"], { pace($0) }),
    (["waves", "approvals", "approvers", "resume_approvals"], { quorums($0) }),
    (["resume_approvals", "guardrails"], { resume($0) }),
  ]

  /// What is wrong with a plan by itself, whoever the merchants are.
  ///
  /// - Parameter known: faults of single fields; a rule that looks at one of these is not asked,
  ///   for what it would say of a place holder would mislead.
  public static func faults(_ plan: Plan, besides known: [PlanFault] = []) -> [PlanFault] {
    var faulty = Set(known.map { String($0.path.prefix { $0 != "." && $0 != "[" }) })
    // A calendar is another way of writing what is closed.
    if !faulty.isDisjoint(with: PlanCalendar.fieldNames) { faulty.insert("closed") }
    return rules.flatMap { rule in
      faulty.isDisjoint(with: rule.fields) ? rule.faults(plan) : []
    }
  }

  static func day(_ day: BeijingDay) -> String {
    String(RFC3339.beijing(day.start).prefix(10))
  }

  private static func consultation(_ plan: Plan) -> [PlanFault] {
    guard let consultation = plan.consultation, let announced = plan.announced,
      consultation >= announced
    else { return [] }
    return [
      PlanFault(
        path: "consultation", value: day(consultation),
        reason: "opinions are asked for before the announcement of \(day(announced))",
        advice: "Name an earlier day.")
    ]
  }

  private static func notice(_ plan: Plan) -> [PlanFault] {
    guard let announced = plan.announced else { return [] }
    let notice = Int(plan.effectiveAt.beijingDay.rawValue) - Int(announced.rawValue)
    guard notice < PlanReader.noticeDaysMin else { return [] }
    let earliest = announced.advanced(byDays: PlanReader.noticeDaysMin)
    return [
      PlanFault(
        path: "effective_at", value: RFC3339.beijing(plan.effectiveAt),
        reason: "is \(notice) days after the announcement of \(day(announced)), and merchants "
          + "have \(PlanReader.noticeDaysMin) days of notice",
        advice: "The earliest day is \(day(earliest)).")
    ]
  }

  private static func openings(_ plan: Plan) -> [PlanFault] {
    var faults: [PlanFault] = []
    for (index, wave) in plan.waves.enumerated() {
      let path = "waves[\(index)].opens"
      let value = RFC3339.beijing(wave.opensAt)
      if wave.opensAt < plan.effectiveAt {
        faults.append(
          PlanFault(
            path: path, value: value, reason: "is before the plan takes effect",
            advice: "Open it at \(RFC3339.beijing(plan.effectiveAt)) or later."))
      }
      if wave.opensAt >= plan.windowEnd {
        faults.append(
          PlanFault(
            path: path, value: value, reason: "is not inside the window",
            advice: "Open it before \(RFC3339.beijing(plan.windowEnd))."))
      }
      if index > 0, wave.opensAt <= plan.waves[index - 1].opensAt {
        faults.append(
          PlanFault(
            path: path, value: value, reason: "is not after the wave before it",
            advice: "Open it after \(RFC3339.beijing(plan.waves[index - 1].opensAt))."))
      }
    }
    return faults
  }

  private static func canaries(_ plan: Plan) -> [PlanFault] {
    var faults: [PlanFault] = []
    for (index, wave) in plan.waves.enumerated() where wave.isCanary {
      if index == plan.waves.count - 1 {
        faults.append(
          PlanFault(
            path: "waves[\(index)].canary", value: "true",
            reason: "the last wave takes whoever is left and represents nobody",
            advice: "Let another wave follow the canary."))
      } else if index > 0, !plan.waves[index - 1].isCanary {
        faults.append(
          PlanFault(
            path: "waves[\(index)].canary", value: "true", reason: "canaries come first",
            advice: "Move it before \(plan.waves[index - 1].name)."))
      }
    }
    if let first = plan.waves.first, !first.isCanary {
      faults.append(
        PlanFault(
          path: "waves[0].canary", value: "false", reason: "the first wave is no canary",
          advice: "Begin with a small wave that has \"canary\": true."))
    }
    return faults
  }

  private static func names(_ plan: Plan) -> [PlanFault] {
    var faults: [PlanFault] = []
    for (index, wave) in plan.waves.enumerated() {
      guard let first = plan.waves[..<index].firstIndex(where: { $0.name == wave.name }) else {
        continue
      }
      faults.append(
        PlanFault(
          path: "waves[\(index)].name", value: "\(wave.name)", reason: "is waves[\(first)]'s name",
          advice: "Give every wave its own."))
    }
    return faults
  }

  private static func holdBack(_ plan: Plan) -> [PlanFault] {
    guard let last = plan.waves.last, plan.holdBack > last.share else { return [] }
    return [
      PlanFault(
        path: "hold_back", value: "\(plan.holdBack)",
        reason: "is more than the \(last.share) that the last wave has, and it waits for that wave",
        advice: "Hold back at most \(last.share).")
    ]
  }
}

// MARK: - Caps

extension PlanRules {
  /// What each pair of caps says of the plan where they are shares, as counts are judged only
  /// against a registry.
  private static func caps(_ plan: Plan) -> [PlanFault] {
    guard case .share(let hour) = plan.caps.merchantsPerHour,
      case .share(let day) = plan.caps.merchantsPerDay
    else { return [] }
    let loads = plan.waves.map { UInt64($0.share.rawValue) }
    var minutely = UInt64.max
    if case .share(let minute)? = plan.caps.merchantsPerMinute {
      minutely = UInt64(minute.rawValue)
    }
    return Capacity(
      minutely: minutely,
      hourly: UInt64(hour.rawValue), daily: UInt64(day.rawValue),
      pathHour: "caps.merchants_per_hour",
      pathDay: "caps.merchants_per_day", closed: plan.closed
    ).faults(plan, loads: loads) {
      "\(Share(partsPerMillion: UInt32(min($0, 1_000_000_000)))) of the merchants"
    }
  }
}

// MARK: - Against a registry

extension PlanRules {
  /// What is wrong with a plan for the merchants there are; asked when it is announced and started.
  ///
  /// Caps that carry too little in the window are a warning, since merchants may be left pending; a
  /// merchant that is larger than a whole cap could never go, and that is refused. A merchant
  /// without stated payments counts as 0.
  public static func validate(_ plan: Plan, _ book: MerchantBook) -> [PlanFault] {
    validate(plan, book, FrozenOrder(plan: plan, book: book, rollout: .none))
  }

  /// The same for an order that has been made already.
  public static func validate(
    _ plan: Plan, _ book: MerchantBook, _ order: FrozenOrder
  ) -> [PlanFault] {
    validate(plan, book, OrderSums(order, book))
  }

  /// The same for what an order comes to.
  public static func validate(
    _ plan: Plan, _ book: MerchantBook, _ sums: OrderSums
  ) -> [PlanFault] {
    guard sums.whole.merchants > 0 else {
      return [
        PlanFault(
          path: "the registry", reason: "no registered merchant may take part",
          advice: "Import merchants, or look at the plan's platforms, tiers and categories.")
      ]
    }
    return listed(plan, book) + tooLarge(plan, book, sums) + tooSlow(plan, sums)
  }

  private static func tooLarge(
    _ plan: Plan, _ book: MerchantBook, _ sums: OrderSums
  ) -> [PlanFault] {
    let volume = UInt64(sums.largestPayments)
    var caps = [
      ("caps.payments_per_hour", plan.caps.paymentsPerHour),
      ("caps.payments_per_day", plan.caps.paymentsPerDay),
    ]
    if let minute = plan.caps.paymentsPerMinute {
      caps.append(("caps.payments_per_minute", minute))
    }
    return caps.compactMap { path, cap in
      let limit = cap.limit(of: sums.whole.dailyPayments)
      guard volume > limit else { return nil }
      return PlanFault(
        path: path, value: text(cap),
        reason:
          "lets \(limit) payments through, and merchant \(book.external(sums.largest)) alone "
          + "has \(volume) a day: it could never be enabled",
        advice: "Allow at least \(volume), which is "
          + "\(share(volume, of: sums.whole.dailyPayments)) of the whole.")
    }
  }

  private static func tooSlow(_ plan: Plan, _ sums: OrderSums) -> [PlanFault] {
    let (whole, payments) = (UInt64(sums.whole.merchants), sums.whole.dailyPayments)
    let heads = Capacity(
      minutely: plan.caps.merchantsPerMinute?.limit(of: whole) ?? .max,
      hourly: plan.caps.merchantsPerHour.limit(of: whole),
      daily: plan.caps.merchantsPerDay.limit(of: whole), pathHour: "caps.merchants_per_hour",
      pathDay: "caps.merchants_per_day", closed: plan.closed)
    let volumes = Capacity(
      minutely: plan.caps.paymentsPerMinute?.limit(of: payments) ?? .max,
      hourly: plan.caps.paymentsPerHour.limit(of: payments),
      daily: plan.caps.paymentsPerDay.limit(of: payments), pathHour: "caps.payments_per_hour",
      pathDay: "caps.payments_per_day", closed: plan.closed)
    return heads.faults(plan, loads: sums.waves.map(\.merchants), isWarning: true) {
      $0 == 1 ? "1 merchant" : "\($0) merchants"
    }
      + volumes.faults(plan, loads: sums.waves.map(\.dailyPayments), isWarning: true) {
        $0 == 1 ? "1 payment" : "\($0) payments"
      }
  }

  static func text(_ cap: Cap) -> String {
    switch cap {
    case .count(let count): "\(count)"
    case .share(let share): "\(share)"
    }
  }

  /// A part of a whole as a share, rounded up.
  private static func share(_ part: UInt64, of whole: UInt64) -> Share {
    let product = part.multipliedFullWidth(by: UInt64(Share.whole.rawValue))
    let (quotient, rest) = max(whole, part).dividingFullWidth(product)
    return Share(partsPerMillion: UInt32(quotient) + (rest == 0 ? 0 : 1))
  }
}
