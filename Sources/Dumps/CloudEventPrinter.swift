// Events as CloudEvents 1.0 in the JSON format: for brokers, functions and logs that take those.
//
//   specversion      1.0
//   id               the log's id, a slash, the position: no two events of any logs share one
//   source           the log's origin as a URI reference: what is no letter, digit, - . _ ~ or
//                    slash is percent-encoded
//   type             `sluice.` and the kind's name
//   subject          what the event is about: `wechat-pay/TRANSACTION` of a payment or a dispute,
//                    `order/ORDER` of the cashier, `merchant/NUMBER` and `rollout/NUMBER` by the
//                    log's numbers; absent where it is about the log itself
//   time             when it occurred, RFC 3339 in UTC; the log's time where nobody says
//   datacontenttype  application/json
//   dataschema       the `$id` of the kind's schema in events/schemas
//   data             the event as `sluice log show --json` prints it
//
// An event a line is one document a line; a batch is one array of them (`application/
// cloudevents-batch+json`). What an attribute must not hold (control characters) is escaped in it
// as in CSV (`InertText`); data has all texts as they are.

public import Events
import Merkle
import Projections
import Text

/// Prints events as CloudEvents.
public struct CloudEventPrinter: Sendable {
  /// Where the schemas' ids begin.
  ///
  /// Nothing is fetched there: the files are in events/schemas.
  public static let schemas = "https://sluice.example/schemas/"

  /// The attributes up to the id's position, which all events of a log share.
  private let front: [UInt8]
  private let source: [UInt8]

  /// - Parameter log: the log's first event, which names it.
  public init(_ log: LogCreated) {
    let id = LogID(low: log.logIDLow, high: log.logIDHigh)
    front = Array("{\"specversion\":\"1.0\",\"id\":\"\(id.hex)/".utf8)
    var source = Array("\",\"source\":\"".utf8)
    for byte in log.origin.bytes { CloudEventPrinter.append(percent: byte, to: &source) }
    self.source = source
  }

  /// Appends an event without a line end.
  public func append(_ event: Event, at position: Position, to out: inout [UInt8]) {
    out.append(contentsOf: front)
    appendDecimal(position.rawValue, to: &out)
    out.append(contentsOf: source)
    out.append(contentsOf: "\",\"type\":\"sluice.\(event.kind.name)\"".utf8)
    if let subject = event.cloudSubject {
      out.append(contentsOf: ",\"subject\":".utf8)
      JSONWriter.append(InertText.escaped(Array(subject.utf8).span).span, to: &out)
    }
    let header = event.header
    let time = header.occurredAt == .none ? header.logTime : header.occurredAt
    out.append(contentsOf: ",\"time\":\"".utf8)
    RFC3339.append(time, offsetSeconds: 0, to: &out)
    out.append(contentsOf: "\",\"datacontenttype\":\"application/json\",\"dataschema\":\"".utf8)
    out.append(contentsOf: CloudEventPrinter.schema(event.kind, event.version).utf8)
    out.append(contentsOf: "\",\"data\":".utf8)
    EventPrinter.append(event, at: position, to: &out)
    // The line's end.
    out.removeLast()
    out.append(UInt8(ascii: "}"))
  }

  /// The id of the schema of a kind's version.
  public static func schema(_ kind: EventKind, _ version: UInt8) -> String {
    "\(schemas)event/\(kind.name)-\(version).json"
  }

  private static func append(percent byte: UInt8, to out: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
      out.append(byte)
    default:
      out.append(UInt8(ascii: "%"))
      out.append(contentsOf: Hexadecimal.encode([byte]).uppercased().utf8)
    }
  }
}

extension Event {
  /// What it is about; nil where it is about the log.
  fileprivate var cloudSubject: String? {
    switch payload {
    case .payment(let fields): "\(fields.institution.name)/\(fields.transaction)"
    case .paymentDisputed(let fields): "\(fields.institution.name)/\(fields.transaction)"
    case .paymentCombined(let fields): "\(fields.institution.name)/\(fields.combined)"
    case .orderOffered(let fields): "order/\(fields.order)"
    case .orderAttempted(let fields): "order/\(fields.order)"
    case .orderFailed(let fields): "order/\(fields.order)"
    case .orderTimedOut(let fields): "order/\(fields.order)"
    default: lifecycleSubject
    }
  }

  private var lifecycleSubject: String? {
    if header.merchant != .none { return "merchant/\(header.merchant.rawValue)" }
    let number = payload.subject.rollout
    return number == .none ? nil : "rollout/\(number.rawValue)"
  }
}
