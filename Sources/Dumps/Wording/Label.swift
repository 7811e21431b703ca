// The labels of screens, each in English and in Chinese: the one table of them.

public import Projections

/// A text of a screen in every language.
public struct Label: Hashable, Sendable {
  let english: String
  let chinese: String
  /// The field whose published word goes before these two.
  var field: Terms.Field?

  init(_ english: String, _ chinese: String, field: Terms.Field? = nil) {
    self.english = english
    self.chinese = chinese
    self.field = field
  }
}

// MARK: - The unified terms

extension Label {
  public static let institution = Label("payment institution", "支付机构", field: .institution)
  public static let account = Label("payment account", "支付账户", field: .account)
  public static let balanceAmount = Label(
    "payment account balance", "支付账户余额", field: .balanceAmount)
  public static let orderAmount = Label(
    "order transaction amount", "订单成交金额", field: .orderAmount)
  public static let paidAmount = Label("paid amount", "付款金额", field: .paidAmount)

  /// The label of a field that terms may have a word for.
  public init(of field: Terms.Field) {
    self =
      switch field {
      case .institution: .institution
      case .account: .account
      case .balanceAmount: .balanceAmount
      case .orderAmount: .orderAmount
      case .paidAmount: .paidAmount
      }
  }
}

// MARK: - Payments

extension Label {
  public static let order = Label("order", "订单号")
  public static let transaction = Label("transaction", "交易号")
  public static let merchant = Label("merchant", "商户")
  public static let captured = Label("captured", "已收款")
  public static let refunded = Label("refunded", "已退款")
  public static let refundable = Label("refundable", "可退金额")
  public static let refund = Label("refund", "退款号")
  public static let outcome = Label("outcome", "结果")
  public static let treatment = Label("treatment", "处理")
  public static let flags = Label("flags", "标记")
  public static let note = Label("note", "提示")
  public static let position = Label("position", "位置")
  public static let occurred = Label("occurred (Beijing)", "发生时间（北京）")
  public static let terms = Label("recorded under", "记录时适用的规则")
  public static let dispute = Label("dispute", "争议")
  public static let answered = Label("answered", "处置")
  public static let asked = Label("asked by the cashier", "收银台发起金额")
  public static func askedElsewhere(_ merchant: String) -> Label {
    Label("at another merchant: \(merchant)", "在另一商户发起：\(merchant)")
  }
  public static let adjusted = Label("adjusted", "调账")
  public static let partOf = Label("part of the combined payment", "所属合并支付")
  public static let partsDiffer = Label(
    "its notices do not agree on its parts", "各通知所列子单不一致")
  public static let noTerms = Label("no published terms", "无已发布的规则")
  public static let waits = Label(
    "a refund came before its capture and waits for it; nothing can be refunded until then",
    "退款通知先于收款通知到达，等待收款；在此之前不可再退款")
  public static let overRefunded = Label("more was refunded than captured", "退款多于收款")

  public static func answerWith(_ command: String, _ positions: String) -> Label {
    Label(
      "Open at \(positions): answer with `\(command)`.", "未决：\(positions)；以 `\(command)` 处置。")
  }

  public static func contradictions(_ count: Int) -> Label {
    Label(
      "\(count) notice\(count == 1 ? " contradicts" : "s contradict") what was known or "
        + "go\(count == 1 ? "es" : "") above it; kept apart, see `sluice dump discrepancies`",
      "\(count) 条通知与已知事实矛盾或超出已收金额，另行存放，见 `sluice dump discrepancies`")
  }

  public static func minorUnits(_ amount: String) -> Label {
    Label("\(amount) (minor units)", "\(amount)（最小货币单位）")
  }

  public static func adjustment(
    _ amount: String, _ day: String, _ reason: String, _ position: UInt64
  ) -> Label {
    Label(
      "\(amount) of \(day) (\(reason)), position \(position)",
      "\(amount)，\(day)（\(reason)），位置 \(position)")
  }

