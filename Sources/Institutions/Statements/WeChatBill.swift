// WeChat Pay's trade bill (交易账单), in its three variants: ALL, SUCCESS and REFUND.
//
//   a byte order mark; the header, without marks
//   `2019-02-19 05:01:46,`wxab...,`1921000401,...     each cell behind a back-tick, amounts in yuan
//   总交易单数,应结订单总金额,...                       a second header, of the totals
//   `45.0,`0.47,...                                    the totals
//
// SUCCESS lacks the columns of refunds, REFUND has two times of them more. A payment that is
// refunded has a line for each: SUCCESS when it was captured, REFUND (or REVOKED, where the
// merchant took the payment back) when it was refunded. A name of goods may hold commas and quotes;
// a comma with a back-tick behind it ends a cell and nothing else does.
//
// Sources: the bill's page of the merchant documentation, and the bill that the institution's own
// client library for PHP tests with. Names of columns have changed: what older bills say stands
// behind the newer name.

import Events
import Text

/// Reads a trade bill.
public struct WeChatBill: StatementFormat {
  private enum Part {
    case header
    case lines
    case totals
    case end
  }

  private var part = Part.header
  private var columns: WeChatBillColumns?
  private var totals: StatementTable?
  private var sums = WeChatBillSums()

  public init() {}

  public mutating func take(
    _ text: Span<UInt8>, _ number: Int
  ) throws(StatementFault) -> StatementLine? {
    switch part {
    case .header:
      columns = try WeChatBillColumns(StatementTable(text, line: number), line: number)
      part = .lines
      return nil
    case .lines:
      guard let columns else { return nil }
      if text[0] == UInt8(ascii: "`") {
        let row = try StatementRow(text, number, columns.table, .marked)
        let line = try columns.line(row)
        try sums.add(row, columns, line)
        return line
      }
      totals = try totalsHeader(text, number)
      part = .totals
      return nil
    case .totals:
      guard let totals else { return nil }
      try sums.check(StatementRow(text, number, totals, .marked))
      part = .end
      return nil
    case .end:
      throw StatementFault(
        line: number, "a line stands behind the totals",
        hint: "See whether two statements were put together; compare one at a time.")
    }
  }

  private func totalsHeader(
    _ text: Span<UInt8>, _ number: Int
  ) throws(StatementFault) -> StatementTable {
    let begin = Array(WeChatBillSums.count.utf8)
    guard text.count >= begin.count,
      begin.elementsEqual(Array(copying: text.extracting(0..<begin.count)))
    else {
      throw StatementFault(
        line: number, "it begins neither with a back-tick nor with \(WeChatBillSums.count)",
        hint: "Give the bill as it was downloaded; a spreadsheet takes the back-ticks away.")
    }
    return try StatementTable(text, line: number)
  }

  public func finish() throws(StatementFault) {
    guard part == .end else {
      throw StatementFault(
        line: 0, "the totals at the end are missing",
        hint: "The file is cut off, or no trade bill: fetch it again.")
    }
  }
}

/// Where the columns of a bill stand.
struct WeChatBillColumns: Sendable {
  let table: StatementTable
  private let time: Int
  private let merchant: Int
  private let subMerchant: Int?
  private let transaction: Int
  private let order: Int
  private let state: Int
  private let currency: Int
  fileprivate let orderAmount: Int
  fileprivate let settledAmount: Int?
  private let coupon: Int?
  private let refund: Int?
  private let merchantRefund: Int?
  fileprivate let refundAmount: Int?
  fileprivate let settledRefund: Int?
  fileprivate let couponRefund: Int?
  private let refundState: Int?
  private let refundTime: Int?
  private let fee: Int?

  init(_ table: StatementTable, line: Int) throws(StatementFault) {
    self.table = table
    time = try table.required("交易时间", line: line)
    merchant = try table.required("商户号", line: line)
    subMerchant = table.place(["特约商户号", "子商户号"])
    transaction = try table.required("微信订单号", line: line)
    order = try table.required("商户订单号", line: line)
    state = try table.required("交易状态", line: line)
    currency = try table.required("货币种类", line: line)
    orderAmount = try table.required("订单金额", "应结订单金额", "总金额", line: line)
    settledAmount = table.place(["应结订单金额", "总金额"])
    coupon = table.place(["代金券金额", "企业红包金额"])
    refund = table.place(["微信退款单号"])
    merchantRefund = table.place(["商户退款单号"])
    refundAmount = table.place(["申请退款金额", "退款金额"])
    settledRefund = table.place(["退款金额"])
    couponRefund = table.place(["充值券退款金额", "企业红包退款金额"])
    refundState = table.place(["退款状态"])
    refundTime = table.place(["退款成功时间"])
    fee = table.place(["手续费"])
  }

  func line(_ row: borrowing StatementRow) throws(StatementFault) -> StatementLine {
    let state = row.string(state)
    let isRefund = state == "REFUND" || state == "REVOKED"
    guard isRefund || state == "SUCCESS" else {
      throw row.fault(
        self.state, "\"\(state)\" is no state of a trade", hint: "It is SUCCESS, REFUND or REVOKED."
      )
    }
    let hasRefundTime = isRefund && refundTime.map { !row.isEmpty($0) } == true
    var line = StatementLine(
      number: row.number, kind: isRefund ? .refunded : .captured,
      transaction: try row.id(transaction),
      occurredAt: try row.beijingTime(hasRefundTime ? refundTime ?? time : time))
    line.order = try row.optionalID(order)
    line.merchant = try row.optionalID(subMerchant)
    if line.merchant == .none { line.merchant = try row.id(merchant) }
    line.currency = try row.id(currency)
    line.fee = try row.fee(fee)
    if isRefund {
      try addRefund(row, to: &line)
    } else {
      try addCapture(row, to: &line)
    }
    return line
  }

