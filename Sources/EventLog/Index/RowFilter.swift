// One filter for all files of a row that are not merged yet: what is new is held against one
// filter in place of up to eight, and of its noes fewer are missing.

/// What the files of single segments have in their filters, put together in memory.
///
/// Each of them keeps its own, which says in which one an id may be.
struct RowFilter: Sendable {
  private static let bitsPerHash = 16

  /// The segment that the row begins with.
  let firstSegment: UInt32
  private let filter: IdentifierFilter
  /// How many hashes it was made for.
  private let room: Int
  private var hashes = 0
  /// How many segments of the row are in it.
  private var segments: UInt32 = 0

  /// An empty filter for the hashes of a row.
  init(firstSegment: UInt32, room: Int) {
    self.firstSegment = firstSegment
    self.room = room
    filter = IdentifierFilter(
      blocks: IdentifierFilter.blocks(for: room, bitsPerHash: RowFilter.bitsPerHash))
  }

  var bits: FilterBits { filter.bits }

  /// Whether a file need not be asked where this filter says no.
  func covers(_ header: IndexHeader) -> Bool {
    header.segments == 1 && header.firstSegment >= firstSegment
      && header.firstSegment - firstSegment < segments
  }

  /// Whether the hashes of a file find room.
  func hasRoom(for header: IndexHeader) -> Bool { hashes + header.filtered <= room }

  /// Takes the next file of the row.
  ///
  /// - Throws: `LogFault` where the file is damaged or cannot be read.
  mutating func add(_ file: IndexFile) throws(LogFault) {
    precondition(
      file.header.segments == 1 && file.header.firstSegment == firstSegment + segments,
      "a row takes a file that is not its next")
    try file.putAsked(into: bits)
    hashes += file.header.filtered
    segments += 1
  }
}
