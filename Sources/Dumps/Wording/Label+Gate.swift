// What keeps a rollout from going on, who can end that, and when it will be through: sentences that
// `status` and `explain` share.

/// The sentences of a gate.
public enum GateWords {
  public static let notAnnounced = Label("it is not announced", "尚未公告")
  public static let notStarted = Label("it is not started", "尚未启动")
  public static let clockHeld = Label("the clock made a large step", "时钟大幅跳动")
  public static let windowOver = Label("the window is over", "窗口期已结束")
  public static let nothing = Label("nothing", "无")

  public static func approvals(_ standing: String) -> Label {
    Label("approvals: \(standing)", "审批：\(standing)")
  }
  public static func order(
    isRollback: Bool, at position: UInt64, _ switched: String, of all: String
  ) -> Label {
    Label(
      "the \(isRollback ? "roll-back" : "reinstatement") ordered at position \(position): "
        + "\(switched) of \(all) switched",
      "位置 \(position) 下令的\(isRollback ? "回退" : "恢复")：已切换 \(switched)/\(all)")
  }
  public static func takesEffect(_ instant: String) -> Label {
    Label("it takes effect at \(instant)", "自 \(instant) 起施行")
  }
  public static func closed(_ instant: String, _ why: String) -> Label {
    Label("closed until \(instant) (\(why))", "\(instant) 之前不开通（\(why)）")
  }
  public static func soaking(_ wave: UInt16, _ until: String) -> Label {
    Label(
      "wave \(wave) waits for the soak of the one before, until \(until)",
      "第 \(wave) 批等待前一批观察期满，至 \(until)")
  }
  public static func waveOpens(_ wave: UInt16, _ instant: String) -> Label {
    Label("wave \(wave) opens at \(instant)", "第 \(wave) 批于 \(instant) 开启")
  }
  public static func ended(_ phase: String) -> Label {
    Label("the rollout is \(phase)", "开放\(phase)")
  }
  public static func place(_ guardrail: String, _ position: UInt64) -> Label {
    Label("\(guardrail) at position \(position)", "\(guardrail)（位置 \(position)）")
  }
  /// - Parameter places: one or several, as `place` says them.
  public static func breach(_ count: Int, _ places: String, _ instant: String) -> Label {
    Label(
      "breach of " + (count == 1 ? "" : "\(count) guardrails: ") + "\(places), \(instant)",
      (count == 1 ? "护栏突破：" : "\(count) 道护栏突破：") + "\(places)，\(instant)")
  }
}

// MARK: - Approvals

extension GateWords {
  public static func resume(_ standing: String) -> Label {
    Label("resume: \(standing)", "继续开通：\(standing)")
  }
  public static func wave(_ wave: UInt16, _ standing: String) -> Label {
    Label("wave \(wave): \(standing)", "第 \(wave) 批：\(standing)")
  }
  /// How many are given, by whom and until when.
  ///
  /// - Parameters:
  ///   - sentence: as the gate itself says it.
  ///   - givers: as `giver` says them; empty where there are none.
  public static func given(
    _ sentence: String, _ given: Int, of needed: Int, _ givers: String
  ) -> Label {
    Label(
      sentence,
      "\(min(given, needed))/\(needed)" + (given > needed ? "，已获 \(given)" : "")
        + (givers.isEmpty ? "" : "（\(givers)）"))
  }
  public static func giver(_ name: String, until instant: String) -> Label {
    Label("\(name) until \(instant)", "\(name) 有效至 \(instant)")
  }
}

// MARK: - Caps

extension GateWords {
  public static let merchantsPerMinute = Label("merchants-per-minute", "每分钟商户数")
  public static let merchantsPerHour = Label("merchants-per-hour", "每小时商户数")
  public static let merchantsPerDay = Label("merchants-per-day", "每日商户数")
  public static let paymentsPerMinute = Label("payments-per-minute", "每分钟支付笔数")
  public static let paymentsPerHour = Label("payments-per-hour", "每小时支付笔数")
  public static let paymentsPerDay = Label("payments-per-day", "每日支付笔数")

  /// - Parameters:
  ///   - needed: nil where it is one.
  ///   - freesAt: nil where it never does.
  public static func cap(
    _ name: String, used: String, limit: String, needed: String?, freesAt: String?
  ) -> Label {
    Label(
      "the cap \(name) is used up: \(used) of \(limit)" + (needed.map { ", it needs \($0)" } ?? "")
        + (freesAt.map { "; free at \($0)" } ?? "; it is larger than the cap"),
      "上限「\(name)」已用完：\(used)/\(limit)" + (needed.map { "，需要 \($0)" } ?? "")
        + (freesAt.map { "；\($0) 起有余量" } ?? "；超出上限本身"))
  }
}

