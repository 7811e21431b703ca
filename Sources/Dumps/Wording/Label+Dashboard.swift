// The dashboard's sections beside its first tables: the course, shares, the mix, what the opening
// did, failures and guardrails, reconciliation.

// MARK: - The state in one line

extension Label {
  static let noRolloutYet = Label("no rollout yet", "尚无开放计划")

  static let endedAt = Label("the opening ended at", "开通结束于")
}

// MARK: - The course

extension Label {
  static let course = Label("Planned and done", "计划与实际")
  static let courseNote = Label(
    "Merchants let in, cumulative, by Beijing time. Planned by waves, soaks, closed hours and caps "
      + "on the number of merchants.",
    "累计开通商户数，按北京时间。计划依批次、观察期、不开通时段与商户数上限推算。")
  static let plannedLine = Label("planned", "计划")
  static let doneLine = Label("done", "实际")
  static let pauseSign = Label("pause", "暂停")
  static let breachSign = Label("breach", "护栏突破")
  static let rollBackSign = Label("roll-back", "回退")
  static let reinstatementSign = Label("reinstatement", "恢复")
  static let waveSign = Label("wave opens (number above)", "批次开启（上方为批次号）")
  static let nowSign = Label("now", "现在")
  static let plannedSoFar = Label("planned so far", "计划累计")
  static let doneSoFar = Label("done so far", "实际累计")
  static let happened = Label("on the way", "途中事项")

  static func courseInWords(
    _ done: String, _ planned: String, _ whole: String, _ instant: String
  ) -> Label {
    Label(
      "By \(instant) \(done) of \(whole) merchants had been let in; the plan had \(planned). The "
        + "table below has every day.",
      "截至 \(instant)，名单 \(whole) 家中已开通 \(done) 家，计划为 \(planned) 家。各日见下表。")
  }
  static func pausedFor(_ minutes: String) -> Label {
    Label("paused \(minutes)", "暂停 \(minutes)")
  }
  static func breachesThatDay(_ count: Int) -> Label {
    Label("\(count) breach\(count == 1 ? "" : "es")", "护栏突破 \(count) 次")
  }
  static func rolledBackThatDay(_ merchants: String) -> Label {
    Label("rolled back \(merchants)", "回退 \(merchants) 家")
  }
  static func reinstatedThatDay(_ merchants: String) -> Label {
    Label("reinstated \(merchants)", "恢复 \(merchants) 家")
  }
}

// MARK: - Shares

extension Label {
  static let shares = Label("Enabled share", "已开通占比")
  static let sharesNote = Label(
    "Of the merchants that may take part, as the registry stands now.", "以登记册现状中可参与的商户为底数。")
  static let byPlatform = Label("By platform", "按平台")
  static let byTier = Label("By tier", "按城市等级")
  static let byCategory = Label("By category", "按类目")
  static let all = Label("all", "总数")
  static let onNow = Label("on", "开通中")

  static func otherCategories(_ count: Int) -> Label {
    Label(count == 1 ? "1 other" : "\(count) others", "其余 \(count) 类")
  }
}

// MARK: - The mix

extension Label {
  static let mixByDay = Label("Mix by day", "各日支付构成")
  static let mixByDayNote = Label(
    "Share of each day's captured payments, from below in the order of the legend. A thin column "
      + "has less than a twentieth of the largest day's.",
    "各日收款按支付机构的占比，自下而上依图例次序。细柱之日收款不足最多一日的二十分之一。")

  static func mixInWords(_ first: String, _ last: String) -> Label {
    Label("On the first day: \(first). On the last day: \(last).", "首日：\(first)。末日：\(last)。")
  }
}

// MARK: - What the opening did

extension Label {
  static let opening = Label("What the opening did for merchants", "开通给商户带来的变化")
  static let openingNote = Label(
    "Orders that cashiers attempted, through whichever institution, a merchant-day: at merchants "
      + "that were on, and at those not yet enabled. A stratum is a tier and a class of usual "
      + "payments.",
    "收银台发起的订单（不论支付机构），比较同一层内已开通与尚未开通的商户。层由城市等级与日均支付笔数档构成。")
  static let capturesByStratum = Label("Captured in the same stratum", "同层收款")
  static let capturesNote = Label(
    "Captures by whichever institution and their order transaction amounts, a merchant-day: of "
      + "orders placed while merchants were on, and of orders placed while they were not yet "
      + "enabled. Beside each in small figures stands the sum. Refunds take nothing off; merchants "
      + "that were withdrawn or excluded count on neither side.",
    "不论支付机构的收款笔数及其订单成交金额，按商户日计：下单时商户已开通者与尚未开通者分列，"
      + "小字为合计。不扣减退款；已回退或被排除的商户不计入任一方。")
  static let noCaptures = Label(
    "No stratum has had merchants on both sides and a capture since the opening began.",
    "自开放开始以来，尚无任何一层同时有两方商户并有收款。")
  static let ofCaptures = Label("of captures", "收款笔数")
  static let ofAmounts = Label("of amounts", "金额")

