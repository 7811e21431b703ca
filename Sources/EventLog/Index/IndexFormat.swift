// The index: where in the sealed segments an id stands. Derived from the events alone; all of it
// can be deleted and comes back byte for byte.
//
// DIR/index holds files FIRST-END.idx, twenty digits each: one a sealed segment at first, then one
// for eight segments that begin at a multiple of eight, then one for sixty-four. A larger file
// takes the place of those it was merged from.
//
// A file answers two questions. Which events name an id? And where does an event stand?
//
//   offset   bytes  field            what it says
//        0       8  magic            ff "SLCIDX" newline
//        8       4  header_crc       CRC-32C of bytes 12 to 511
//       12       4  format           4
//       16      16  log_id           which log
//       32       8  first_position   of the first segment
//       40       8  end_position     one past the last segment's last event
//       48       4  first_segment    number of the first segment
//       52       4  segments         1, 8, 64 or 512
//       56       8  link             the link of the first frame behind the last segment
//       64       4  front_length     bytes of the front, which follows the header
//       68       4  front_crc        CRC-32C of the front before the filter
//       72       4  filter_blocks    blocks of 64 bytes in the filter
//       76       4  filtered         hashes that were put in the filter
//       80   4 * 8  runs             of each run: entries (4 bytes), buckets as a power of two (4)
//      112       4  filter_crc       CRC-32C of the filter
//      116     396  zeros
//      512          the front: for each run the first entry of each bucket and one more (4 bytes
//                   each), then the CRC-32C of each bucket (4 bytes each); for the places the
//                   CRC-32C of each block of 512 of them (4 bytes each); zeros to a multiple of 64;
//                   the filter
//                   the places: of each event the offset in its segment (4 bytes) and the CRC-32C
//                   of its canonical bytes (4 bytes), in the order of positions
//                   the runs, one after the other: entries of 8 bytes
//
// An entry stands for one event under one id. The hash of an id is the upper 41 bits of the lower
// half of its `IdentifierKey`, with keys that follow from the leaf of the log's first event: who
// has the log can make the index again, and who only sends ids cannot make them meet. The hash of
// a command is that of its CommandID, and of a merchant's number a multiplication. Bits 63 to 29 of
// an entry are the lower 35 bits of the hash, bits 28 to 1 the position counted from the file's
// first, bit 0 says that the hash is in the filter. The upper bits of the hash choose the bucket,
// six of them at least; entries stand in the order of hash, then of position. A full id decides, in
// the event itself: two ids may share a hash.
//
//   run             an entry for each
//   transactions    payment notice, by institution and transaction; combined payment, by each of
//                   its transactions
//   orders          payment notice, offer and attempt, by order; combined payment, by its own id
//   commands        event of a command, unless its id follows from the transaction, as that of a
//                   notice that brought none does
//   merchants       event other than a payment, offer or attempt that names one merchant; published
//                   terms as those of merchant number 0, for every payment asks for them
//
// In the filter is what a decision asks for: the transactions, unless the notice changed nothing
// and is found by its command; the orders of captures that count and of attempts; the commands.

import CRecord
public import Events
import Merkle
import Platform

/// What entries are found by.
public enum IndexRun: Int, CaseIterable, Sendable {
  case transactions
  case orders
  case commands
  case merchants
}

/// An entry's event counted from the file's first position, under the hash of an id.
struct IndexEntry: Sendable {
  static let hashBits = 41
  /// Of the hash, those that stand in the entry itself.
  static let keptBits = 35
  /// Files hold the upper bits of a hash by where its entry stands.
  static let partitions = 1 << (hashBits - keptBits)
  /// The most events of one file.
  static let eventsMax = 1 << 28

  /// As it stands in the file.
  static func packed(_ hash: UInt64, _ event: Int, isAsked: Bool) -> UInt64 {
    hash << (64 - UInt64(keptBits)) | UInt64(event) << 1 | (isAsked ? 1 : 0)
  }

