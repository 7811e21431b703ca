// Between an event and its canonical bytes: the 72-byte head, then the fields of its kind in the
// order of events/catalogue, without a gap. These bytes are frozen: they are what the Merkle leaf
// covers. All integers are little-endian; layouts and offsets stand in CRecord/include/record.h.

public import CRecord

/// Writes fields into memory that is reused from event to event.
public struct FieldEncoder: FieldSink {
  /// The longest event, and room for the field that would make one too long.
  private static let capacity = 2 * (Int(SLUICE_EVENT_LENGTH_MAX) + 1)

  private var storage: [UInt8]
  private var count = 0

  public init() { storage = [UInt8](repeating: 0, count: FieldEncoder.capacity) }

  /// What was written since the last reset.
  public var bytes: [UInt8] { Array(storage[0..<count]) }

  /// The same in place.
  public var span: RawSpan {
    @_lifetime(borrow self)
    get { unsafe storage.span.bytes.extracting(0..<count) }
  }

  /// Lends the same to a closure: who holds an encoder in a class cannot take its span.
  public func withSpan(_ body: (RawSpan) -> Void) { body(span) }

  public mutating func reset() { count = 0 }

  private mutating func store<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    let size = MemoryLayout<Value>.size
    precondition(count + size <= FieldEncoder.capacity, "an event is longer than its limit")
    let offset = count
    unsafe storage.withUnsafeMutableBytes {
      unsafe $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
    count += size
  }

  public mutating func u8(_ name: StaticString, _ value: UInt8) { store(value) }
  public mutating func u16(_ name: StaticString, _ value: UInt16) { store(value) }
  public mutating func u32(_ name: StaticString, _ value: UInt32) { store(value) }
  public mutating func u64(_ name: StaticString, _ value: UInt64) { store(value) }
  public mutating func i64(_ name: StaticString, _ value: Int64) { store(value) }

  public mutating func digest(_ name: StaticString, _ value: Digest) {
    store(value.words.0)
    store(value.words.1)
    store(value.words.2)
    store(value.words.3)
  }

  public mutating func optionalDigest(_ name: StaticString, _ value: Digest?) {
    store(UInt8(value == nil ? 0 : 32))
    if let value { digest(name, value) }
  }

  public mutating func text8(_ name: StaticString, _ value: ShortText) {
    store(value.count)
    let start = count
    // Whole words, then the count says where the text ends: what a word has too much is written
    // over by the next field.
    for word in 0..<(Int(value.count) + 7) >> 3 { store(value.word(word)) }
    count = start + Int(value.count)
  }

  public mutating func text16(_ name: StaticString, _ value: [UInt8]) {
    precondition(value.count < 65_000, "a document in an event is longer than its limit")
    store(UInt16(value.count))
    precondition(count + value.count <= FieldEncoder.capacity, "an event is longer than its limit")
    storage.replaceSubrange(count..<count + value.count, with: value)
    count += value.count
  }

  public mutating func beginList(_ name: StaticString, _ count: Int) {
    precondition(count <= UInt8.max, "a list in an event is longer than its limit")
    store(UInt8(truncatingIfNeeded: count))
  }
  public mutating func beginElement() {}
  public mutating func endElement() {}
  public mutating func endList() {}

  fileprivate mutating func patchLength() {
    precondition(count <= Int(SLUICE_EVENT_LENGTH_MAX), "an event is longer than its limit")
    storage[68] = UInt8(truncatingIfNeeded: count)
    storage[69] = UInt8(truncatingIfNeeded: count >> 8)
  }
}

extension sluice_head {
  /// The head of an event of so many bytes.
  @inline(__always)
  init(_ header: EventHeader, _ kind: EventKind, length: UInt16) {
    self.init(
      kind: kind.rawValue, kind_version: kind.version, actor_kind: header.actor.kind.rawValue,
      actor_id: header.actor.id, log_time: header.logTime.rawValue,
      occurred_at: header.occurredAt.rawValue, cause: header.cause.rawValue,
      command_id_low: header.commandID.low, command_id_high: header.commandID.high,
      command_digest: header.commandDigest, previous: header.previous.rawValue,
      merchant: header.merchant.rawValue, length: length, flags: header.flags.rawValue)
  }
}

extension EventHeader {
  /// The head's fields in their order on disk.
  public func write(
    to sink: inout some FieldSink, kind: EventKind, version: UInt8, length: UInt16
  ) {
    sink.u16("kind", kind.rawValue)
    sink.u8("kind_version", version)
    sink.u8("actor_kind", actor.kind.rawValue)
    sink.u32("actor_id", actor.id)
    sink.i64("log_time", logTime.rawValue)
    sink.i64("occurred_at", occurredAt.rawValue)
    sink.u64("cause", cause.rawValue)
    sink.u64("command_id_low", commandID.low)
    sink.u64("command_id_high", commandID.high)
    sink.u64("command_digest", commandDigest)
    sink.u64("previous", previous.rawValue)
    sink.u32("merchant_number", merchant.rawValue)
    sink.u16("length", length)
    sink.u16("flags", flags.rawValue)
  }

  /// The header of a head; throws where the actor's number is unknown.
  @inline(__always)
  public init(_ head: sluice_head) throws(DecodeFault) {
    guard let actor = Actor.Kind(rawValue: head.actor_kind) else {
      throw .outOfRange(field: .init("actor_kind"), value: UInt64(head.actor_kind))
    }
    self.init(
      logTime: Timestamp(rawValue: head.log_time),
      occurredAt: Timestamp(rawValue: head.occurred_at),
      actor: Actor(actor, id: head.actor_id), cause: Position(head.cause),
      commandID: CommandID(low: head.command_id_low, high: head.command_id_high),
      commandDigest: head.command_digest, previous: Position(head.previous),
      merchant: MerchantNumber(head.merchant), flags: PolicyFlags(rawValue: head.flags))
  }
}

extension Event {
  /// Puts the event's canonical bytes into `encoder`, in place of what it held.
  ///
  /// One that was read in an older version is written in that version.
  public func encode(into encoder: inout FieldEncoder) {
    encoder.reset()
    header.write(to: &encoder, kind: kind, version: version, length: 0)
    payload.write(to: &encoder)
    encoder.patchLength()
  }

  /// The event whose canonical bytes these are.
  ///
  /// - Throws: `DecodeFault` where the kind or its version is unknown, a field is outside its list,
  ///   or the fields do not fill the bytes exactly. A replay stops there: it never skips.
  public init(decoding bytes: RawSpan) throws(DecodeFault) {
    guard bytes.byteCount >= MemoryLayout<sluice_head>.size else {
      throw .wrongLength(kind: 0, length: bytes.byteCount)
    }
    let head = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: sluice_head.self)
    guard let kind = EventKind(rawValue: head.kind) else { throw .unknownKind(head.kind) }
    guard Int(head.length) == bytes.byteCount else {
      throw .wrongLength(kind: head.kind, length: bytes.byteCount)
    }
    var source = FieldSource(bytes, from: MemoryLayout<sluice_head>.size, kind: head.kind)
    let payload = try Payload(kind, version: head.kind_version, from: &source)
    try source.finish()
    self.init(try EventHeader(head), payload)
  }
}
