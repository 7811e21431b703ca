// Any event as one line of JSON: what `log show` prints, and what an independent reader must print
// as well.
//
// The line is an object with these keys in this order, then a line end:
//
//   position, kind, kind_version, log_time, occurred_at, actor, actor_id, cause, command_id,
//   command_digest, previous, merchant_number, flags, fields
//
// `fields` is an object of the kind's own fields by their names in the catalogue and in their
// order. The rules:
//
//   instants        RFC 3339 in UTC with nine digits of fraction: log_time, occurred_at,
//                   ordered_at, consulted_at, effective_at, window_end, planned_at, clock_start,
//                   from, to, expires_at
//   closed lists    the word in place of the number: kind, actor, institution, platform, tier,
//                   merchant_tier, buyer_tier, failure_class, clock, scope, gap, subject,
//                   subject_kind, why, answer, stage
//   sets            an array of words in the order of the bits: flags, institutions
//   ids of 8 or 16  hexadecimal digits of their bytes in the order of the file: command_id,
//   bytes           command_digest, and log_id, which is log_id_low and log_id_high in one
//   digests         64 hexadecimal digits
//   texts           a string where the bytes are UTF-8, else {"hex": "…"}
//   lists           an array of objects with the fields of an element
//   other numbers   as they are; a number outside its list as well
//   absent          null: an instant of 0 (but log_time is always printed), a position of all ones,
//                   a merchant_number or wave of 0, a balance_amount of -1, a digest of zeros, a
//                   text of no bytes, a command_id of zeros
//   reserved        left out, and so is refund_basis where it is 0

public import Events
import Merkle
import Text

/// Prints events.
public enum EventPrinter {
  /// Appends an event as one line.
  public static func append(_ event: Event, at position: Position, to out: inout [UInt8]) {
    var fields = FieldPrinter(out)
    fields.appendHeader(event, position)
    event.payload.write(to: &fields)
    out = fields.finish()
  }

  public static func line(_ event: Event, at position: Position) -> String {
    var out: [UInt8] = []
    append(event, at: position, to: &out)
    return String(decoding: out, as: UTF8.self)
  }
}

/// A `FieldSink` that prints what it is given.
private struct FieldPrinter: FieldSink {
  private var out: [UInt8]
  private var writer = JSONWriter()
  /// The first half of a log's id, until the second arrives.
  private var logIDLow: UInt64 = 0

  init(_ out: consuming [UInt8]) { self.out = out }

  mutating func finish() -> [UInt8] {
    writer.endObject(to: &out)
    writer.endObject(to: &out)
    out.append(UInt8(ascii: "\n"))
    return out
  }

  mutating func appendHeader(_ event: Event, _ position: Position) {
    let header = event.header
    writer.beginObject(to: &out)
    integer("position", position.rawValue)
    word("kind", event.kind.name)
    integer("kind_version", event.version)
    writer.key("log_time", to: &out)
    append(header.logTime)
    instant("occurred_at", header.occurredAt.rawValue)
    word("actor", header.actor.kind.name)
    integer("actor_id", header.actor.id)
    self.position("cause", header.cause.rawValue)
    let id = header.commandID
    word("command_id", id == .none ? nil : hexOfWords([id.low, id.high]))
    word("command_digest", hexOfWords([header.commandDigest]))
    self.position("previous", header.previous.rawValue)
    number("merchant_number", UInt64(header.merchant.rawValue), absent: 0)
    set("flags", UInt64(header.flags.rawValue), FieldPrinter.flagNames)
    writer.key("fields", to: &out)
    writer.beginObject(to: &out)
  }

  private static let flagNames = (0..<16).map { (bit: Int) -> String in
    PolicyFlags.names.first { $0.flag.rawValue == 1 << bit }?.name ?? "bit-\(bit)"
  }

  mutating func u8(_ name: StaticString, _ value: UInt8) {
    switch "\(name)" {
    case "institution": word(name, Institution(rawValue: value)?.name, or: value)
    case "platform": word(name, ShopPlatform(rawValue: value)?.name, or: value)
    case "tier", "merchant_tier", "buyer_tier": word(name, Tier(rawValue: value)?.name, or: value)
    case "failure_class": word(name, FailureClass(rawValue: value)?.name, or: value)
    case "gap": word(name, EvidenceGap(rawValue: value)?.name, or: value)
    case "why": word(name, HoldKind(rawValue: value)?.name, or: value)
    case "clock": word(name, ClockKind(rawValue: value)?.name, or: value)
    case "scope": word(name, OrderScope(rawValue: value)?.name, or: value)
    case "answer": word(name, DiscrepancyAnswer(rawValue: value)?.name, or: value)
    case "stage": word(name, DisputeStage(rawValue: value)?.name, or: value)
    case "subject": word(name, ApprovalSubject(rawValue: value)?.name, or: value)
    case "subject_kind": word(name, SubjectKind(rawValue: value)?.name, or: value)
    case "institutions":
      set(
        name, UInt64(value),
        (0..<8).map { (bit: UInt8) -> String in
          Institution(rawValue: bit)?.name ?? "bit-\(bit)"
        })
    default: integer(name, value)
    }
  }