  static func capturesSpan(_ from: String, _ to: String) -> Label {
    Label("Placed from \(from) to \(to).", "下单时间自 \(from) 至 \(to)。")
  }
  static let noEvidence = Label(
    "Orders are counted by stratum where the plan has guardrails and cashiers report their "
      + "attempts: here nothing has been closed since the evidence began anew.",
    "计划设有护栏且收银台上报支付尝试时，订单按层统计；自证据重新累计以来尚无已结算的时段。")
  static let byStratum = Label("Orders in the same stratum", "同层订单")
  static let stratum = Label("stratum", "层")
  static let merchantDays = Label("merchant-days", "商户日")
  static let ordersADay = Label("orders a merchant-day", "每商户日订单")
  static let enabledSide = Label("enabled", "已开通")
  static let notYetSide = Label("not yet enabled", "尚未开通")
  static let ratio = Label("ratio", "比值")
  static let allStrata = Label("all strata, like with like", "各层合并（同类相比）")
  static let newMoney = Label("Through the new institution", "经新开通的支付机构")
  static let newMoneyNote = Label(
    "Captured by it since the window opened, over the days that merchants were on.",
    "自窗口期开始经其收款，除以商户开通的天数。")
  static let capturedADay = Label("captured a merchant-day", "每商户日收款笔数")
  static let aMerchantDay = Label(" a merchant-day", "（每商户日）")
  static let allTiers = Label("all tiers", "全部等级")

  static func evidenceSpan(_ from: String, _ to: String) -> Label {
    Label("Closed blocks from \(from) to \(to).", "已结算时段自 \(from) 至 \(to)。")
  }
  static func paymentsADay(_ from: String, _ to: String) -> Label {
    Label(
      from == to ? "\(from) a day" : "\(from)–\(to) a day",
      from == to ? "日均 \(from)" : "日均 \(from)–\(to)")
  }
}

// MARK: - Failures and guardrails

extension Label {
  static let failureRates = Label("Failures and guardrails", "失败与护栏")
  static let guardrailTable = Label("Guardrails", "护栏")
  static let guardrailNote = Label(
    "Failed of counted, on the watched side and on the one it is held against; a guardrail is "
      + "breached once its log evidence reaches the threshold.",
    "被监测一方与对照一方的失败数与计入数；对数证据达到阈值即为突破。")
  static let noGuardrails = Label("The plan has no guardrails.", "计划未设护栏。")
  static let guardrail = Label("guardrail", "护栏")
  static let watched = Label("watched", "被监测方")
  static let heldAgainst = Label("held against", "对照方")
  static let tolerated = Label("tolerated", "容许")
  static let evidenceOfThreshold = Label("log evidence of threshold", "对数证据／阈值")
  static let verdict = Label("verdict", "判定")
  static let classTable = Label("Failures by class", "按类别的失败率")
  static let classNote = Label(
    "Of captured and failed notices together; with the number of failures.",
    "以收款与失败通知合计为底数；附失败笔数。")
  static let failureClass = Label("class", "类别")
  static let others = Label("the others", "其他支付机构")
  static let breachTable = Label("Breaches", "护栏突破")
  static let cleared = Label("cleared", "解除")
  static let ledTo = Label("led to", "后果")
  static let notCleared = Label("not cleared", "未解除")

  static func rollBackAt(_ position: UInt64) -> Label {
    Label("roll-back at \(position)", "位置 \(position) 下令回退")
  }
  static func atMost(_ share: String) -> Label { Label("at most \(share)", "不高于 \(share)") }
  static func times(_ ratio: String) -> Label { Label("\(ratio) times", "\(ratio) 倍") }
  static func lastBreaches(_ shown: Int, _ all: Int) -> Label {
    Label("Breaches, the last \(shown) of \(all)", "护栏突破（最近 \(shown)/\(all)）")
  }
}

// MARK: - Reconciliation, discrepancies

extension Label {
  static let reconciliation = Label("Reconciliation by day", "各日对账")
  static let reconciliationNote = Label(
    "What statements are held against: captured and refunded by the institution's own time; apart "
      + "are notices that contradict what was known.",
    "供与支付机构对账单核对：收款与退款以支付机构的时间为准；另行存放者与已知事实矛盾。")
  static let netAmount = Label("net", "净额")
  static let apart = Label("apart", "另行存放")
  static let total = Label("total", "合计")
  static let latestOpenOnes = Label("The latest that are open", "最近的未决差异")
  static let openOfFound = Label("Open of found", "未决／发现")

  static func lastDays(_ shown: Int, _ all: Int) -> Label {
    Label("The last \(shown) of \(all) days.", "共 \(all) 日，此处为最近 \(shown) 日。")
  }
  static func latestOpen(_ shown: Int, _ open: String, _ all: String) -> Label {
    Label(
      "\(open) of \(all) are open: open / found by sort, and the latest \(shown) that are open; "
        + "every one is in the dump of that name.",
      "共 \(all) 项，未决 \(open) 项：分类列出未决／发现数，并列最近 \(shown) 项未决；全部见同名导出。")
  }
}
