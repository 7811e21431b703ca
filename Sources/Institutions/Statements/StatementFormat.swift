// How institutions write their statements: one file for each way.

public import Events

/// Reads the lines of one institution's statement, in their order.
///
/// A conformer is a value that remembers the header and adds up what the totals must be. It trusts
/// nothing: a line that it cannot account for is an error, for a sum without that line closes with
/// nothing.
public protocol StatementFormat: Sendable {
  /// Takes the next line.
  ///
  /// - Parameters:
  ///   - text: the line without its end; it is never empty.
  ///   - number: its number in the file, from 1.
  /// - Returns: what it says of a payment; nil for heads, totals and remarks.
  mutating func take(_ text: Span<UInt8>, _ number: Int) throws(StatementFault) -> StatementLine?

  /// Looks at the end whether all that must be there has come.
  func finish() throws(StatementFault)
}

extension Institution {
  /// The format of this institution's statement, from its first line.
  public var statementFormat: any StatementFormat {
    switch self {
    case .weChatPay: WeChatBill()
    case .alipay: AlipayBill()
    case .unionPay, .card: PlainStatement()
    }
  }
}
