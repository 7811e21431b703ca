// The sentences of `status`, beside those of the gate.

/// The sentences of a status.
public enum StatusWords {
  // The head.
  public static let clockHeld = Label("The clock made a large step; ", "时钟大幅跳动；")
  public static let clockReleased = Label(
    "`sluice clock confirm` releases the scheduler.", "以 `sluice clock confirm` 放行调度程序。")
  public static let noRollout = Label(
    "No rollout yet: `sluice rollout announce FILE`.",
    "尚无开放计划：以 `sluice rollout announce FILE` 公告。")

  public static func position(_ position: UInt64, _ instant: String) -> Label {
    Label("position \(position), \(instant) Beijing", "位置 \(position)，北京时间 \(instant)")
  }
  public static func now(_ instant: String) -> Label {
    Label(", now \(instant)", "，现在 \(instant)")
  }
  public static func clock(_ speed: UInt32) -> Label {
    Label(", clock x\(speed)", "，\(speed) 倍速时钟")
  }
  public static func moreLines(_ count: Int) -> Label {
    Label("… \(count) more lines in a higher window", "… 另有 \(count) 行，请加高窗口")
  }

  // One line a rollout.
  public static let windowOver = Label(", window over", "，窗口期已结束")

  public static func version(_ version: UInt16) -> Label {
    Label("v\(version)", "第 \(version) 版")
  }
  public static func openingPaused(_ why: String) -> Label {
    Label(", opening paused (\(why))", "，暂停开通（\(why)）")
  }
  public static func breaches(_ count: Int, _ names: String) -> Label {
    Label("\(count) breaches: \(names)", "\(count) 道护栏突破：\(names)")
  }
}

// MARK: - Facts

extension StatusWords {
  // Their names.
  public static let gate = Label("gate", "等待")
  public static let next = Label("next", "下一步")
  public static let timeLeft = Label("time left", "剩余时间")
  public static let through = Label("through", "预计完成")
  public static let window = Label("window", "窗口期")
  public static let approvals = Label("approvals", "审批")
  public static let nextWave = Label("next wave", "下一批次")
  public static let opening = Label("opening", "开通")
  public static let merchants = Label("merchants", "商户")
  public static let openAt = Label("open at", "已开通占比")
  public static let running = Label("running", "执行中")
  public static let amended = Label("amended", "修订")
  public static let soaks = Label("soaks", "观察期")
  public static let closed = Label("closed", "不开通")

  public static func window(_ from: String, _ to: String) -> Label {
    Label("\(from) to \(to)", "\(from) 至 \(to)")
  }
  public static func notBefore(wave: String, _ instant: String) -> Label {
    Label("\(wave), not before \(instant)", "\(wave)，不早于 \(instant)")
  }
  public static func count(_ name: String, _ count: String) -> Label {
    Label("\(name) \(count)", "\(name) \(count)")
  }
  public static func order(
    isRollback: Bool, at position: UInt64, _ switched: UInt32, of all: UInt32
  ) -> Label {
    Label(
      "\(isRollback ? "roll-back" : "reinstatement") ordered at \(position): "
        + "\(switched) of \(all) switched",
      "位置 \(position) 下令的\(isRollback ? "回退" : "恢复")：已切换 \(switched)/\(all)")
  }
  public static func amended(_ times: UInt32, _ instant: String) -> Label {
    Label(
      "\(times == 1 ? "once" : "\(times) times"), last at \(instant)",
      "\(times) 次，最近于 \(instant)")
  }
  public static func soaks(until instant: String, isPaused: Bool) -> Label {
    Label(
      "until \(instant)" + (isPaused ? ", and longer by the pause" : ""),
      "至 \(instant)" + (isPaused ? "，并因暂停顺延" : ""))
  }
  public static func closed(until instant: String, _ why: String) -> Label {
    Label("until \(instant) (\(why))", "至 \(instant)（\(why)）")
  }
  public static func pausedSince(
    _ instant: String, by actor: String?, at position: UInt64, minutes: Int64
  ) -> Label {
    Label(
      "paused since \(instant)," + (actor.map { " by \($0)," } ?? "")
        + " by position \(position), \(minutes) min in all, which count in no deadline; "
        + "a pause withdraws nobody",
      "自 \(instant) 起暂停" + (actor.map { "，操作方 \($0)" } ?? "")
        + "，位置 \(position)，共 \(minutes) 分钟，不计入任何期限；暂停不会关闭已开通的商户")
  }
  public static func ended(_ instant: String, someAreOn: Bool) -> Label {
    Label(
      "ended at \(instant), nobody new ever"
        + (someAreOn ? "; on stays on: `sluice rollout rollback` withdraws" : ""),
      "\(instant) 终止，不再开通新商户"
        + (someAreOn ? "；已开通者保持开通：以 `sluice rollout rollback` 回退" : ""))
  }
  public static func enabledByDay(_ days: String) -> Label {
    Label("enabled by day: \(days)", "各日开通：\(days)")
  }
}

// MARK: - What happens next

