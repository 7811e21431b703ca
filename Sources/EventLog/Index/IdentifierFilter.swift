// A filter over hashes: it says of nearly every hash that was never put in that it is not there,
// and never so of one that was.
//
// A blocked Bloom filter (Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom
// Filters", 2007): all bits of a hash lie in one block of 64 bytes, so a question costs one look
// into memory. With 12 bits a hash and 6 of them set, fewer than one answer in a hundred is wrong,
// with 16 bits fewer than one in four hundred (FilterTests).

import CRecord
import Platform

/// A filter that one thread fills; others may ask it meanwhile, and are answered rightly about all
/// that was put in before they were told of it.
@safe struct IdentifierFilter: @unchecked Sendable {
  static let blockLength = 64
  /// Of a filter that stands in a file.
  static let bitsPerHash = 12

  private let memory: LargeMemory
  let blocks: Int

  /// How many blocks hold so many hashes.
  static func blocks(for hashes: Int, bitsPerHash: Int = bitsPerHash) -> Int {
    max(1, (hashes * bitsPerHash + blockLength * 8 - 1) / (blockLength * 8))
  }

  init(blocks: Int) {
    precondition(blocks > 0, "a filter has no block")
    self.blocks = blocks
    memory = LargeMemory(byteCount: blocks * IdentifierFilter.blockLength)
  }

  /// Lends its bytes, to be filled from a file or written to one.
  func withBytes<Failure: Error>(
    _ body: (inout MutableRawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    let all = unsafe UnsafeMutableRawBufferPointer(start: memory.base, count: memory.byteCount)
    var span = unsafe all.mutableBytes
    try body(&span)
  }

  /// The CRC-32C of bits that may be more than the library's call takes at once.
  static func checksum(_ bits: RawSpan) -> UInt32 {
    let piece = 1 << 30
    var sum: UInt32 = 0
    var start = 0
    while start < bits.byteCount {
      let end = min(start + piece, bits.byteCount)
      sum = EventLog.checksum(bits.extracting(start..<end), after: sum)
      start = end
    }
    return sum
  }

  /// What is asked, without the memory it stands in.
  var bits: FilterBits {
    unsafe FilterBits(
      start: memory.base.assumingMemoryBound(to: UInt64.self), blocks: UInt64(blocks))
  }
}

/// The bits of a filter, which somebody else keeps in memory.
@safe struct FilterBits: @unchecked Sendable, BitwiseCopyable {
  private static let bitsSet = 6
  /// How far ahead memory is asked for.
  private static let entriesAhead = 24

  private let start: UnsafeMutablePointer<UInt64>
  private let blocks: UInt64

  init(start: UnsafeMutablePointer<UInt64>, blocks: UInt64) {
    unsafe self.start = start
    self.blocks = blocks
  }

  @inline(__always)
  private func block(_ hash: UInt64) -> UnsafeMutablePointer<UInt64> {
    let mixed = hash &* 0x9e37_79b9_7f4a_7c15
    return unsafe start + Int(mixed.multipliedFullWidth(by: blocks).high) &* 8
  }

  /// Nine bits of it choose each bit of the block.
  @inline(__always)
  private func choice(_ hash: UInt64) -> UInt64 {
    let mixed = (hash ^ 0xa076_1d64_78bd_642f) &* 0xe703_7ed1_a0b4_28db
    return mixed ^ mixed >> 32
  }

  func insert(_ hash: UInt64) {
    let words = unsafe block(hash)
    var bits = choice(hash)
    for _ in 0..<FilterBits.bitsSet {
      unsafe sluice_bits_set(words + Int(bits >> 6 & 7), 1 << (bits & 63))
      bits >>= 9
    }
  }

  /// Puts in what a decision asks for of the entries of one partition.
  func insertAsked(_ entries: Span<UInt64>, in partition: Int) {
    for place in 0..<entries.count {
      if place + FilterBits.entriesAhead < entries.count {
        prefetch(IndexEntry.hash(entries[place + FilterBits.entriesAhead], in: partition))
      }
      if IndexEntry.isAsked(entries[place]) {
        insert(IndexEntry.hash(entries[place], in: partition))
      }
    }
  }

  /// Asks for the block of a hash.
  @inline(__always)
  func prefetch(_ hash: UInt64) { unsafe sluice_prefetch(block(hash)) }

  /// False where the hash was never put in.
  @inline(__always)
  func mayHold(_ hash: UInt64) -> Bool {
    let words = unsafe block(hash)
    var bits = choice(hash)
    for _ in 0..<FilterBits.bitsSet {
      if unsafe sluice_bits(words + Int(bits >> 6 & 7)) & 1 << (bits & 63) == 0 { return false }
      bits >>= 9
    }
    return true
  }
}