  static func event(_ packed: UInt64) -> Int { Int(packed >> 1 & UInt64(eventsMax - 1)) }
  static func isAsked(_ packed: UInt64) -> Bool { packed & 1 == 1 }
  /// The lower part of the hash.
  static func kept(_ packed: UInt64) -> UInt64 { packed >> (64 - UInt64(keptBits)) }
  static func partition(_ hash: UInt64) -> Int { Int(hash >> UInt64(keptBits)) }
  /// The whole hash of an entry that stands in a partition.
  static func hash(_ packed: UInt64, in partition: Int) -> UInt64 {
    UInt64(partition) << UInt64(keptBits) | kept(packed)
  }
}

/// The hashes that the index of one log is kept by.
public struct IndexHash: Hashable, Sendable, BitwiseCopyable {
  private let identifiers: IdentifierHash

  /// Of a log without a sealed segment, of which nobody asks anything.
  static let unkeyed = IndexHash(seed: (0, 0))

  private init(seed: (UInt64, UInt64)) { identifiers = IdentifierHash(seed: seed) }

  /// The hashes of the log that begins with a segment.
  init<D: Disk>(
    of inventory: Inventory, _ disk: D, _ folder: LogFolder
  ) throws(LogFault) {
    var leaf = Digest.zero
    do throws(ReadFailure<Never>) {
      try inventory.read(disk, folder, from: .zero, to: Position(1)) {
        leaf = Digest.eventLeaf($0.bytes(of: 0))
      }
    } catch {
      if case .log(let fault) = error { throw fault }
    }
    self.init(seed: (leaf.words.0, leaf.words.1))
  }

  @inline(__always)
  public func transaction(_ institution: UInt8, _ id: RawSpan) -> UInt64 {
    identifiers.key(.transaction, institution: institution, id).low >> 23
  }
  @inline(__always)
  public func order(_ id: RawSpan) -> UInt64 { identifiers.key(.order, id).low >> 23 }
  @inline(__always)
  public func command(_ id: CommandID) -> UInt64 {
    ((id.low ^ id.high &* 0x9e37_79b9_7f4a_7c15) &* 0xd6e8_feb8_6659_fd93) >> 23
  }
  public func merchant(_ number: MerchantNumber) -> UInt64 {
    (UInt64(number.rawValue) &* 0x9e37_79b9_7f4a_7c15) >> 23
  }
  /// Of what was answered about the payment event at a position; in the run of transactions.
  public func answer(_ position: Position) -> UInt64 {
    ((position.rawValue ^ 0x6a09_e667_f3bc_c908) &* 0x9e37_79b9_7f4a_7c15) >> 23
  }
}

/// How the entries of a run are shared out.
struct IndexShape: Hashable, Sendable {
  /// Buckets are made so many that they hold no more entries than this on the average.
  private static let bucketMean = 384
  static let bitsMin = IndexEntry.hashBits - IndexEntry.keptBits
  static let bitsMax = 24

  var entries: Int
  /// The buckets as a power of two.
  var bits: Int

  init(entries: Int) {
    self.entries = entries
    var bits = IndexShape.bitsMin
    while bits < IndexShape.bitsMax, entries >> bits > IndexShape.bucketMean { bits += 1 }
    self.bits = bits
  }

  var buckets: Int { 1 << bits }
  func bucket(_ hash: UInt64) -> Int { Int(hash >> UInt64(IndexEntry.hashBits - bits)) }
}

/// What the parts behind the header have for checksums.
struct IndexSums: Hashable, Sendable {
  var front: UInt32
  var filter: UInt32
}

/// The first 512 bytes of an index file.
struct IndexHeader: Hashable, Sendable {
  static let length = 512
  static let magic: UInt64 = 0x0a58_4449_434c_53ff
  static let formatVersion: UInt32 = 4
  static let placesPerBlock = 512
  static let placeLength = 8
  static let entryLength = 8

  var logID: LogID
  var first: Position
  var end: Position
  var firstSegment: UInt32
  var segments: UInt32
  var link: UInt64
  var shapes: [IndexShape]
  /// How many hashes were put in the filter.
  var filtered: Int

