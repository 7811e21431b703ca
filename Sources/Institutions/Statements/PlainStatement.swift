// The statement of an institution whose own form is not known here: UnionPay, card acquirers.
//
//   transaction,kind,refund,order_amount,paid_amount,fee,occurred_at
//   20240912001,captured,,1250,1250,7.5,2024-09-12T10:00:00+08:00
//   20240912001,refunded,r-1,250,,,2024-09-12T18:30:00+08:00
//
// Amounts are fen; a fee may have three decimals of a fen; order_amount of a refund is the amount
// of this refund. The columns order, merchant and currency may be there too, and the order of the
// columns is free. There are no totals: a file that was cut between two lines is noticed by what is
// missing.

import Events
import Text

/// Reads a plain statement.
public struct PlainStatement: StatementFormat {
  private struct Columns {
    let table: StatementTable
    let transaction: Int
    let kind: Int
    let refund: Int
    let amount: Int
    let paid: Int
    let fee: Int
    let time: Int
    let order: Int?
    let merchant: Int?
    let currency: Int?
  }

  private static let names = [
    "transaction", "kind", "refund", "order_amount", "paid_amount", "fee", "occurred_at", "order",
    "merchant", "currency",
  ]

  private var columns: Columns?

  public init() {}

  public mutating func take(
    _ text: Span<UInt8>, _ number: Int
  ) throws(StatementFault) -> StatementLine? {
    guard let columns else {
      columns = try PlainStatement.header(StatementTable(text, line: number), number)
      return nil
    }
    return try PlainStatement.line(StatementRow(text, number, columns.table, .plain), columns)
  }

  private static func header(
    _ table: StatementTable, _ number: Int
  ) throws(StatementFault) -> Columns {
    if let strange = table.names.first(where: { !names.contains($0) }) {
      throw StatementFault(
        line: number, column: strange, "nobody here knows this column",
        hint: "The columns are \(names.joined(separator: ", ")); the last three may be absent.")
    }
    return Columns(
      table: table, transaction: try table.required("transaction", line: number),
      kind: try table.required("kind", line: number),
      refund: try table.required("refund", line: number),
      amount: try table.required("order_amount", line: number),
      paid: try table.required("paid_amount", line: number),
      fee: try table.required("fee", line: number),
      time: try table.required("occurred_at", line: number),
      order: table.place(["order"]), merchant: table.place(["merchant"]),
      currency: table.place(["currency"]))
  }

  private static func line(
    _ row: borrowing StatementRow, _ columns: Columns
  ) throws(StatementFault) -> StatementLine {
    let word = row.string(columns.kind)
    guard let kind = StatementKind.allCases.first(where: { $0.name == word }) else {
      throw row.fault(columns.kind, "\"\(word)\" is no kind", hint: "It is captured or refunded.")
    }
    var line = StatementLine(
      number: row.number, kind: kind, transaction: try row.id(columns.transaction),
      occurredAt: try row.instant(Array(copying: row.bytes(columns.time)), columns.time))
    line.order = try row.optionalID(columns.order)
    line.merchant = try row.optionalID(columns.merchant)
    if let currency = columns.currency, !row.isEmpty(currency) {
      line.currency = try row.id(currency)
    }
    // Three decimals of a fen are five of a yuan.
    line.fee = try row.fee(columns.fee, decimals: StatementFee.decimals - 2)
    let amount = try row.fen(columns.amount)
    if kind == .captured {
      guard row.isEmpty(columns.refund) else {
        throw row.fault(
          columns.refund, "a captured payment has the id of a refund", hint: "Leave it empty.")
      }
      line.orderAmount = amount
      if !row.isEmpty(columns.paid) {
        line.paidAmount = try row.fen(columns.paid)
      }
    } else {
      line.refundAmount = amount
      line.refund = try row.optionalID(columns.refund)
    }
    return line
  }

  public func finish() throws(StatementFault) {
    guard columns == nil else { return }
    throw StatementFault(
      line: 0, "the file is empty", hint: "A day without payments has a header and nothing else.")
  }
}
