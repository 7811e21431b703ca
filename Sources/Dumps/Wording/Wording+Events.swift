// The words of events on screens: their kinds, who caused them, and what they are about. In English
// they are the words that dumps and JSON have.

public import Events
public import Projections

extension Wording {
  /// The name of a kind of event.
  public func word(_ kind: EventKind) -> String {
    language == .english ? kind.name : chinese(kind)
  }

  private func chinese(_ kind: EventKind) -> String {
    switch kind {
    case .logCreated: "日志创建"
    case .daemonStarted: "守护进程启动"
    case .daemonStopped: "守护进程停止"
    case .clockStepped: "时钟跳动"
    case .clockConfirmed: "时钟确认"
    case .logRecovered: "日志恢复"
    case .dumpPublished: "导出发布"
    case .signingKeyNamed: "签名密钥启用"
    case .merchantTreeCommitted: "商户索引确认"
    case .institutionOpened: "\(self[.institution])开放"
    case .termsPublished: "用语规则发布"
    case .merchantRegistered: "商户登记"
    case .merchantUpdated: "商户变更"
    case .merchantClosed: "店铺关闭"
    case .merchantEnabled: "商户开通"
    case .merchantRolledBack: "商户回退"
    case .merchantReinstated: "商户恢复"
    case .merchantExcluded: "商户排除"
    case .orderOffered, .orderAttempted, .orderFailed, .orderTimedOut: chineseOfOrder(kind)
    case .noticeHeld: "通知存留待解"
    case .paymentPending, .paymentAuthorised, .paymentCaptured, .paymentFailed, .paymentRefunded,
      .paymentClosed:
      "支付" + (kind.outcome.map { word($0) } ?? "")
    case .statementReconciled: "对账"
    case .paymentAdjusted: "调账"
    case .discrepancyResolved: "差异处置"
    case .paymentDisputed: "支付争议"
    case .paymentCombined: "合并支付"
    case .subjectErased: "个人数据销毁"
    case .rolloutConsulted, .rolloutAnnounced, .rolloutApproved, .rolloutStarted, .rolloutPaused,
      .rolloutResumed, .rolloutAborted, .windowEnded, .rolloutCompleted, .rolloutAmended,
      .waveOpened, .waveCompleted, .rollbackOrdered, .rollbackCompleted, .reinstatementOrdered,
      .reinstatementCompleted, .guardrailBreached, .guardrailCleared, .evidenceClosed:
      chineseOfRollout(kind)
    }
  }

  private func chineseOfOrder(_ kind: EventKind) -> String {
    switch kind {
    case .orderOffered: "订单提供支付方式"
    case .orderAttempted: "订单尝试支付"
    case .orderFailed: "订单支付失败"
    default: "订单支付超时"
    }
  }

  private func chineseOfRollout(_ kind: EventKind) -> String {
    switch kind {
    case .rolloutConsulted: "计划征求意见"
    case .rolloutAnnounced: "计划公告"
    case .rolloutApproved: "审批"
    case .rolloutStarted: "开放启动"
    case .rolloutPaused: "暂停开通"
    case .rolloutResumed: "继续开通"
    case .rolloutAborted: "终止开通"
    case .windowEnded: "窗口期结束"
    case .rolloutCompleted: "开放完成"
    case .rolloutAmended: "计划修订"
    case .waveOpened: "批次开启"
    case .waveCompleted: "批次完成"
    case .rollbackOrdered: "下令回退"
    case .rollbackCompleted: "回退完成"
    case .reinstatementOrdered: "下令恢复"
    case .reinstatementCompleted: "恢复完成"
    case .guardrailBreached: "护栏突破"
    case .guardrailCleared: "护栏解除"
    default: "证据时段结算"
    }
  }

  /// Who or what caused an event.
  public func word(_ actor: Actor.Kind) -> String {
    switch actor {
    case .system: pick(actor.name, "系统")
    case .operator: pick(actor.name, "运营人员")
    case .scheduler: pick(actor.name, "调度程序")
    case .guardrail: pick(actor.name, "护栏")
    case .institution: pick(actor.name, self[.institution])
    case .cashier: pick(actor.name, "收银台")
    case .importer: pick(actor.name, "导入程序")
    case .approver: pick(actor.name, "审批人")
    }
  }

  public func word(_ guardrail: GuardrailKind) -> String {
    switch guardrail {
    case .checkout: pick(guardrail.name, "收银台受损")
    case .institution: pick(guardrail.name, "\(self[.institution])受损")
    case .limit: pick(guardrail.name, "失败率上限")
    case .merchant: pick(guardrail.name, "单一商户失败率")
    case .outage: pick(guardrail.name, "\(self[.institution])故障")
    }
  }

  /// A guardrail by the text that events have of it.
  public func guardrail(_ text: ShortText) -> String {
    GuardrailKind.allCases.first { $0.text == text }.map { word($0) } ?? "\(text)"
  }

  public func word(_ gap: EvidenceGap) -> String {
    switch gap {
    case .none: pick(gap.name, "完整")
    case .interrupted: pick(gap.name, "中断")
    case .overflow: pick(gap.name, "超出容量")
    }
  }

  public func word(_ state: MerchantState) -> String {
    switch state {
    case .pending: pick(state.name, "待开通")
    case .enabled: pick(state.name, "已开通")
    case .rolledBack: pick(state.name, "已回退")
    case .reinstated: pick(state.name, "已恢复")
    case .excluded: pick(state.name, "已排除")
    }
  }

  public func word(_ platform: ShopPlatform) -> String {
    switch platform {
    case .taobao: pick(platform.name, "淘宝")
    case .tmall: pick(platform.name, "天猫")
    }
  }

  public func word(_ subject: ApprovalSubject) -> String {
    switch subject {
    case .start: pick(subject.name, "启动")
    case .wave: pick(subject.name, "批次")
    case .waveOverride: pick(subject.name, "批次（不顾证据不足）")
    case .resume: pick(subject.name, "继续开通")
    }
  }

  public func word(_ why: HoldKind) -> String {
    switch why {
    case .unknownKey: pick(why.name, "未知密钥")
    case .unknownType: pick(why.name, "未知类型")
    }
  }

  public func word(_ kind: SubjectKind) -> String {
    switch kind {
    case .person: pick(kind.name, "个人")
    case .account: pick(kind.name, self[.account])
    }
  }
}
