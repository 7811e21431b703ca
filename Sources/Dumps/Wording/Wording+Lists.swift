// The words of closed lists on screens. In English they are the words that dumps and JSON have; in
// Chinese they stand here.

public import Events
public import Projections

extension Wording {
  func pick(_ english: String, _ chinese: String) -> String {
    language == .english ? english : chinese
  }

  public func word(_ institution: Institution) -> String {
    pick(institution.name, chinese(institution))
  }

  /// An institution as it calls itself: `WeChat Pay`.
  public func name(_ institution: Institution) -> String {
    pick(Figure.name(institution), chinese(institution))
  }

  private func chinese(_ institution: Institution) -> String {
    switch institution {
    case .weChatPay: "微信支付"
    case .alipay: "支付宝"
    case .unionPay: "银联"
    case .card: "银行卡"
    }
  }

  public func word(_ outcome: Outcome) -> String {
    switch outcome {
    case .pending: pick(outcome.name, "处理中")
    case .authorised: pick(outcome.name, "已授权")
    case .captured: pick(outcome.name, "已收款")
    case .failed: pick(outcome.name, "失败")
    case .refunded: pick(outcome.name, "已退款")
    case .closed: pick(outcome.name, "已关闭")
    }
  }

  /// A failed outcome with whom it counts against.
  public func failed(_ failure: FailureClass) -> String {
    pick("failed (\(failure.name))", "失败（\(chinese(failure))）")
  }

  public func word(_ failure: FailureClass) -> String { pick(failure.name, chinese(failure)) }

  private func chinese(_ failure: FailureClass) -> String {
    switch failure {
    case .none: "无"
    case .payer: "付款方"
    case .merchant: "商户"
    case .integration: "接入"
    case .institution: self[.institution]
    case .risk: "风控"
    case .pending: "待定"
    case .duplicate: "重复"
    case .closed: "已关闭"
    case .unclassified: "未分类"
    }
  }

  /// Whom failures of a column count against.
  func word(_ column: PaymentMix.FailureColumn) -> String {
    switch column {
    case .payer: pick(column.name, chinese(.payer))
    case .merchant: pick(column.name, chinese(.merchant))
    case .integration: pick(column.name, chinese(.integration))
    case .institution: pick(column.name, chinese(.institution))
    case .risk: pick(column.name, chinese(.risk))
    case .other: pick(column.name, "其他")
    case .unclassified: pick(column.name, chinese(.unclassified))
    }
  }

  public func word(_ state: PaymentLife.State) -> String {
    switch state {
    case .unknown: pick(state.rawValue, "未知")
    case .pending: pick(state.rawValue, "处理中")
    case .authorised: pick(state.rawValue, "已授权")
    case .failed: pick(state.rawValue, "失败")
    case .closed: pick(state.rawValue, "已关闭")
    case .waiting: pick(state.rawValue, "退款待收款")
    case .captured: pick(state.rawValue, "已收款")
    case .partlyRefunded: pick(state.rawValue, "部分退款")
    case .refunded: pick(state.rawValue, "已全额退款")
    case .overRefunded: pick(state.rawValue, "退款多于收款")
    }
  }

  public func word(_ stage: DisputeStage) -> String {
    switch stage {
    case .inquiry: pick(stage.name, "调单")
    case .opened: pick(stage.name, "已提出")
    case .moneyTaken: pick(stage.name, "已扣回")
    case .moneyReturned: pick(stage.name, "已返还")
    case .lost: pick(stage.name, "败诉")
    }
  }

  public func word(_ answer: DiscrepancyAnswer) -> String {
    switch answer {
    case .accepted: pick(answer.name, "认可")
    case .refunded: pick(answer.name, "已退款")
    case .adjusted: pick(answer.name, "已调账")
    case .dismissed: pick(answer.name, "不予采纳")
    }
  }

  public func word(_ phase: RolloutPhase) -> String {
    switch phase {
    case .consulted: pick(phase.name, "征求意见中")
    case .announced: pick(phase.name, "已公告")
    case .running: pick(phase.name, "进行中")
    case .aborted: pick(phase.name, "已终止")
    case .completed: pick(phase.name, "已完成")
    }
  }

  /// A flag by the word that dumps have.
  public func flag(_ name: String) -> String {
    guard language == .chinese else { return name }
    return Wording.chineseFlags.first { $0.name == name }?.word ?? name
  }

  private static let chineseFlags: [(name: String, word: String)] = [
    ("not-open", "下单时未开通"), ("merchant-unknown", "商户未登记"),
    ("order-captured-twice", "订单重复收款"), ("refund-exceeds-capture", "退款超出收款"),
    ("refund-before-capture", "退款先于收款"), ("conflicts-with-earlier", "与先前通知矛盾"),
    ("repeated", "重复"), ("late", "迟到"), ("captured-after-end", "关闭或失败后收款"),
    ("foreign-currency", "外币"), ("occurred-ahead", "发生时间超前"),
    ("capture-below-refunds", "收款少于先到的退款"), ("order-failed", "已扣款而订单失败"),
    ("amount-differs", "金额与订单不符"),
  ]

  public func word(_ tier: Tier) -> String {
    tier == .unknown ? pick(tier.name, "未知") : tier.name
  }

  /// What a notice was to the sums.
  public func word(_ treatment: PaymentRules.Treatment) -> String {
    switch treatment {
    case .counted: pick("counted", "计入")
    case .apart: pick("apart", "另行存放")
    case .ignored: pick("nothing new", "无新内容")
    }
  }
}