// MARK: - Evidence

extension GateWords {
  // What English says stands with the rule itself.
  public static func noBlockYet(_ english: String) -> Label { Label(english, "尚无已结算的证据时段") }
  public static func blockNotWhole(_ english: String, _ gap: String) -> Label {
    Label(english, "最近的证据时段不完整（\(gap)）")
  }
  public static func silent(_ english: String) -> Label { Label(english, "近期没有订单尝试支付") }
  public static func tooFew(
    _ english: String, isTreated: Bool, _ orders: UInt64, of needed: UInt32
  ) -> Label {
    Label(english, "\(isTreated ? "已开通" : "尚未开通")商户只有 \(orders) 单，计划要求 \(needed) 单")
  }
  public static func inconclusive(
    _ english: String, _ evidence: String, of threshold: String
  ) -> Label {
    Label(english, "尚不足以证明可继续放开：对数证据 \(evidence)/\(threshold)")
  }
  public static func wholeBlockReleases(_ english: String) -> Label {
    Label(english, "完整的证据时段结算后解除。")
  }
  public static func ordersRelease(_ english: String) -> Label {
    Label(english, "有订单即解除：请确认收银台的支付尝试能送达。")
  }
  public static func moreOrdersRelease(_ english: String) -> Label {
    Label(english, "已结算时段内的订单增多后解除，或以 `--override` 审批。")
  }
  public static func harmlessOrdersRelease(_ english: String) -> Label {
    Label(english, "更多未受损的订单可解除，或以 `--override` 审批。")
  }
}

// MARK: - Who can end it

extension GateWords {
  // What English says stands with the rule itself.
  public static func `operator`(_ english: String) -> Label { Label(english, "运营人员") }
  public static func approvers(_ english: String) -> Label { Label(english, "审批人") }
  public static func scheduler(_ english: String) -> Label { Label(english, "调度程序") }
  public static func plan(_ english: String) -> Label { Label(english, "计划") }
  public static func cashier(_ english: String) -> Label { Label(english, "收银台一方") }
  public static func evidence(_ english: String) -> Label { Label(english, "证据") }
  public static func nobody(_ english: String) -> Label { Label(english, "无人") }

  public static func endedBy(_ gate: String, _ owner: String) -> Label {
    Label("\(gate); ended by \(owner)", "\(gate)；由\(owner)解除")
  }
  public static func atWork(_ gate: String, _ owner: String) -> Label {
    Label("\(gate); \(owner) is at work", "\(gate)；\(owner)正在处理")
  }
}

// MARK: - When it will be through

extension GateWords {
  public static let beyondAYear = Label(
    "no expected end: the caps let it take more than a year", "预计完成时间不定：按上限需一年以上")
  public static let moreThanAYear = Label(
    "the caps let it take more than a year", "按上限需一年以上")
  public static let pendingStayOff = Label(
    "who is pending then stays off", "届时待开通的商户不再开通")
  public static let waitsForOperator = Label(
    "then it waits for the operator", "届时等待运营人员处理")
  public static let evidenceLets = Label(
    "evidence lets the waves open", "证据允许各批开启")

  public static func at(_ instant: String) -> Label { Label("at about \(instant)", "约 \(instant)") }
  public static func hangsOn(_ owner: String, _ gate: String) -> Label {
    Label(
      "no expected end: it hangs on \(owner) (\(gate))", "预计完成时间不定：取决于\(owner)（\(gate)）")
  }
  public static func allIn(_ instant: String) -> Label {
    Label("all would be in at about \(instant)", "全部开通约需至 \(instant)")
  }
  public static func windowEnds(_ pace: String, _ instant: String, _ fate: String) -> Label {
    Label(
      "no expected end: \(pace), and the window ends before, at \(instant); \(fate)",
      "预计完成时间不定：\(pace)，而窗口期先于 \(instant) 结束；\(fate)")
  }
  public static func approved(_ waves: [String]) -> Label {
    let names = waves.joined(separator: ", ")
    return Label(
      "\(waves.count == 1 ? "wave" : "the waves") \(names) will be approved by then",
      "第 \(waves.joined(separator: "、")) 批届时已获审批")
  }
  public static func and(_ first: String, _ second: String) -> Label {
    Label("\(first) and \(second)", "\(first)且\(second)")
  }
  public static func provided(_ end: String, _ provisos: String) -> Label {
    Label("\(end), if \(provisos)", "\(end)，前提是\(provisos)")
  }
}