  private func addCapture(
    _ row: borrowing StatementRow, to line: inout StatementLine
  ) throws(StatementFault) {
    line.orderAmount = try row.amount(orderAmount)
    if let refundAmount, try row.amount(refundAmount) != .zero {
      throw row.fault(
        refundAmount, "a captured payment has a refund in its line",
        hint: "A refund has a line of its own, whose state is REFUND.")
    }
    guard let settledAmount, let coupon else { return }
    let paid = try row.amount(settledAmount) - row.amount(coupon)
    // Published samples have coupons above the order: such a line says nothing of the payer.
    if paid >= .zero { line.paidAmount = paid }
  }

  private func addRefund(
    _ row: borrowing StatementRow, to line: inout StatementLine
  ) throws(StatementFault) {
    guard let refundAmount else {
      throw row.fault(
        state, "a refund stands in a bill without the columns of refunds",
        hint: "Fetch the bill of the type ALL.")
    }
    line.refundAmount = try row.amount(refundAmount)
    line.refund = try row.optionalID(refund)
    line.merchantRefund = try row.optionalID(merchantRefund)
    guard let refundState else { return }
    let state = row.string(refundState)
    guard ["", "SUCCESS", "PROCESSING", "FAIL", "CHANGE"].contains(state) else {
      throw row.fault(
        refundState, "\"\(state)\" is no state of a refund",
        hint: "It is SUCCESS, PROCESSING, FAIL or CHANGE.")
    }
    line.isSettled = state == "" || state == "SUCCESS"
  }
}

/// What the totals of a bill must be.
private struct WeChatBillSums {
  static let count = "总交易单数"

  private var lines: Int64 = 0
  private var orderAmount: Int64 = 0
  private var settledAmount: Int64 = 0
  private var refundAmount: Int64 = 0
  private var settledRefund: Int64 = 0
  private var couponRefund: Int64 = 0
  private var fee: Int64 = 0

  /// The totals are of the columns, whatever the state of a line.
  mutating func add(
    _ row: borrowing StatementRow, _ columns: WeChatBillColumns, _ line: StatementLine
  ) throws(StatementFault) {
    func fen(_ place: Int?) throws(StatementFault) -> Int64 {
      guard let place else { return 0 }
      return try row.amount(place).rawValue
    }
    lines += 1
    orderAmount += try fen(columns.orderAmount)
    settledAmount += try fen(columns.settledAmount)
    refundAmount += try fen(columns.refundAmount)
    settledRefund += try fen(columns.settledRefund)
    couponRefund += try fen(columns.couponRefund)
    fee += line.fee.rawValue
  }

  func check(_ row: borrowing StatementRow) throws(StatementFault) {
    for (place, name) in row.table.names.enumerated() {
      switch name {
      case WeChatBillSums.count: try check(row, place, lines * 100, of: "the number of lines", 100)
      case "应结订单总金额", "总交易额": try check(row, place, settledAmount)
      case "订单总金额": try check(row, place, orderAmount)
      case "退款总金额", "总退款金额": try check(row, place, settledRefund)
      case "申请退款总金额": try check(row, place, refundAmount)
      case "充值券退款总金额", "总企业红包退款金额": try check(row, place, couponRefund)
      case "手续费总金额": try checkFee(row, place)
      default:
        throw row.fault(
          place, "nobody here knows this total", hint: "A release that knows it can read the bill.")
      }
    }
  }

  /// Totals are written with one decimal or two, the number of lines as 45.0.
  private func check(
    _ row: borrowing StatementRow, _ place: Int, _ sum: Int64, of what: String = "the sum",
    _ unit: Int64 = 1
  ) throws(StatementFault) {
    let total = try row.number(place, decimals: 2, sign: .minusAllowed)
    guard total != sum else { return }
    let text = row.string(place)
    let found = unit == 1 ? AmountText.yuan(Money(fen: sum)) : "\(sum / unit)"
    throw row.fault(
      place, "the total is \(text), and \(what) is \(found)",
      hint: "The file is not whole or was changed: fetch it again.")
  }

  /// Fees are exact in the lines and rounded in the total, to the decimals that it shows.
  private func checkFee(_ row: borrowing StatementRow, _ place: Int) throws(StatementFault) {
    let total = try row.number(place, decimals: StatementFee.decimals, sign: .minusAllowed)
    let text = row.string(place)
    let shown = text.firstIndex(of: ".").map { text[$0...].count - 1 } ?? 0
    var unit: Int64 = 1
    for _ in min(max(shown, 2), StatementFee.decimals)..<StatementFee.decimals { unit *= 10 }
    let (difference, isOver) = total.subtractingReportingOverflow(fee)
    guard isOver || difference.magnitude >= unit.magnitude else { return }
    throw row.fault(
      place, "the total is \(text), and the sum is \(StatementFee(rawValue: fee).text)",
      hint: "The file is not whole or was changed: fetch it again.")
  }
}