  public static func combined(_ parts: Int) -> Label {
    Label(
      "combined payment of \(parts) order\(parts == 1 ? "" : "s")",
      "合并支付，共 \(parts) 个子单")
  }

  public static func version(_ name: String, _ number: UInt32) -> Label {
    Label("\(name), version \(number)", "\(name) 第 \(number) 版")
  }

  public static func versionSince(_ version: Label, _ instant: String) -> Label {
    Label(
      "\(version.english), in force since \(instant)", "\(version.chinese)，自 \(instant) 起施行")
  }
}

// MARK: - Merchants

extension Label {
  public static let platform = Label("platform", "平台")
  public static let tier = Label("tier", "城市等级")
  public static let downstream = Label("downstream", "下沉市场")
  public static let category = Label("category", "类目")
  public static let city = Label("city", "城市")
  public static let dailyPayments = Label("payments a day", "日均支付笔数")
  public static let notStated = Label("not stated", "未填")
  public static let registered = Label("registered", "登记时间")
  public static let closed = Label("closed", "关店时间")
  public static let events = Label("events", "事件")
  public static let openNow = Label("open now", "当前可用")

  public static func number(_ number: UInt32) -> Label {
    Label(", number \(number)", "，编号 \(number)")
  }

  public static func lastAt(_ count: String, _ position: UInt64) -> Label {
    Label("\(count), the last at \(position)", "共 \(count) 个，最近一个在位置 \(position)")
  }
}

// MARK: - A merchant's events

extension Label {
  public static let beijingTime = Label("Beijing time", "北京时间")
  public static let event = Label("event", "事件")
  public static let by = Label("by", "操作方")
  public static let becauseOf = Label("because of", "起因")
  public static let detail = Label("detail", "详情")

  public static func atPosition(_ position: UInt64, _ instant: String) -> Label {
    Label(" at position \(position), \(instant) Beijing", "，位置 \(position)，北京时间 \(instant)")
  }
  public static func merchant(_ number: UInt32) -> Label {
    Label("merchant \(number)", "商户 \(number)")
  }
  public static func andNotices(_ count: String, isOne: Bool) -> Label {
    Label(
      "and \(count) notice\(isOne ? "" : "s") of orders and payments",
      "另有订单与支付通知 \(count) 条")
  }
  public static func notSoFar(_ instant: String, lastAt last: String) -> Label {
    Label(
      "The log had not come so far as \(instant): its last event is of \(last), and so it stood "
        + "then.",
      "日志尚未到达 \(instant)：最后一个事件在 \(last)，以下为当时的状况。")
  }
}

// MARK: - The dashboard: its head and its foot

extension Label {
  static let emptyLog = Label("empty log", "日志为空")
  static let windowOver = Label("window over", "窗口期已结束")
  static let opens = Label("opens ", "开始 ")
  static let ends = Label("ends ", "结束 ")
  static let merchantsOpen = Label("merchants open", "已开通商户")
  static let failed = Label("failed", "失败")
  static let openDiscrepancies = Label("discrepancies open", "未决差异")
  static let log = Label("log", "日志")
  static let id = Label("id", "标识")
  static let root = Label("root", "根")
  static let release = Label("release", "程序版本")
  static let termsInForce = Label("terms", "用语规则")
  static let noTermsYet = Label("none in force", "尚无施行中的规则")
  static let again = Label(
    "Anyone with the log makes this page again, byte for byte: ", "持有日志者可逐字节重新生成本页：")
  static let againNote = Label(
    ". Repeated and late notices are in no count.", "。重复与迟到的通知不计入。")

