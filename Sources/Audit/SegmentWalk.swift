// One segment read from its first byte to its last, by a reader of its own.
//
// It shares no code with the one that opens a log but the layouts and the checksum: what both
// misread the same way, neither would find. It holds more: a header's bytes up to 512, every frame
// whatever its kind, the seal's body, and the zeros behind the last frame.

import CRecord
import EventLog
import Events
import Platform

/// What a frame has to follow.
struct FrameChain {
  var logID: LogID
  var next: Position
  var batch: UInt64 = 0
  var link: UInt64 = 0
  var logTime = Timestamp.none
  var incarnation: UInt32 = 0
  /// Where the segment before ended, its seal included.
  var predecessorLength: Int = 0
}

/// A file of the log, open for reading, with a window on its bytes.
final class SegmentWalk<D: Disk> {
  /// The whole of the largest frame fits.
  private static var windowMax: Int { Int(SLUICE_BODY_LENGTH_MAX) + (1 << 20) }
  static var frameLength: Int { MemoryLayout<sluice_frame_header>.size }
  private static var headLength: Int { MemoryLayout<sluice_head>.size }

  let path: String
  let size: Int
  private let disk: D
  private let file: DiskFile
  private var window: [UInt8] = []
  private var start = 0
  private var offsets: [UInt32] = []

  init(_ disk: D, _ path: String) throws(Fault) {
    self.disk = disk
    self.path = path
    file = try disk.open(path, .read)
    size = try disk.size(file)
  }

  func close() { try? disk.close(file) }

  /// Brings bytes into the window; false where the file ends before them.
  private func load(_ offset: Int, _ count: Int) throws(Fault) -> Bool {
    if offset >= start, offset + count <= start + window.count { return true }
    guard offset + count <= size else { return false }
    let wanted = min(max(count, 1 << 20), min(SegmentWalk.windowMax, size - offset))
    var taken = [UInt8](repeating: 0, count: wanted)
    var held = 0
    do {
      var elements = taken.mutableSpan
      var bytes = unsafe elements.mutableBytes
      held = try disk.readAll(file, into: &bytes, at: offset)
    }
    taken.removeSubrange(held...)
    window = taken
    start = offset
    return held >= count
  }