  var filterBlocks: Int { IdentifierFilter.blocks(for: filtered) }
  var events: Int { Int(end.rawValue - first.rawValue) }
  var placeBlocks: Int {
    (events + IndexHeader.placesPerBlock - 1) / IndexHeader.placesPerBlock
  }
  /// Where the filter begins in the front.
  var filterStart: Int {
    let words = shapes.reduce(placeBlocks) { $0 + 2 * $1.buckets + 1 }
    return (words * 4 + 63) / 64 * 64
  }
  var frontLength: Int { filterStart + filterBlocks * IdentifierFilter.blockLength }
  var placesStart: Int { IndexHeader.length + frontLength }
  func start(of run: Int) -> Int {
    let before = shapes[..<run].reduce(0) { $0 + $1.entries }
    return placesStart + events * IndexHeader.placeLength + before * IndexHeader.entryLength
  }
  var fileLength: Int { start(of: shapes.count) }

  /// The name of a file that covers some positions.
  static func name(_ first: Position, _ end: Position) -> String {
    digits(first) + "-" + digits(end) + ".idx"
  }

  /// Whether a file may be called so.
  static func isName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    let length = 2 * Segment.nameDigits + 1
    guard bytes.count == length + 4, name.hasSuffix(".idx") else { return false }
    return bytes[..<length].enumerated().allSatisfy { place, byte in
      place == Segment.nameDigits ? byte == 0x2d : byte >= 0x30 && byte <= 0x39
    }
  }

  private static func digits(_ position: Position) -> String {
    let digits = String(position.rawValue)
    return String(repeating: "0", count: Segment.nameDigits - digits.count) + digits
  }

  func encoded(_ sums: IndexSums) -> [UInt8] {
    var bytes: [UInt8] = []
    func put(_ value: some FixedWidthInteger) {
      unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    put(IndexHeader.magic)
    put(UInt32(0))
    put(IndexHeader.formatVersion)
    put(logID.low)
    put(logID.high)
    put(first.rawValue)
    put(end.rawValue)
    put(firstSegment)
    put(segments)
    put(link)
    put(UInt32(frontLength))
    put(sums.front)
    put(UInt32(filterBlocks))
    put(UInt32(filtered))
    for shape in shapes {
      put(UInt32(shape.entries))
      put(UInt32(shape.bits))
    }
    put(sums.filter)
    bytes.append(contentsOf: repeatElement(0, count: IndexHeader.length - bytes.count))
    let sum = bytes.checksum(12..<IndexHeader.length)
    for index in 0..<4 { bytes[8 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index)) }
    return bytes
  }

  /// A header and its checksums; nil where the bytes are not one.
  static func decoded(_ bytes: [UInt8]) -> (header: IndexHeader, sums: IndexSums)? {
    guard bytes.count >= length else { return nil }
    let span = unsafe bytes.span.bytes
    func word(_ offset: Int) -> UInt64 {
      unsafe span.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
    func half(_ offset: Int) -> UInt32 {
      unsafe span.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }
    guard word(0) == magic, half(8) == bytes.checksum(12..<length), half(12) == formatVersion,
      word(32) <= word(40), word(40) - word(32) <= UInt64(IndexEntry.eventsMax)
    else { return nil }
    var shapes: [IndexShape] = []
    for run in 0..<IndexRun.allCases.count {
      let shape = IndexShape(entries: Int(half(80 + 8 * run)))
      guard shape.entries <= 2 * IndexEntry.eventsMax, half(84 + 8 * run) == UInt32(shape.bits)
      else { return nil }
      shapes.append(shape)
    }
    let header = IndexHeader(
      logID: LogID(low: word(16), high: word(24)), first: Position(word(32)),
      end: Position(word(40)), firstSegment: half(48), segments: half(52), link: word(56),
      shapes: shapes, filtered: Int(half(76)))
    guard header.filtered <= shapes.reduce(0, { $0 + $1.entries }),
      header.frontLength == Int(half(64)), header.filterBlocks == Int(half(72))
    else { return nil }
    return (header, IndexSums(front: half(68), filter: half(112)))
  }
}
