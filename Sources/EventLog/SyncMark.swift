// sync.mark: how far the log was durable, said in a second place.
//
// The log alone cannot tell a torn last batch from an acknowledged last batch that rotted: both are
// damage with nothing after it. The mark can. It is two slots of 512 bytes:
//
//   offset  bytes  field          what it says
//        0      4  magic          "SLCM"
//        4      4  slot_crc       CRC-32C of bytes 8 to 71
//        8     16  log_id         which log
//       24      8  generation     1, 2, 3 ...; a mark goes into slot generation modulo 2
//       32      8  next_position  one past the last durable event
//       40      8  batch          number of the last durable frame
//       48      8  link           the link that a frame after it must carry
//       56      8  log_time       of that frame
//       64      4  segment        the segment it ends in
//       68      4  end            offset one past it
//
// A slot is valid if and only if its magic, checksum and log are right; the valid slot with the
// higher generation counts. The mark is written after each synchronization that succeeded and is
// not synchronized itself: it may be behind the log and is never ahead of it. So a mark ahead of
// the log means that acknowledged data is missing, and the log is refused. A damaged or missing
// mark is derived data: it is reported and written anew.
//
// Readers that have no lock read up to the mark and no further, because what stands after it may
// never become durable.

import CRecord
public import Events

/// A durable point of the log.
public struct SyncMark: Hashable, Sendable {
  static let slotLength = Int(SLUICE_SECTOR)
  static let fileName = "sync.mark"

  public var generation: UInt64
  public var next: Position
  public var batch: UInt64
  public var link: UInt64
  public var logTime: Timestamp
  public var segment: UInt32
  public var end: Int

  var slotOffset: Int { Int(generation % 2) * SyncMark.slotLength }

  /// The bytes of a slot.
  func encoded(_ logID: LogID) -> [UInt8] {
    var bytes: [UInt8] = []
    withSlot(logID) { slot in
      unsafe slot.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  /// Lends the bytes of a slot; takes no memory from the heap.
  func withSlot<Failure: Error>(
    _ logID: LogID, _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    var raw = sluice_mark()
    raw.magic = SLUICE_MARK_MAGIC
    raw.log_id_low = logID.low
    raw.log_id_high = logID.high
    raw.generation = generation
    raw.next_position = next.rawValue
    raw.batch = batch
    raw.link = link
    raw.log_time = logTime.rawValue
    raw.segment = segment
    raw.end = UInt32(end)
    var slot = InlineArray<512, UInt8>(repeating: 0)
    var elements = slot.mutableSpan
    var bytes = unsafe elements.mutableBytes
    bytes.storeBytes(of: raw, as: sluice_mark.self)
    raw.slot_crc = checksum(bytes.bytes.extracting(8..<MemoryLayout<sluice_mark>.size))
    bytes.storeBytes(of: raw, as: sluice_mark.self)
    try body(bytes.bytes)
  }

  /// The mark in one slot; nil where the slot is not valid for this log.
  init?(_ bytes: [UInt8], at offset: Int, logID: LogID) {
    let length = MemoryLayout<sluice_mark>.size
    guard bytes.count >= offset + length else { return nil }
    let raw = unsafe bytes.span.bytes.unsafeLoadUnaligned(
      fromByteOffset: offset, as: sluice_mark.self)
    guard raw.magic == SLUICE_MARK_MAGIC,
      raw.slot_crc == bytes.checksum(offset + 8..<offset + length),
      raw.log_id_low == logID.low, raw.log_id_high == logID.high
    else { return nil }
    generation = raw.generation
    next = Position(raw.next_position)
    batch = raw.batch
    link = raw.link
    logTime = Timestamp(nanoseconds: raw.log_time)
    segment = raw.segment
    end = Int(raw.end)
  }

  init(generation: UInt64, chain: Chain, segment: UInt32, end: Int) {
    self.generation = generation
    next = chain.next
    batch = chain.batch
    link = chain.link
    logTime = chain.logTime
    self.segment = segment
    self.end = end
  }

  /// What the file holds: the mark that counts, and whether a slot is damaged.
  static func read(_ bytes: [UInt8], logID: LogID) -> (mark: SyncMark?, isDamaged: Bool) {
    var best: SyncMark?
    var isDamaged = false
    for slot in 0..<2 {
      let start = slot * slotLength
      if let mark = SyncMark(bytes, at: start, logID: logID) {
        if best.map({ $0.generation < mark.generation }) ?? true { best = mark }
      } else if bytes.dropFirst(start).prefix(slotLength).contains(where: { $0 != 0 }) {
        isDamaged = true
      }
    }
    return (best, isDamaged)
  }
}