  mutating func u16(_ name: StaticString, _ value: UInt16) {
    switch "\(name)" {
    case "reserved": break
    case "flags": set(name, UInt64(value), FieldPrinter.flagNames)
    case "wave": number(name, UInt64(value), absent: 0)
    // Left out where it says nothing: earlier releases had nothing to say there.
    case "refund_basis": if value != 0 { integer(name, value) }
    default: integer(name, value)
    }
  }

  mutating func u32(_ name: StaticString, _ value: UInt32) { integer(name, value) }

  mutating func u64(_ name: StaticString, _ value: UInt64) {
    switch "\(name)" {
    case "log_id_low": logIDLow = value
    case "log_id_high": word("log_id", hexOfWords([logIDLow, value]))
    case "position", "registry_position", "first", "last", "evidence", "supersedes":
      position(name, value)
    default: integer(name, value)
    }
  }

  mutating func i64(_ name: StaticString, _ value: Int64) {
    switch "\(name)" {
    case "ordered_at", "consulted_at", "effective_at", "window_end", "planned_at", "clock_start",
      "from", "to", "expires_at":
      instant(name, value)
    case "balance_amount" where value == Payment.balanceUnknown: word(name, nil)
    default: integer(name, value)
    }
  }

  mutating func digest(_ name: StaticString, _ value: Digest) {
    word(name, value == .zero ? nil : value.hex)
  }

  mutating func optionalDigest(_ name: StaticString, _ value: Digest?) {
    word(name, value?.hex)
  }

  mutating func text8(_ name: StaticString, _ value: ShortText) { text(name, value.bytes) }
  mutating func text16(_ name: StaticString, _ value: [UInt8]) { text(name, value) }

  mutating func beginList(_ name: StaticString, _ count: Int) {
    key(name)
    writer.beginArray(to: &out)
  }
  mutating func beginElement() { writer.beginObject(to: &out) }
  mutating func endElement() { writer.endObject(to: &out) }
  mutating func endList() { writer.endArray(to: &out) }
}

extension FieldPrinter {
  private mutating func key(_ name: StaticString) { writer.key("\(name)", to: &out) }

  private mutating func integer(_ name: StaticString, _ value: some BinaryInteger) {
    key(name)
    writer.integer(value, to: &out)
  }

  private mutating func number(_ name: StaticString, _ value: UInt64, absent: UInt64) {
    key(name)
    if value == absent { writer.null(to: &out) } else { writer.integer(value, to: &out) }
  }

  private mutating func position(_ name: StaticString, _ value: UInt64) {
    number(name, value, absent: Position.none.rawValue)
  }

  private mutating func word(_ name: StaticString, _ value: String?) {
    key(name)
    if let value { writer.string(value, to: &out) } else { writer.null(to: &out) }
  }

  private mutating func word(_ name: StaticString, _ value: String?, or number: UInt8) {
    if let value { word(name, value) } else { integer(name, number) }
  }

  private mutating func set(_ name: StaticString, _ bits: UInt64, _ names: [String]) {
    key(name)
    writer.beginArray(to: &out)
    for bit in names.indices where bits & (1 << UInt64(bit)) != 0 {
      writer.string(names[bit], to: &out)
    }
    writer.endArray(to: &out)
  }

  private mutating func instant(_ name: StaticString, _ value: Int64) {
    key(name)
    if value == 0 {
      writer.null(to: &out)
    } else {
      append(Timestamp(nanoseconds: value))
    }
  }

  /// `2024-09-11T16:00:00.000000000Z`: of one length, so that lines sort by time.
  private mutating func append(_ time: Timestamp) {
    var text = RFC3339.text(Timestamp(seconds: time.seconds))
    text.removeLast()
    let fraction = String(time.rawValue - time.seconds * Timestamp.nanosecondsPerSecond)
    text += "." + String(repeating: "0", count: 9 - fraction.utf8.count) + fraction + "Z"
    writer.string(text, to: &out)
  }

  private mutating func text(_ name: StaticString, _ bytes: [UInt8]) {
    key(name)
    if bytes.isEmpty {
      writer.null(to: &out)
    } else if UTF8Check.firstIllFormed(bytes.span) == nil {
      writer.string(bytes.span, to: &out)
    } else {
      writer.beginObject(to: &out)
      key("hex")
      writer.string(Hexadecimal.encode(bytes), to: &out)
      writer.endObject(to: &out)
    }
  }
}
