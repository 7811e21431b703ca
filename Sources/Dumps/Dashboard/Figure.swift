// Numbers and instants as people read them on a page; integers all the way.

import Events
import Text

/// Prints figures for people.
enum Figure {
  /// `1,234,567`.
  static func grouped(_ value: Int64) -> String {
    let digits = String(value.magnitude)
    var text = value < 0 ? "−" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// `¥1,234.56`.
  static func yuan(_ fen: Int64) -> String {
    let whole = grouped(Int64(fen.magnitude / 100))
    let rest = fen.magnitude % 100
    return "\(fen < 0 ? "−" : "")¥\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// Parts of a thousand, rounded half up; 0 of nothing.
  static func permille(_ part: Int64, of whole: Int64) -> Int64 {
    guard whole > 0 else { return 0 }
    return Int64(clamping: (Int128(part) * 2000 + Int128(whole)) / (Int128(whole) * 2))
  }

  /// `37.5 %`; nil of nothing.
  static func percent(_ part: Int64, of whole: Int64) -> String? {
    guard whole > 0 else { return nil }
    let permille = permille(part, of: whole)
    return "\(permille / 10).\(permille % 10) %"
  }

  /// A quotient with so many decimals, rounded half up: `12.34`; nil of nothing.
  ///
  /// - Parameter decimals: at most 6.
  static func quotient(_ part: Int128, by whole: Int128, decimals: Int = 2) -> String? {
    guard whole > 0, part >= 0 else { return nil }
    let power = (0..<decimals).reduce(Int128(1)) { product, _ in product * 10 }
    let scaled = (part * power * 2 + whole) / (whole * 2)
    guard scaled / power <= Int128(Int64.max) else { return nil }
    let rest = String(scaled % power)
    let digits = String(repeating: "0", count: decimals - rest.count) + rest
    return grouped(Int64(scaled / power)) + (decimals > 0 ? ".\(digits)" : "")
  }

  /// `2024-09-12 00:00:07` by Beijing's clocks; nil for no instant.
  static func instant(_ time: Timestamp) -> String? {
    guard time != .none else { return nil }
    let text = RFC3339.beijing(Timestamp(seconds: time.seconds))
    return String(text.prefix(10)) + " " + String(text.dropFirst(11).prefix(8))
  }

  /// `09-12 00:00`, where the year stands beside it; nil for no instant.
  static func shortInstant(_ time: Timestamp) -> String? {
    instant(time).map { String($0.dropFirst(5).prefix(11)) }
  }

  /// `wechat-pay` as `WeChat Pay`.
  static func name(_ institution: Institution) -> String {
    switch institution {
    case .weChatPay: "WeChat Pay"
    case .alipay: "Alipay"
    case .unionPay: "UnionPay"
    case .card: "Card"
    }
  }
}
