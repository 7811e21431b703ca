// What the daemon says to a client that plays the shoppers, read from its lines.

public import Events
import Text

/// One answer of the daemon.
public enum ShopperAnswer: Sendable {
  /// So many commands became events.
  case accepted(ShopperRun)
  /// So many commands had become events before.
  case repeated(ShopperRun)
  case refused(name: String, message: String, isRetryable: Bool)
  /// The line was no request.
  case wrong(String)
  case open(OpenNews)
}

/// Receipts put together.
public struct ShopperRun: Hashable, Sendable {
  public var count: UInt64
  public var first: UInt64
  public var last: UInt64

  public init(count: UInt64, first: UInt64, last: UInt64) {
    self.count = count
    self.first = first
    self.last = last
  }

  /// The position of the first event of a command of the run.
  public func position(of place: UInt64) -> Position { Position(first + place) }
}

/// What became open or closed since a position.
public struct OpenNews: Sendable {
  public struct Change: Hashable, Sendable {
    public var at: Timestamp
    public var institution: Institution?
    /// Nil where it concerns every shop.
    public var merchant: ExternalID?
    public var isOn: Bool
  }

  public var asOf: Timestamp
  /// From where to ask next.
  public var position: Position
  public var hasMore: Bool
  public var changes: [Change]
}

/// An answer that cannot be read.
public struct ShopperAnswerFault: Error, Hashable, Sendable, CustomStringConvertible {
  public var reason: String
  public var description: String { "the daemon's answer cannot be read: \(reason)" }
}

extension ShopperAnswer {
  /// How long an answer may be, in bytes: one with 10,000 changes fits well.
  public static let bytesMax = 8 * 1024 * 1024

  /// Reads one line without its end.
  public static func read(_ line: Span<UInt8>) throws(ShopperAnswerFault) -> ShopperAnswer {
    let value: JSONValue
    do {
      value = try JSONReader.read(line, bytesMax: bytesMax)
    } catch {
      throw ShopperAnswerFault(reason: "\(error)")
    }
    if let count = value["accepted"] { return .accepted(try run(count, value)) }
    if let count = value["repeated"] { return .repeated(try run(count, value)) }
    if let open = value["open"] { return .open(try news(open)) }
    if let refused = value["refused"] {
      return .refused(
        name: text(refused["name"]),
        message: "\(text(refused["message"])). \(text(refused["hint"]))",
        isRetryable: refused["retry"] == .bool(true))
    }
    if let wrong = value["error"] {
      return .wrong(
        "field \(text(wrong["field"])): \(text(wrong["reason"])). \(text(wrong["hint"]))")
    }
    throw ShopperAnswerFault(reason: "it is none of accepted, repeated, refused, error, open")
  }

  private static func text(_ value: JSONValue?) -> String {
    guard case .string(let text) = value else { return "" }
    return text
  }

  private static func number(
    _ value: JSONValue?, _ name: String
  ) throws(ShopperAnswerFault) -> Int64 {
    guard case .number(let number) = value, let integer = number.integer, integer >= 0 else {
      throw ShopperAnswerFault(reason: "\(name) is no whole number")
    }
    return integer
  }

  private static func run(
    _ count: JSONValue, _ value: JSONValue
  ) throws(ShopperAnswerFault) -> ShopperRun {
    ShopperRun(
      count: UInt64(try number(count, "the count")),
      first: UInt64(try number(value["first"], "first")),
      last: UInt64(try number(value["last"], "last")))
  }

  private static func news(_ value: JSONValue) throws(ShopperAnswerFault) -> OpenNews {
    guard case .array(let rows) = value["changes"] else {
      throw ShopperAnswerFault(reason: "changes is no array")
    }
    var news = OpenNews(
      asOf: Timestamp(nanoseconds: try number(value["as_of_ns"], "as_of_ns")),
      position: Position(UInt64(try number(value["position"], "position"))),
      hasMore: value["more"] == .bool(true), changes: [])
    news.changes.reserveCapacity(rows.count)
    for row in rows {
      guard case .array(let cells) = row, cells.count == 5, case .string(let word) = cells[2],
        case .string(let merchant) = cells[3]
      else { throw ShopperAnswerFault(reason: "a change is not of five cells") }
      let institution = Institution(name: word)
      guard institution != nil || word.isEmpty else {
        throw ShopperAnswerFault(reason: "the institution \(word) is unknown here")
      }
      news.changes.append(
        OpenNews.Change(
          at: Timestamp(nanoseconds: try number(cells[1], "the instant")),
          institution: institution, merchant: merchant.isEmpty ? nil : ExternalID(merchant),
          isOn: try number(cells[4], "on") == 1))
    }
    return news
  }
}
