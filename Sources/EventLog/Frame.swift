// The frame: how a batch of events stands in a segment.
//
//   offset  bytes  field            what it says
//        0      4  magic            "SLCF"
//        4      4  header_crc       CRC-32C of bytes 8 to 95
//        8     16  log_id           which log
//       24      8  first_position   position of its first event; of the next one where it has none
//       32      8  batch            1, 2, 3 ... over the whole log, every kind of frame counts
//       40      8  link             the predecessor's header_crc | body_crc << 32; 0 for the first
//       48      8  log_time         of all its events; never less than the predecessor's
//       56      4  segment          the segment it stands in
//       60      4  offset           where in that segment
//       64      4  count            events in the body
//       68      4  body_length      bytes after the header, at most 8 MiB
//       72      4  body_crc         CRC-32C of the body
//       76      4  incarnation      which opening of the log wrote it, from 1
//       80      2  frame_kind       1 batch, 2 mark, 3 clean shutdown, 4 seal
//       82     14  reserved         0
//       96         body
//
// The body of a batch is `count` events back to back: each opens with a `sluice_head`, each says
// its own length at offset 68, none is shorter than 72 bytes, no kind is 0, and the lengths walk
// the body exactly. Marks and clean shutdowns have no body; a seal's body is a `sluice_seal`.
//
// A frame is valid where it stands if and only if
//   - its magic and both checksums are right,
//   - it names this log, this segment and this offset,
//   - it follows its predecessor: the next batch number, the next position, the right link, a log
//     time and an incarnation that do not go back, and
//   - its body is well formed.
//
// The header has a checksum of its own, so that a damaged length never steers the reader. It covers
// body_crc and link; so the link of a frame depends on every byte before it. The chain is there for
// recovery and finds accidents; it proves nothing to an auditor. That is what the Merkle tree does.
//
// A batch is exactly one frame, and only one batch is ever in flight. So nothing valid can stand
// after a torn frame: a valid frame behind the first invalid byte was written after that byte had
// been synchronized, and the byte was damaged since. Formats in which a batch has several frames
// need a rule for "a later frame of the same batch"; this one has no such case.

public import CRecord
public import Events

/// What a frame is there for.
public enum FrameKind: UInt16, Sendable, CaseIterable {
  /// Events.
  case batch = 1
  /// Nothing: it covers the batch before it, so that damage to that batch is never taken for a
  /// torn write.
  case mark = 2
  /// The writer stopped in order; nothing was in flight.
  case clean = 3
  /// The segment is finished.
  case seal = 4
}

/// What the next frame has to follow.
public struct Chain: Hashable, Sendable {
  public var logID: LogID
  /// The position the next event gets.
  public var next: Position
  /// The number of the last frame.
  public var batch: UInt64
  /// The link the next frame carries.
  public var link: UInt64
  public var logTime: Timestamp
  public var incarnation: UInt32
  /// What kind the last frame of this segment was; nil where it has none yet.
  public var ending: FrameKind?
}

/// Why bytes are no valid frame.
public enum FrameDefect: Hashable, Sendable {
  case unreadable
  case magic
  case cutOff
  case headerChecksum(expected: UInt32, actual: UInt32)
  case bodyTooLong(Int)
  case bodyChecksum(expected: UInt32, actual: UInt32)
  /// The header is whole and says that it belongs elsewhere.
  case stranger(String)
  /// Both checksums are right and the body is not well formed.
  case malformed(String)

  /// Whether a write that was cut short can look like this.
  var canBeTorn: Bool {
    switch self {
    case .unreadable, .magic, .cutOff, .headerChecksum, .bodyChecksum: true
    case .bodyTooLong, .stranger, .malformed: false
    }
  }

  public var sentence: String {
    switch self {
    case .unreadable: "the disk cannot read it"
    case .magic: "it does not begin like a frame"
    case .cutOff: "the file ends inside it"
    case .headerChecksum(let expected, let actual):
      "the header's checksum is \(hex(actual)) and its bytes give \(hex(expected))"
    case .bodyTooLong(let length): "its body of \(length) bytes is longer than the segment allows"
    case .bodyChecksum(let expected, let actual):
      "the body's checksum is \(hex(actual)) and its bytes give \(hex(expected))"
    case .stranger(let why): why
    case .malformed(let why): why
    }
  }
}

/// A checksum as eight hexadecimal digits.
func hex(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}

enum Frame {
  static let headerLength = MemoryLayout<sluice_frame_header>.size
  static let sealLength = headerLength + MemoryLayout<sluice_seal>.size
  static let headLength = MemoryLayout<sluice_head>.size
  static let bodyLengthMax = Int(SLUICE_BODY_LENGTH_MAX)
  static let magicBytes: [UInt8] = [0x53, 0x4c, 0x43, 0x46]

  static func header(_ bytes: RawSpan, at offset: Int = 0) -> sluice_frame_header {
    precondition(bytes.byteCount >= offset + headerLength, "a header is read beyond its bytes")
    return unsafe bytes.unsafeLoadUnaligned(
      fromByteOffset: offset, as: sluice_frame_header.self)
  }

  /// Writes a header with its checksum into the first 96 bytes; returns it as written.
  static func write(
    _ header: sluice_frame_header, into bytes: inout MutableRawSpan
  ) -> sluice_frame_header {
    var whole = header
    whole.magic = SLUICE_FRAME_MAGIC
    whole.header_crc = 0
    bytes.storeBytes(of: whole, as: sluice_frame_header.self)
    whole.header_crc = checksum(bytes.bytes.extracting(8..<headerLength))
    bytes.storeBytes(of: whole, as: sluice_frame_header.self)
    return whole
  }

