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
    whole <= 0 ? 0 : (part * 2000 + whole) / (whole * 2)
  }

  /// `37.5 %`; nil of nothing.
  static func percent(_ part: Int64, of whole: Int64) -> String? {
    guard whole > 0 else { return nil }
    let permille = permille(part, of: whole)
    return "\(permille / 10).\(permille % 10) %"
  }

  /// `2024-09-12 00:00:07` by Beijing's clocks; nil for no instant.
  static func instant(_ time: Timestamp) -> String? {
    guard time != .none else { return nil }
    let text = RFC3339.beijing(Timestamp(seconds: time.seconds))
    return String(text.prefix(10)) + " " + String(text.dropFirst(11).prefix(8))
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
