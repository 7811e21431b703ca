// Alipay's statement of single trades (业务明细), as its merchants download it.
//
//   #支付宝业务明细查询                      remarks, each behind a #
//   #账号：[2088...]
//   #起始日期：[...]   终止日期：[...]
//   #-----业务明细列表-----
//   支付宝交易号,商户订单号,业务类型,...       the header
//   2019...<tab>,order-1<tab>,交易,...        cells are padded with tabs and spaces; amounts in yuan
//   #-----业务明细列表结束-----
//   #交易合计：2笔，商家实收共30.00元，商家优惠共0.00元
//   #退款合计：1笔，商家实收退款共-10.00元，商家优惠退款共0.00元
//   #导出时间：[...]
//
// Refunds (业务类型 退款) have amounts below zero, and the request's number of the merchant names
// them. The file is GBK as it comes; here it is UTF-8 already. It comes in a zip archive, together
// with a summary (汇总) of the same day, which has no single trades.
//
// No page of the institution with this form could be read: it is what the readers and writers of
// such files in public repositories agree upon. So what does not follow it is refused.

import Events
import Text

/// Reads a statement of single trades.
public struct AlipayBill: StatementFormat {
  private static let listEnd = "业务明细列表结束"
  private static let captures = "#交易合计："
  private static let refunds = "#退款合计："

  private var columns: AlipayBillColumns?
  private var counts: [StatementKind: Int64] = [:]
  private var received: [StatementKind: Int64] = [:]
  private var checked: Set<StatementKind> = []
  private var isListOver = false

  public init() {}

  public mutating func take(
    _ text: Span<UInt8>, _ number: Int
  ) throws(StatementFault) -> StatementLine? {
    if text[0] == UInt8(ascii: "#") {
      try takeRemark(text, number)
      return nil
    }
    guard let columns else {
      columns = try AlipayBillColumns(StatementTable(text, line: number), line: number)
      return nil
    }
    guard !isListOver else {
      throw StatementFault(
        line: number, "a line stands behind the end of the list",
        hint: "See whether two statements were put together; compare one at a time.")
    }
    let row = try StatementRow(text, number, columns.table, .padded)
    let (line, received) = try columns.line(row)
    counts[line.kind, default: 0] += 1
    self.received[line.kind, default: 0] += received.rawValue
    return line
  }

  private mutating func takeRemark(
    _ text: Span<UInt8>, _ number: Int
  ) throws(StatementFault) {
    guard UTF8Check.firstIllFormed(text) == nil else {
      throw StatementFault(
        line: number, "it is not UTF-8",
        hint: "Convert it: iconv -f GB18030 -t UTF-8, for most such files are GBK.")
    }
    let remark = String(decoding: Array(copying: text), as: UTF8.self)
    if remark.contains(AlipayBill.listEnd) { isListOver = true }
    if remark.hasPrefix(AlipayBill.captures) {
      try check(remark, number, .captured, "商家实收共")
    } else if remark.hasPrefix("#" + AlipayBill.refunds) || remark.hasPrefix(AlipayBill.refunds) {
      try check(remark, number, .refunded, "商家实收退款共")
    }
  }

  /// Holds the number of lines and what was received against the sums of the lines.
  private mutating func check(
    _ remark: String, _ number: Int, _ kind: StatementKind, _ amountName: String
  ) throws(StatementFault) {
    guard let count = AlipayBill.figure(in: remark, behind: "合计：", before: "笔", decimals: 0),
      let amount = AlipayBill.figure(in: remark, behind: amountName, before: "元", decimals: 2)
    else {
      throw StatementFault(
        line: number, "its totals cannot be read",
        hint: "They stand as N笔，\(amountName)0.00元; fetch the statement again.")
    }
    let (lines, sum) = (counts[kind] ?? 0, received[kind] ?? 0)
    guard count == lines, amount == sum else {
      throw StatementFault(
        line: number, column: "合计",
        "the totals of what was \(kind.name) are \(count) lines and "
          + "\(AmountText.yuan(Money(fen: amount))), and the lines are \(lines) and "
          + AmountText.yuan(Money(fen: sum)),
        hint: "The file is not whole or was changed: fetch it again.")
    }
    checked.insert(kind)
  }

  private static func figure(
    in remark: String, behind: String, before: String, decimals: Int
  ) -> Int64? {
    let bytes = Array(remark.utf8)
    guard let start = place(of: Array(behind.utf8), in: bytes, from: 0) else { return nil }
    let begin = start + behind.utf8.count
    guard let end = place(of: Array(before.utf8), in: bytes, from: begin) else { return nil }
    return try? ScaledDecimal.parse(
      bytes.span.extracting(begin..<end), decimals: decimals, sign: .minusAllowed)
  }

  private static func place(of part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= part.count else { return nil }
    return (start...max(start, bytes.count - part.count)).first { place in
      place + part.count <= bytes.count && bytes[place..<place + part.count].elementsEqual(part)
    }
  }

  public func finish() throws(StatementFault) {
    guard isListOver, checked.count == StatementKind.allCases.count else {
      throw StatementFault(
        line: 0, "the end of the list (\(AlipayBill.listEnd)) or the totals behind it are missing",
        hint: "The file is cut off, or not the 业务明细 of a day: fetch it again.")
    }
  }
}

/// Where the columns of a statement stand.
private struct AlipayBillColumns: Sendable {
  let table: StatementTable
  private let transaction: Int
  private let order: Int
  private let type: Int
  private let created: Int?
  private let completed: Int
  private let store: Int?
  private let orderAmount: Int
  private let received: Int
  private let refund: Int
  private let fee: Int?

  init(_ table: StatementTable, line: Int) throws(StatementFault) {
    self.table = table
    transaction = try table.required("支付宝交易号", line: line)
    order = try table.required("商户订单号", line: line)
    type = try table.required("业务类型", line: line)
    created = table.place(["创建时间"])
    completed = try table.required("完成时间", line: line)
    store = table.place(["门店编号"])
    orderAmount = try table.required("订单金额(元)", line: line)
    received = try table.required("商家实收(元)", line: line)
    refund = try table.required("退款批次号/请求号", "退款批次号", line: line)
    fee = table.place(["服务费(元)"])
  }

  /// What a row says, and what the merchant received by it.
  func line(
    _ row: borrowing StatementRow
  ) throws(StatementFault) -> (line: StatementLine, received: Money) {
    let type = row.string(type)
    guard type == "交易" || type == "退款" else {
      throw row.fault(
        self.type, "\"\(type)\" is no kind of trade that is known here", hint: "It is 交易 or 退款.")
    }
    let isRefund = type == "退款"
    let time = row.isEmpty(completed) ? created ?? completed : completed
    var line = StatementLine(
      number: row.number, kind: isRefund ? .refunded : .captured,
      transaction: try row.id(transaction), occurredAt: try row.beijingTime(time))
    line.order = try row.optionalID(order)
    line.merchant = try row.optionalID(store)
    line.fee = try row.fee(fee)
    let amount = try row.amount(orderAmount, sign: .minusAllowed)
    guard isRefund ? amount <= .zero : amount >= .zero else {
      throw row.fault(
        orderAmount, "the amount of a \(isRefund ? "refund is above" : "payment is below") zero",
        hint: "Refunds stand with a minus sign and payments without.")
    }
    if isRefund {
      line.refundAmount = .zero - amount
      line.merchantRefund = try row.optionalID(refund)
    } else {
      line.orderAmount = amount
    }
    return (line, try row.amount(received, sign: .minusAllowed))
  }
}