  /// The header of the next frame after a chain, its body's checksum given.
  static func following(
    _ chain: Chain, kind: FrameKind, count: Int, body: (length: Int, checksum: UInt32),
    logTime: Timestamp, segment: UInt32, offset: Int
  ) -> sluice_frame_header {
    var header = sluice_frame_header()
    header.log_id_low = chain.logID.low
    header.log_id_high = chain.logID.high
    header.first_position = chain.next.rawValue
    header.batch = chain.batch + 1
    header.link = chain.link
    header.log_time = logTime.rawValue
    header.segment = segment
    header.offset = UInt32(offset)
    header.count = UInt32(count)
    header.body_length = UInt32(body.length)
    header.body_crc = body.checksum
    header.incarnation = chain.incarnation
    header.frame_kind = kind.rawValue
    return header
  }

  /// Whether 96 bytes are a header that names this log and this place; nil where they are.
  static func defect(
    ofHeader header: sluice_frame_header, bytes: RawSpan, logID: LogID, segment: UInt32,
    offset: Int, capacity: Int
  ) -> FrameDefect? {
    guard header.magic == SLUICE_FRAME_MAGIC else { return .magic }
    let sum = checksum(bytes.extracting(8..<headerLength))
    guard sum == header.header_crc else {
      return .headerChecksum(expected: sum, actual: header.header_crc)
    }
    guard header.log_id_low == logID.low, header.log_id_high == logID.high else {
      return .stranger("it belongs to another log")
    }
    guard header.segment == segment, header.offset == UInt32(offset) else {
      return .stranger(
        "it was written for segment \(header.segment) at offset \(header.offset)")
    }
    let length = Int(header.body_length)
    guard length <= bodyLengthMax, offset + headerLength + length <= capacity else {
      return .bodyTooLong(length)
    }
    return nil
  }

  /// Whether a whole header follows a chain; nil where it does.
  static func defect(of header: sluice_frame_header, after chain: Chain) -> FrameDefect? {
    guard let kind = FrameKind(rawValue: header.frame_kind) else {
      return .malformed("its kind \(header.frame_kind) is unknown")
    }
    guard header.batch == chain.batch + 1 else {
      return .stranger("it is frame \(header.batch) and \(chain.batch + 1) is due")
    }
    guard header.link == chain.link else {
      return .stranger("it does not link to the frame before it")
    }
    guard header.first_position == chain.next.rawValue else {
      return .stranger(
        "it begins at position \(header.first_position) and \(chain.next.rawValue) is due")
    }
    guard header.log_time >= chain.logTime.rawValue else {
      return .stranger("its log time is before its predecessor's")
    }
    guard header.incarnation >= chain.incarnation else {
      return .stranger("its incarnation \(header.incarnation) is before its predecessor's")
    }
    guard header.reserved16 == 0, header.reserved32 == 0, header.reserved64 == 0 else {
      return .malformed("its reserved bytes are not zero")
    }
    let length = Int(header.body_length)
    switch kind {
    case .batch:
      if header.count == 0 || length == 0 { return .malformed("a batch without events") }
      if Int(header.count) > BatchBuffer.countMax { return .malformed("too many events") }
    case .mark, .clean:
      if header.count != 0 || length != 0 { return .malformed("a mark with a body") }
    case .seal:
      if header.count != 0 || length != MemoryLayout<sluice_seal>.size {
        return .malformed("a seal with another body than a seal's")
      }
    }
    return nil
  }

  /// Finds where the events of a body begin; nil where they walk it exactly.
  static func walk(_ body: RawSpan, count: Int, into offsets: inout [UInt32]) -> FrameDefect? {
    guard count * headLength <= body.byteCount else {
      return .malformed("its events are longer than its body")
    }
    if offsets.count > count { offsets.removeLast(offsets.count - count) }
    if offsets.count < count {
      offsets.append(contentsOf: repeatElement(0, count: count - offsets.count))
    }
    var starts = offsets.mutableSpan
    var offset = 0
    for index in 0..<count {
      guard offset + headLength <= body.byteCount else {
        return .malformed("its events are longer than its body")
      }
      let kind = unsafe body.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
      let length = unsafe Int(
        body.unsafeLoadUnaligned(fromByteOffset: offset + 68, as: UInt16.self))
      guard kind != 0, length >= headLength else {
        return .malformed("an event at byte \(offset) of its body has no kind or no length")
      }
      starts[index] = UInt32(offset)
      offset += length
    }
    return offset == body.byteCount ? nil : .malformed("its events do not fill its body")
  }
}

extension Chain {
  /// The chain after a frame.
  func after(_ header: sluice_frame_header) -> Chain {
    var chain = self
    chain.next = Position(header.first_position + UInt64(header.count))
    chain.batch = header.batch
    chain.link = header.nextLink
    chain.logTime = Timestamp(nanoseconds: header.log_time)
    chain.incarnation = header.incarnation
    chain.ending = FrameKind(rawValue: header.frame_kind)
    return chain
  }
}

extension sluice_frame_header {
  /// The link of the frame after this one.
  public var nextLink: UInt64 { UInt64(header_crc) | UInt64(body_crc) << 32 }
  var frameLength: Int { Frame.headerLength + Int(body_length) }
}
