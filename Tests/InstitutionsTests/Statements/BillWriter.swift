// Writes statements as institutions do, for tests that must not need a downloaded one.

import Events
import Institutions
import Text

/// A payment or a refund from which a line is written and with which it is compared.
struct Trade: Hashable {
  var kind = StatementKind.captured
  var transaction = "4200000001"
  var order = "order-1"
  var refund = ""
  var merchantRefund = ""
  var fen: Int64 = 1250
  /// Hundred-thousandths of a yuan.
  var fee: Int64 = 750
  var instant = BillWriter.day.start.advanced(bySeconds: 3600)
  var goods = "a thing, \"quoted\", 商品"
  var refundState = "SUCCESS"
}

enum BillWriter {
  static let day = BeijingDay(19_978)

  static func yuan(_ fen: Int64) -> String { AmountText.yuan(Money(fen: fen)) }

  /// `2024-09-12 05:01:46`.
  static func time(_ instant: Timestamp) -> String {
    let text = RFC3339.text(instant, offsetSeconds: RFC3339.beijingOffset)
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
  }

  enum Variant: String, CaseIterable { case all, success, refund }

  private static let head = [
    "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识", "交易类型", "交易状态", "付款银行",
    "货币种类", "应结订单金额", "代金券金额",
  ]
  private static let refundHead = [
    "微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态",
  ]

  /// A trade bill of WeChat Pay with its byte order mark, marks and totals.
  static func weChat(_ trades: [Trade], _ variant: Variant = .all) -> [UInt8] {
    let hasRefunds = variant != .success
    var names = ["交易时间"] + head
    if variant == .refund { names += ["退款申请时间", "退款成功时间"] }
    if hasRefunds { names += refundHead }
    names += ["商品名称", "商户数据包", "手续费", "费率", "订单金额"]
    if hasRefunds { names.append("申请退款金额") }
    names.append("费率备注")
    var text = "\u{FEFF}" + names.joined(separator: ",") + "\r\n"
    for trade in trades {
      let cells = weChatCells(trade, variant)
      text += cells.map { "`\($0)" }.joined(separator: ",") + "\r\n"
    }
    return Array((text + weChatTotals(trades, hasRefunds)).utf8)
  }

  private static func weChatCells(_ trade: Trade, _ variant: Variant) -> [String] {
    let isRefund = trade.kind == .refunded
    let order = yuan(isRefund ? 0 : trade.fen)
    let refund = yuan(isRefund ? trade.fen : 0)
    var cells = [
      time(trade.instant), "wx0123456789abcdef", "1921000401", "0", "", trade.transaction,
      trade.order, "oHkLxt", "JSAPI", isRefund ? "REFUND" : "SUCCESS", "OTHERS", "CNY", order,
      "0.00",
    ]
    if variant == .refund {
      cells[0] = time(day.start.advanced(byDays: -3))
      cells += [time(trade.instant.advanced(bySeconds: -5)), time(trade.instant)]
    }
    if variant != .success {
      cells +=
        isRefund
        ? [trade.refund, trade.merchantRefund, refund, "0.00", "ORIGINAL", trade.refundState]
        : ["0", "0", "0.00", "0.00", "", ""]
    }
    cells += [
      trade.goods, "", StatementFee(rawValue: trade.fee).text, "0.60%", order,
    ]
    if variant != .success { cells.append(refund) }
    return cells + [""]
  }

  private static func weChatTotals(_ trades: [Trade], _ hasRefunds: Bool) -> String {
    let captured = trades.filter { $0.kind == .captured }.reduce(0) { $0 + $1.fen }
    let refunded = trades.filter { $0.kind == .refunded }.reduce(0) { $0 + $1.fen }
    let fee = trades.reduce(0) { $0 + $1.fee }
    // One decimal where one is enough, as the institution writes them.
    func short(_ fen: Int64) -> String {
      let text = yuan(fen)
      return text.hasSuffix("0") ? String(text.dropLast()) : text
    }
    var totals = [
      ("总交易单数", "\(trades.count).0"), ("应结订单总金额", short(captured)), ("退款总金额", short(refunded)),
      ("充值券退款总金额", "0.0"), ("手续费总金额", StatementFee(rawValue: fee).text),
      ("订单总金额", short(captured)), ("申请退款总金额", short(refunded)),
    ]
    if !hasRefunds { totals.removeAll { $0.0.contains("退款") } }
    return totals.map(\.0).joined(separator: ",") + "\r\n"
      + totals.map { "`\($0.1)" }.joined(separator: ",")
  }

  /// A statement of Alipay in UTF-8, cells padded with tabs.
  static func alipay(_ trades: [Trade]) -> [UInt8] {
    let names = [
      "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号", "门店名称", "操作员", "终端号",
      "对方账户", "订单金额（元）", "商家实收（元）", "退款批次号/请求号", "服务费（元）", "备注",
    ]
    var text = "#支付宝业务明细查询\r\n#账号：[20880000000001560156]\r\n"
    text += "#-----------------------------------------业务明细列表----------------------------\r\n"
    text += names.joined(separator: ",") + "\r\n"
    for trade in trades {
      let isRefund = trade.kind == .refunded
      let amount = yuan(isRefund ? -trade.fen : trade.fen)
      let cells = [
        trade.transaction + "\t", trade.order + "\t", isRefund ? "退款" : "交易", "thing",
        time(trade.instant.advanced(bySeconds: -60)), time(trade.instant), "", "", "", "", "a***\t",
        amount, amount, trade.merchantRefund + "\t", yuan(trade.fee / 1000), " ",
      ]
      text += cells.joined(separator: ",") + "\r\n"
    }
    let captures = trades.filter { $0.kind == .captured }
    let refunds = trades.filter { $0.kind == .refunded }
    text += "#-----------------------------------------业务明细列表结束------------------------\r\n"
    text += "#交易合计：\(captures.count)笔，商家实收共\(yuan(captures.reduce(0) { $0 + $1.fen }))元，"
    text += "商家优惠共0.00元\r\n"
    text += "#退款合计：\(refunds.count)笔，商家实收退款共\(yuan(-refunds.reduce(0) { $0 + $1.fen }))元，"
    text += "商家优惠退款共0.00元\r\n#导出时间：[2024年09月13日 09:27:10]\r\n"
    return Array(text.utf8)
  }

  static func plain(_ trades: [Trade]) -> [UInt8] {
    var text = "transaction,kind,refund,order_amount,paid_amount,fee,occurred_at\n"
    for trade in trades {
      let paid = trade.kind == .captured ? "\(trade.fen)" : ""
      text += "\(trade.transaction),\(trade.kind.name),\(trade.refund),\(trade.fen),\(paid),"
      let whole = trade.fee / 1000
      let part = String(1000 + trade.fee % 1000).dropFirst()
      text += "\(whole).\(part),\(RFC3339.text(trade.instant))\n"
    }
    return Array(text.utf8)
  }

  /// The lines of a file that is read in pieces of a length.
  static func read(
    _ bytes: [UInt8], _ institution: Institution, pieces: Int = 4096
  ) throws(StatementFault) -> [StatementLine] {
    var reader = StatementReader(institution)
    var lines: [StatementLine] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + pieces)
      try reader.read(bytes.span.extracting(start..<end)) { lines.append($0) }
      start = end
    }
    try reader.finish { lines.append($0) }
    return lines
  }
}

extension Timestamp {
  fileprivate func advanced(byDays days: Int64) -> Timestamp {
    advanced(bySeconds: days * BeijingDay.secondsPerDay)
  }
}

/// Numbers that follow from a seed.
struct Dice {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// 0 to `count` less one.
  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
}