extension StatusWords {
  public static let takesEffect = Label("the plan takes effect", "计划施行")
  public static let opensAgain = Label(
    "the plan lets merchants be enabled again", "计划恢复允许开通")
  public static let capFrees = Label("the cap frees", "上限有余量")
  public static let blockReleases = Label(
    "a whole block releases it; the next one is closed", "完整的证据时段可解除；下一时段结算")
  public static let anyMoment = Label(" at any moment", "，随时")

  public static func wave(opens wave: UInt16) -> Label {
    Label("wave \(wave) opens", "第 \(wave) 批开启")
  }
  public static func at(in span: String, _ instant: String) -> Label {
    Label(" in \(span), at \(instant)", "，\(span)后，于 \(instant)")
  }
  public static func approveFirst(_ approve: String, _ step: String) -> Label {
    Label("\(approve), then \(step)", "先 \(approve)，再 \(step)")
  }
  public static func takesBack(_ resume: String, breaches: Int) -> Label {
    Label(
      "\(resume) takes the \(breaches > 1 ? "breaches" : "breach") back and lets evidence begin "
        + "anew",
      "\(resume) 撤销突破，证据重新累计")
  }
  public static func orAmend(_ resume: String) -> Label {
    Label("\(resume), or an amendment", "\(resume)，或修订计划")
  }
  public static func withdraws(_ command: String) -> Label {
    Label("\(command) withdraws", "以 \(command) 回退")
  }
}

// MARK: - The tree

extension StatusWords {
  public static let status = Label("status", "状态")
  public static let sinceOrUntil = Label("since or until", "起止")
  public static let waits = Label("waits", "待开启")
  public static let due = Label("due", "待开启")
  public static let open = Label("open", "开通中")
  public static let paused = Label("paused", "已暂停")
  public static let complete = Label("complete", "完成")
  public static let cutShort = Label("cut short", "中途终止")
  public static let neverOpened = Label("never opened", "未曾开启")
  public static let guardrails = Label("guardrails", "护栏")
  public static let holds = Label("holds", "未突破")
  public static let breached = Label("breached", "已突破")

  public static let tiers = Label("tiers", "城市等级")

  public static func waveOf(_ wave: String, of all: String) -> Label {
    Label("wave \(wave) of \(all)", "第 \(wave) 批，共 \(all) 批")
  }
  public static func rolledBack(_ count: String) -> Label {
    Label("rolled back \(count)", "已回退 \(count)")
  }
  public static func planned(_ instant: String) -> Label {
    Label("planned \(instant)", "原定 \(instant)")
  }
  public static func notBefore(_ instant: String) -> Label {
    Label("not before \(instant)", "不早于 \(instant)")
  }
  public static func dueSince(_ instant: String) -> Label {
    Label("due since \(instant)", "\(instant) 起应开启")
  }
  public static func orderedOff(_ instant: String) -> Label {
    Label("ordered off \(instant)", "\(instant) 下令回退")
  }
  public static func opened(_ instant: String) -> Label {
    Label("opened \(instant)", "\(instant) 开启")
  }
  public static func part(_ part: String, of whole: String) -> Label {
    Label("\(part) of \(whole)", "\(part)/\(whole)")
  }
  public static func blocksJudged(_ english: String, _ count: String) -> Label {
    Label("\(english) judged", "已判定 \(count) 个时段")
  }
  public static func orders(_ english: String, _ count: String) -> Label {
    Label(english, "\(count) 单")
  }
  public static func unknownCodes(_ count: String) -> Label {
    Label(", \(count) codes nobody knows", "，\(count) 个未知代码")
  }
  public static func upTo(_ instant: String) -> Label {
    Label("up to \(instant)", "截至 \(instant)")
  }
  public static func logEvidence(_ shown: String, of threshold: String) -> Label {
    Label("log evidence \(shown) of \(threshold)", "对数证据 \(shown)/\(threshold)")
  }
}

// MARK: - Today's payments

extension StatusWords {
  public static let yuan = Label("yuan", "元")
  public static let netYuan = Label("net yuan", "净额（元）")
  public static let apart = Label("apart", "另行存放")

  public static func merchants(_ count: String, discrepancies: String) -> Label {
    Label(
      "Merchants \(count), open discrepancies \(discrepancies)",
      "商户 \(count) 家，未决差异 \(discrepancies) 项")
  }
  public static func paymentsOf(_ day: String) -> Label {
    Label("Payments of \(day)", "\(day) 的支付")
  }
}

// MARK: - How long

extension StatusWords {
  public static func daysAndHours(_ days: Int64, _ hours: Int64) -> Label {
    Label("\(days) d \(hours) h", "\(days) 天 \(hours) 小时")
  }
  public static func hoursAndMinutes(_ hours: Int64, _ minutes: Int64) -> Label {
    Label("\(hours) h \(minutes) min", "\(hours) 小时 \(minutes) 分钟")
  }
  public static func minutes(_ minutes: Int64) -> Label {
    Label("\(minutes) min", "\(minutes) 分钟")
  }
  public static func seconds(_ seconds: Int64) -> Label {
    Label("\(seconds) s", "\(seconds) 秒")
  }
}