  static func on(_ institution: String) -> Label {
    Label("\(institution) on Taobao and Tmall", "淘宝、天猫开通\(institution)")
  }
  static func asOf(_ instant: String) -> Label {
    Label("as of \(instant), Beijing time", "截至 \(instant)（北京时间）")
  }
  static func paused(_ reason: String) -> Label {
    Label(
      "opening paused" + (reason.isEmpty ? "" : ": \(reason)"),
      "暂停开通" + (reason.isEmpty ? "" : "：\(reason)"))
  }
  static func ofWindow(_ share: String) -> Label {
    Label("\(share) of the window", "窗口期已过 \(share)")
  }
  static func inOrder(_ all: String, _ share: String) -> Label {
    Label("of \(all) in the order, \(share)", "名单共 \(all) 家，\(share)")
  }
  static func failedBy(_ institution: String) -> Label {
    Label("failed by \(institution)", "经\(institution)失败")
  }

  static func capturedBy(_ institution: String) -> Label {
    Label("captured by \(institution)", "经\(institution)收款")
  }
  static func ended(_ failed: String, _ all: String) -> Label {
    Label("\(failed) of \(all) ended", "已有结果 \(all) 笔，其中 \(failed) 笔")
  }
  static func found(_ count: String) -> Label {
    Label("of \(count) found", "共发现 \(count) 项")
  }
}

// MARK: - The dashboard: its tables

extension Label {
  static let days = Label("The days of the window", "窗口期各日")
  static let daysNote = Label(
    "Beijing days; payments by the institution's own time.", "按北京日；支付以支付机构的时间为准。")
  static let day = Label("day", "日期")
  static let wavesPlanned = Label("waves planned", "计划批次")
  static let openedThatDay = Label("opened that day", "当日开通")
  static let openedSoFar = Label("opened so far", "累计开通")
  static let waves = Label("Waves", "批次")
  static let wave = Label("wave", "批次")
  static let planned = Label("planned", "计划")
  static let opened = Label("opened", "开启")
  static let completed = Label("completed", "完成")
  static let merchants = Label("merchants", "商户数")
  static let enabled = Label("enabled", "已开通")
  static let rolledBack = Label("rolled back", "已回退")
  static let mix = Label("Who pays how", "支付构成")
  static let mixNote = Label(
    "Captured payments by institution. T3 to T5 are the downstream market.",
    "按支付机构统计的收款。T3 至 T5 为下沉市场。")
  static let share = Label("share", "占比")
  static let allPayments = Label("all payments", "全部支付")
  static let buyersCity = Label("By the buyer's city", "按买家所在城市")
  static let shopsCity = Label("By the shop's city", "按店铺所在城市")
  static let downstreamMarket = Label("downstream market", "下沉市场")
  static let upperTiers = Label("upper tiers", "一二线城市")
  static let failures = Label("Failures by whom they count against", "失败归因")
  static let failuresNote = Label(
    "The share is of captured and failed notices.", "占比以收款与失败通知合计为底数。")
  static let discrepancies = Label("Discrepancies", "差异")
  static let none = Label("None.", "无。")
  static let what = Label("what", "事项")
  static let logged = Label("logged", "记录时间")
  static let state = Label("state", "状态")
  public static let open = Label("open", "未决")
  static let timeline = Label("Timeline", "时间线")
  static let nothingYet = Label("Nothing yet.", "暂无。")
  static let time = Label("time", "时间")
  static let details = Label("details", "详情")

  static func wave(_ wave: UInt16) -> Label { Label("wave \(wave)", "第 \(wave) 批") }
  static func haveOpened(_ opened: Int, _ all: Int) -> Label {
    Label("\(opened) of \(all) have opened.", "共 \(all) 批，已开启 \(opened) 批。")
  }
  static func firstOf(_ shown: Int, _ all: String) -> Label {
    Label(
      "The first \(shown) of \(all), with every one in the dump of that name.",
      "共 \(all) 项，此处为前 \(shown) 项；全部见同名导出。")
  }
  static func lastOf(_ shown: Int, _ all: Int) -> Label {
    Label(
      "The last \(shown) of \(all) entries, the latest first.",
      "共 \(all) 条，此处为最近 \(shown) 条，新者在前。")
  }
  static func resolved(_ position: UInt64) -> Label {
    Label("resolved at \(position)", "已在位置 \(position) 解决")
  }
}
