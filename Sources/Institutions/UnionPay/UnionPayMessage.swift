// The fields of one of UnionPay's messages, and the text that is signed.

internal import Events
internal import Merkle
internal import Text

/// A message whose form is one that can be signed in one way only.
struct UnionPayMessage {
  private let form: Form

  init(_ body: [UInt8]) throws(NoticeFault) {
    do { form = try FormReader.read(body, bytesMax: UnionPayReader.bodyBytesMax) } catch {
      throw .malformed("the notification", error.description)
    }
    for field in form.fields {
      guard field.name.utf8.allSatisfy(UnionPayMessage.isOfName) else {
        throw .malformed(field.name, "a name has letters, digits and _ alone")
      }
      guard UnionPayMessage.hasOneReading(field.value) else {
        throw .malformed(field.name, "its braces are not balanced, or & stands outside of them")
      }
    }
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func hasOneReading(_ value: String) -> Bool {
    var depth = 0
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "&") where depth == 0: return false
      default: continue
      }
      if depth < 0 { return false }
    }
    return depth == 0
  }

  /// What the signature is over.
  var signedText: [UInt8] {
    let fields = form.fields.filter { $0.name != "signature" }
      .map { (name: Array($0.name.utf8), text: "\($0.name)=\($0.value)") }
      .sorted { $0.name.lexicographicallyPrecedes($1.name) }
    let text = Array(fields.map(\.text).joined(separator: "&").utf8)
    return Array(unsafe SHA256.hash(text.span.bytes).hex.utf8)
  }
}

// MARK: - Fields

extension UnionPayMessage {
  /// The value of a field; nil where it is absent or empty, which is the same to UnionPay.
  func optionalText(_ name: String) -> String? {
    form[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  func text(_ name: String) throws(NoticeFault) -> String {
    guard let text = optionalText(name) else { throw .malformed(name, "it is missing") }
    return text
  }

  /// Holds a field against the one value that it may have.
  func expect(_ name: String, _ wanted: String) throws(NoticeFault) {
    let text = try text(name)
    guard text.utf8.elementsEqual(wanted.utf8) else {
      throw .malformed(name, "it is not \(wanted)")
    }
  }

  func identifier(_ name: String) throws(NoticeFault) -> ExternalID {
    let text = try text(name)
    do { return try IdentifierRule.externalID(text) } catch {
      throw .malformed(name, error.reason)
    }
  }

  /// An amount in fen, written with 1 to 12 digits.
  func amount(_ name: String) throws(NoticeFault) -> Money {
    let text = try text(name)
    guard (1...12).contains(text.utf8.count), let fen = Int64(digits: text) else {
      throw .malformed(name, "it is no whole number of at most 12 digits")
    }
    guard fen <= Money.paymentMax.rawValue else {
      throw .senseless(name, "no payment has an amount of \(fen)")
    }
    return Money(fen: fen)
  }

  /// The number of a currency; nil where the field is absent.
  func optionalCurrency(_ name: String) throws(NoticeFault) -> UInt16? {
    guard let digits = optionalText(name) else { return nil }
    guard let number = Currency.number(digits: digits) else {
      throw .senseless(name, "these digits number no currency")
    }
    return number
  }

  /// An instant of Beijing's clock, written as `20240912235959`.
  func time(_ name: String) throws(NoticeFault) -> Timestamp {
    let text = try text(name)
    guard text.utf8.count == 14, let year = Int64(digits: text.prefix(4)).map({ Int($0) }),
      RFC3339.years.contains(year), let rest = MonthAndTime(text.dropFirst(4)),
      let date = CivilDate(year: year, month: rest.month, day: rest.day),
      BeijingDay(date) > BeijingDay(0)
    else { throw .malformed(name, "it is no time as 20240912235959") }
    return BeijingDay(date).start.advanced(bySeconds: rest.seconds)
  }

  /// An instant without a year, written as `0912235959`, nearest to another one; nil where the
  /// field is absent.
  func optionalTime(_ name: String, near known: Timestamp) throws(NoticeFault) -> Timestamp? {
    guard let text = optionalText(name) else { return nil }
    guard let parts = MonthAndTime(text[...]) else {
      throw .malformed(name, "it is no time as 0912235959")
    }
    return try day(name, parts.month, parts.day, near: known).start
      .advanced(bySeconds: parts.seconds)
  }

  /// A day without a year, written as `0912`, nearest to an instant; nil where the field is absent.
  func optionalDay(_ name: String, near known: Timestamp) throws(NoticeFault) -> BeijingDay? {
    guard let text = optionalText(name) else { return nil }
    guard text.utf8.count == 4, let number = Int64(digits: text) else {
      throw .malformed(name, "it is no day as 0912")
    }
    return try day(name, Int(number) / 100, Int(number) % 100, near: known)
  }

  private func day(
    _ name: String, _ month: Int, _ day: Int, near known: Timestamp
  ) throws(NoticeFault) -> BeijingDay {
    guard let found = YearlessDate.day(month: month, day: day, near: known.beijingDay) else {
      throw .malformed(name, "no year near \(known.beijingDay.text) has such a day")
    }
    return found
  }
}

/// `0912235959`: a month, a day and a time of the day.
private struct MonthAndTime {
  let month: Int
  let day: Int
  /// Since midnight.
  let seconds: Int64

  init?(_ text: Substring) {
    guard text.utf8.count == 10, let number = Int64(digits: text) else { return nil }
    let (hour, minute, second) = (number / 10_000 % 100, number / 100 % 100, number % 100)
    guard hour < 24, minute < 60, second < 60 else { return nil }
    month = Int(number / 100_000_000)
    day = Int(number / 1_000_000 % 100)
    seconds = hour * 3600 + minute * 60 + second
  }
}

extension Int64 {
  /// The value of a text of digits alone, without a sign.
  fileprivate init?(digits: some StringProtocol) {
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    self.init(digits)
  }
}
