// The segment: a file of frames.
//
// DIR/segments holds the log, one file after the other, named by the first position each may hold,
// with 20 digits: 00000000000000000000.seg. The first 512 bytes are a header and zeros:
//
//   offset  bytes  field               what it says
//        0      8  magic               ff "SLCSEG" newline
//        8      4  header_crc          CRC-32C of bytes 12 to 511
//       12      4  format              1
//       16     16  log_id              which log
//       32      4  segment             0, 1, 2 ... without a gap
//       36      4  capacity            bytes the file was prepared for
//       40      8  first_position      as in the name
//       48      8  first_batch         number of its first frame
//       56      8  predecessor_length  bytes of the predecessor up to the end of its seal
//       64      8  link                the link its first frame carries
//       72      8  created             log time of the opening
//       80    432  zeros
//
// From byte 512 on stand frames without a gap, and after the last one nothing but zeros up to
// `capacity`. The file is given its length and its room before the first frame, so that a full disk
// is met at the roll, where the batch can still be refused, and not in the middle of a batch (where
// storage lends more than it has, a frame meets it, and the daemon ends). Small frames find zeros
// there that were written before them, so that their fdatasync is one of data and no metadata.
//
// A roll, in this order; a power cut between any two steps leaves a log that opens:
//   1. next.tmp is created exclusively and given room for `capacity` bytes, which read as zeros (it
//      may have been prepared long before; an all-zero next.tmp is legal at any time). ENOSPC ends
//      the roll here, and nothing has changed.
//   2. The seal is appended and synchronized: the Merkle root of the whole log so far. There is
//      always room for it: every append leaves `Frame.sealLength` bytes.
//   3. The sealed file loses its write permission. It is never written again.
//   4. next.tmp gets its header and is synchronized.
//   5. It is renamed to its name, which must not exist.
//   6. The directory is synchronized. Only now is a frame appended.
//
// So a file named *.seg always has its header: one without is damaged, not young. After step 2 a
// log may end with a seal and have no active segment; the next append makes one.

import CRecord
public import Events

/// The header of a segment as a value.
public struct Segment: Hashable, Sendable {
  static let formatVersion: UInt32 = 1
  static let headerLength = Int(SLUICE_SECTOR)
  static let framesBegin = Int(SLUICE_FRAMES_BEGIN)
  /// The most segments a log may have.
  static let countMax = 1 << 20
  static let nameDigits = 20
  static let spareName = "next.tmp"

  public var logID: LogID
  public var number: UInt32
  public var capacity: Int
  public var firstPosition: Position
  public var firstBatch: UInt64
  public var predecessorLength: Int
  public var link: UInt64
  public var created: Timestamp

  /// The file name of a segment that begins at a position.
  public static func name(_ first: Position) -> String {
    let digits = String(first.rawValue)
    return String(repeating: "0", count: nameDigits - digits.count) + digits + ".seg"
  }

  /// The first position a file name says; nil where it is no segment's name.
  public static func firstPosition(ofName name: String) -> Position? {
    guard name.utf8.count == nameDigits + 4, name.hasSuffix(".seg") else { return nil }
    let digits = name.dropLast(4)
    guard digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
    return UInt64(digits).map { Position($0) }
  }

  public var name: String { Segment.name(firstPosition) }

  var encoded: [UInt8] {
    var raw = sluice_segment_header()
    raw.magic = SLUICE_SEGMENT_MAGIC
    raw.format = Segment.formatVersion
    raw.log_id_low = logID.low
    raw.log_id_high = logID.high
    raw.segment = number
    raw.capacity = UInt32(capacity)
    raw.first_position = firstPosition.rawValue
    raw.first_batch = firstBatch
    raw.predecessor_length = UInt64(predecessorLength)
    raw.link = link
    raw.created = created.rawValue
    var bytes = unsafe withUnsafeBytes(of: raw) { unsafe [UInt8]($0) }
    bytes.append(contentsOf: repeatElement(0, count: Segment.headerLength - bytes.count))
    raw.header_crc = bytes.checksum(12..<Segment.headerLength)
    unsafe withUnsafeBytes(of: raw) { source in
      for index in 0..<source.count { unsafe bytes[index] = source[index] }
    }
    return bytes
  }

  /// The header in the first 512 bytes of a file; nil where they are not one.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Segment.headerLength else { return nil }
    let raw = unsafe bytes.span.bytes.unsafeLoadUnaligned(as: sluice_segment_header.self)
    guard raw.magic == SLUICE_SEGMENT_MAGIC, raw.format == Segment.formatVersion,
      raw.header_crc == bytes.checksum(12..<Segment.headerLength),
      raw.predecessor_length <= UInt64(UInt32.max),
      raw.capacity >= UInt32(Segment.framesBegin + Frame.sealLength)
    else { return nil }
    logID = LogID(low: raw.log_id_low, high: raw.log_id_high)
    number = raw.segment
    capacity = Int(raw.capacity)
    firstPosition = Position(raw.first_position)
    firstBatch = raw.first_batch
    predecessorLength = Int(raw.predecessor_length)
    link = raw.link
    created = Timestamp(nanoseconds: raw.created)
  }

  init(
    logID: LogID, number: UInt32, capacity: Int, firstPosition: Position, firstBatch: UInt64,
    predecessorLength: Int, link: UInt64, created: Timestamp
  ) {
    self.logID = logID
    self.number = number
    self.capacity = capacity
    self.firstPosition = firstPosition
    self.firstBatch = firstBatch
    self.predecessorLength = predecessorLength
    self.link = link
    self.created = created
  }

  /// What the first frame of this segment has to follow.
  func chain(incarnation: UInt32) -> Chain {
    Chain(
      logID: logID, next: firstPosition, batch: firstBatch - 1, link: link, logTime: created,
      incarnation: incarnation, ending: nil)
  }
}