  private func value<Value: BitwiseCopyable>(_ offset: Int, as type: Value.Type) -> Value {
    let window = window
    return unsafe window.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset - start, as: type)
  }

  private func sum(_ range: Range<Int>) -> UInt32 {
    let window = window
    let bytes = unsafe window.span.bytes
    return checksum(bytes.extracting(range.lowerBound - start..<range.upperBound - start))
  }

  // MARK: The header

  /// Checks the header of the segment and takes its first frame's chain from it.
  ///
  /// - Returns: what is wrong; nil where nothing is.
  func begin(_ number: Int, named first: Position, _ chain: inout FrameChain) throws(Fault)
    -> String?
  {
    let sector = Int(SLUICE_SECTOR)
    guard try load(0, sector) else { return "the file ends inside its header" }
    let header = value(0, as: sluice_segment_header.self)
    guard header.magic == SLUICE_SEGMENT_MAGIC, header.format == 1 else {
      return "it does not begin like a segment"
    }
    guard header.header_crc == sum(12..<sector) else { return "the header's checksum is wrong" }
    let id = LogID(low: header.log_id_low, high: header.log_id_high)
    if number == 0 { chain.logID = id }
    guard chain.logID == id else { return "it belongs to another log" }
    guard Int(header.segment) == number, header.first_position == first.rawValue else {
      return "it is segment \(header.segment) from position \(header.first_position), by its header"
    }
    guard first == chain.next, header.first_batch == chain.batch + 1, header.link == chain.link,
      Int(header.predecessor_length) == chain.predecessorLength
    else { return "it does not continue the segment before it" }
    guard size <= Int(header.capacity) else { return "it is longer than its capacity" }
    chain.logTime = max(chain.logTime, Timestamp(nanoseconds: header.created))
    return nil
  }

  // MARK: Frames

  /// A frame that is whole and follows its predecessor.
  struct Frame {
    var header: sluice_frame_header
    var offset: Int
    var end: Int { offset + SegmentWalk.frameLength + Int(header.body_length) }
  }

  enum Found {
    case frame(Frame)
    case wrong(String)
  }

  /// The frame at an offset, checked as a whole.
  func frame(at offset: Int, after chain: FrameChain) throws(Fault) -> Found {
    guard try load(offset, SegmentWalk.frameLength) else { return .wrong("no frame stands here") }
    let header = value(offset, as: sluice_frame_header.self)
    guard header.magic == SLUICE_FRAME_MAGIC else { return .wrong("no frame stands here") }
    guard header.header_crc == sum(offset + 8..<offset + SegmentWalk.frameLength) else {
      return .wrong("the frame's header has another checksum than its bytes")
    }
    if let wrong = check(header, offset, chain) { return .wrong(wrong) }
    let frame = Frame(header: header, offset: offset)
    guard try load(offset, frame.end - offset) else {
      return .wrong("the file ends inside a frame")
    }
    guard header.body_crc == sum(offset + SegmentWalk.frameLength..<frame.end) else {
      return .wrong("the frame's body has another checksum than its bytes")
    }
    return .frame(frame)
  }

  private func check(
    _ header: sluice_frame_header, _ offset: Int, _ chain: FrameChain
  ) -> String? {
    guard header.log_id_low == chain.logID.low, header.log_id_high == chain.logID.high else {
      return "the frame belongs to another log"
    }
    guard Int(header.offset) == offset else { return "the frame was written for another place" }
    guard header.batch == chain.batch + 1, header.link == chain.link else {
      return "the frame does not link to the one before it"
    }
    guard header.first_position == chain.next.rawValue else {
      return "the frame begins at position \(header.first_position)"
    }
    guard header.log_time >= chain.logTime.rawValue, header.incarnation >= chain.incarnation else {
      return "the frame's time or incarnation goes back"
    }
    guard header.body_length <= UInt32(SLUICE_BODY_LENGTH_MAX),
      header.reserved16 == 0, header.reserved32 == 0, header.reserved64 == 0
    else { return "the frame's header is not well formed" }
    let length = Int(header.body_length)
    switch header.frame_kind {
    case 1: return header.count > 0 && length > 0 ? nil : "a batch without events"
    case 2, 3: return header.count == 0 && length == 0 ? nil : "a mark with a body"
    case 4:
      return header.count == 0 && length == MemoryLayout<sluice_seal>.size
        ? nil : "a seal of another length"
    default: return "a frame of unknown kind"
    }
  }

  /// Shows the events of a batch; what is wrong with their lengths is the answer.
  func events(
    of frame: Frame, _ body: (borrowing EventBatch) -> String?
  ) -> String? {
    let window = window
    let whole = unsafe window.span.bytes
    let begin = frame.offset + SegmentWalk.frameLength - start
    let bytes = whole.extracting(begin..<frame.end - start)
    offsets.removeAll(keepingCapacity: true)
    var offset = 0
    while offset + SegmentWalk.headLength <= bytes.byteCount {
      let head = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: sluice_head.self)
      guard Int(head.length) >= SegmentWalk.headLength else { break }
      offsets.append(UInt32(offset))
      offset += Int(head.length)
    }
    guard offset == bytes.byteCount, offsets.count == Int(frame.header.count) else {
      return "the events do not fill the body of their frame"
    }
    let offsets = offsets
    return body(
      EventBatch(
        bytes: bytes, offsets: offsets.span, first: Position(frame.header.first_position),
        logTime: Timestamp(nanoseconds: frame.header.log_time)))
  }

  func seal(_ frame: Frame) -> sluice_seal {
    value(frame.offset + SegmentWalk.frameLength, as: sluice_seal.self)
  }

  /// The first byte of a part of the window that is not zero, looked for eight at a time.
  private func firstNonZero(_ part: Range<Int>) -> Int? {
    let window = window
    let bytes = unsafe window.span.bytes
    var index = part.lowerBound
    while index + 8 <= part.upperBound {
      if unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self) != 0 { break }
      index += 8
    }
    while index < part.upperBound {
      if unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) != 0 { return index }
      index += 1
    }
    return nil
  }

  /// The first byte from an offset on that is not zero; nil where none is.
  func firstDirt(from offset: Int) throws(Fault) -> Int? {
    var place = offset
    while place < size {
      let count = min(1 << 20, size - place)
      guard try load(place, count) else { return place }
      if let dirt = firstNonZero(place - start..<place - start + count) { return start + dirt }
      place += count
    }
    return nil
  }
}
