// Where a merchant stands, and why, as people say it.

extension Label {
  /// Texts one behind the other.
  public static func + (left: Label, right: Label) -> Label {
    Label(left.english + right.english, left.chinese + right.chinese)
  }

  /// A word of the log or a code, the same in every language.
  public static func same(_ text: String) -> Label { Label(text, text) }

  public static let closedShop = Label("the shop is closed", "店铺已关闭")
  public static let offClosed = Label("off: the shop is closed", "未开通：店铺已关闭")
  public static let off = Label("off: ", "未开通：")
  public static let byGuardrail = Label("by the guardrail", "由护栏触发")
  public static let asOrdered = Label("as ordered", "由人工下令")
  public static let ordersKeep = Label(
    "; orders placed before keep the method", "；此前已下的订单仍可使用")
  public static let notAnnounced = Label("the plan is not announced", "计划尚未公告")
  public static let itsPlanNotAnnounced = Label("its plan is not announced", "其计划尚未公告")
  public static let notStarted = Label("the rollout is not started", "尚未启动")
  public static let nothingKeeps = Label("nothing keeps it", "没有阻碍")
  public static let clockStep = Label(
    "the clock made a large step; `sluice clock confirm` releases",
    "时钟大幅跳动；以 `sluice clock confirm` 确认后继续")
  public static let afterWindow = Label(
    "the window is over; `sluice rollout resume` goes on",
    "窗口期已结束；以 `sluice rollout resume` 继续")

  public static func onSince(_ instant: String, wave: UInt16) -> Label {
    Label("on since \(instant), enabled in wave \(wave)", "已开通：\(instant)，第 \(wave) 批")
  }
  public static func reinstated(_ instant: String) -> Label {
    Label("on: reinstated at \(instant)", "已开通：\(instant) 恢复")
  }
  public static func offExcluded(_ reason: String) -> Label {
    Label("off: excluded (\(reason))", "未开通：已排除（\(reason)）")
  }
  public static func offRolledBack(_ instant: String) -> Label {
    Label("off: rolled back at \(instant)", "未开通：\(instant) 回退")
  }
  public static func because(_ reason: String, _ by: Label, _ position: UInt64) -> Label {
    Label(
      " (\(reason)), \(by.english), position \(position)",
      "（\(reason)），\(by.chinese)，位置 \(position)")
  }
  public static func notBefore(_ instant: String) -> Label {
    Label("; reinstated not before \(instant)", "；\(instant) 之前不恢复")
  }
}

// MARK: - Why a merchant is not in yet

extension Label {
  public static func takesEffect(_ instant: String) -> Label {
    Label("the plan takes effect at \(instant)", "计划自 \(instant) 起施行")
  }
  public static func waveOpens(_ wave: UInt16, _ instant: String) -> Label {
    Label("its wave \(wave) opens at \(instant)", "所在第 \(wave) 批于 \(instant) 开启")
  }
  public static func waveWasDue(_ wave: UInt16, _ instant: String) -> Label {
    Label(
      "its wave \(wave) was due at \(instant), which is past", "所在第 \(wave) 批应于 \(instant) 开启，已过时")
  }
  public static func waveBefore(_ wave: Int, isOpen: Bool) -> Label {
    Label(
      "; wave \(wave) \(isOpen ? "is open" : "opens") before it",
      "；第 \(wave) 批\(isOpen ? "正在开通" : "先于其开启")")
  }
  public static func isAtWork(_ owner: String) -> Label {
    Label(", and \(owner) is at work", "，\(owner)正在处理")
  }
  public static func rolloutWaits(_ gate: String, _ owner: String) -> Label {
    Label(", and the rollout waits: \(gate), ended by \(owner)", "，开放在等待：\(gate)，由\(owner)解除")
  }
  public static func waveSoaks(_ wave: UInt16, _ instant: String) -> Label {
    Label(
      "its wave \(wave) opens once the one before it has soaked, at \(instant)",
      "所在第 \(wave) 批待前一批观察期满后于 \(instant) 开启")
  }
  public static func closedTime(_ instant: String, _ why: String) -> Label {
    Label("nobody is enabled before \(instant) (\(why))", "\(instant) 之前不开通（\(why)）")
  }
  public static func cap(
    _ name: String, used: UInt64, limit: UInt64, needed: UInt64, freesAt: String?
  ) -> Label {
    Label(
      "the cap \(name) is used up: \(used) of \(limit), it needs \(needed)"
        + (freesAt.map { "; free at \($0)" } ?? "; it is larger than the cap"),
      "上限「\(name)」已用完：\(used)/\(limit)，需要 \(needed)"
        + (freesAt.map { "；\($0) 起有余量" } ?? "；超出上限本身"))
  }
  public static func evidence(_ reason: String, _ release: String) -> Label {
    Label("\(reason); \(release)", "\(reason)；\(release)")
  }
  public static func approvals(_ wave: UInt16, _ standing: String) -> Label {
    Label(
      "its wave \(wave) waits for approvals: \(standing); `sluice rollout approve` gives one",
      "所在第 \(wave) 批等待审批：\(standing)；以 `sluice rollout approve` 审批")
  }
  public static func orderFirst(_ position: UInt64) -> Label {
    Label(
      "the order at position \(position) is carried out first", "位置 \(position) 的指令先执行")
  }
  public static func openingPaused(_ reason: String) -> Label {
    Label("the opening is paused (\(reason))", "已暂停开通（\(reason)）")
  }
  public static func excluded(_ reason: String) -> Label {
    Label("it is excluded (\(reason))", "已排除（\(reason)）")
  }
  public static func notForCategory(_ category: String) -> Label {
    Label("the plan is not for its category \(category)", "计划不含其类目 \(category)")
  }
  public static func notFor(platform: String) -> Label {
    Label("the plan is not for \(platform)", "计划不含平台 \(platform)")
  }
  public static func notFor(tier: String) -> Label {
    Label("the plan is not for the tier \(tier)", "计划不含城市等级 \(tier)")
  }
  public static func endedForGood(_ phase: String) -> Label {
    Label("the rollout is \(phase): its opening has ended for good", "\(phase)：开通已永久结束")
  }
  public static func queued(_ ahead: String) -> Label {
    Label("it is due; \(ahead) go before it", "应已开启；前面还有 \(ahead) 家")
  }
}
