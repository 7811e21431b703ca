// The tiles of a pack, rebuilt: every entry hashed anew, every tile held against what the entries
// make, level by level, and the root from all of them. Nothing in a tile is believed because a tile
// above it was.

import CRecord
import Events
import Merkle
import Platform

/// A walk through the entry bundles of a pack.
struct PackTiles<D: Disk> {
  /// Where a tile and the entries that it is of do not agree.
  struct Conflict {
    var tile: PackReport.Damage
    /// The entry that has another hash; nil above the lowest level.
    var entry: PackReport.Damage?
  }

  /// A bundle of the longest entries.
  private static var bundleMax: Int { Tile.width * (2 + Int(UInt16.max)) }
  private static var headLength: Int { MemoryLayout<sluice_head>.size }

  private let disk: D
  private let directory: String
  private let size: UInt64
  private(set) var tree = CompactTree()
  private var tiles = TileMaker()
  /// Where each entry of the last bundle begins.
  private var offsets: [Int] = []
  private var bundle = ""
  /// The roots at the sizes that were asked for.
  private(set) var roots: [UInt64: Digest] = [:]
  /// Sizes at which the root is asked for, the next one last.
  private var wanted: [UInt64]
  private(set) var conflict: Conflict?

  init(_ disk: D, _ directory: String, size: UInt64, rootsAt sizes: [UInt64]) {
    self.disk = disk
    self.directory = directory
    self.size = size
    wanted = Set(sizes).sorted(by: >)
  }

  /// Whether a path names a file that the tiles of so many events have.
  static func belongs(_ path: String, size: UInt64) -> Bool {
    if path == AuditPack.head { return true }
    guard let tile = Tile(path: String(path.dropFirst(AuditPack.tiles.count + 1))) else {
      return false
    }
    var level: UInt64 = 0
    if case .hashes(let number) = tile.content {
      guard number < Tile.levels(size: size) else { return false }
      level = UInt64(number)
    }
    let hashes = size >> (8 * level)
    let rest = hashes & UInt64(Tile.width - 1)
    return tile.count == Tile.width
      ? tile.index < hashes >> 8 : tile.index == hashes >> 8 && tile.count == Int(rest)
  }

  /// The path of the bundle in which a position stands.
  static func bundlePath(of position: Position, size: UInt64) -> String {
    let index = position.rawValue / UInt64(Tile.width)
    let count = min(UInt64(Tile.width), size - min(size, index * UInt64(Tile.width)))
    return "\(AuditPack.tiles)/\(Tile(.entries, index: index, count: max(1, Int(count))).path)"
  }

  /// Walks all bundles; stops at the first thing that is wrong, which is the answer.
  ///
  /// - Parameter visit: sees the entries of a bundle with the position of the first.
  mutating func run(
    _ visit: (_ entries: [RangeOfBytes], _ bytes: [UInt8], _ first: Position) throws(Fault)
      -> PackReport.Damage?
  ) throws(Fault) -> PackReport.Damage? {
    noteRoots()
    for tile in Tile.bundles(size: size) {
      bundle = "\(AuditPack.tiles)/\(tile.path)"
      guard let bytes = try contents(bundle, max: PackTiles.bundleMax) else {
        return .init(path: bundle, what: "it is missing, or longer than any bundle")
      }
      let entries: [RangeOfBytes]
      switch PackTiles.entries(of: bytes, count: tile.count) {
      case .success(let found): entries = found
      case .failure(let wrong): return .init(path: bundle, offset: wrong.offset, what: wrong.what)
      }
      if let damage = try grow(bytes, entries) { return damage }
      let first = Position(tile.index * UInt64(Tile.width))
      if let damage = try visit(entries, bytes, first) { return damage }
    }
    let last = tiles
    try last.finish { (tile, hashes) throws(Fault) in try compare(tile, hashes) }
    return conflict?.tile
  }

  private mutating func grow(
    _ bytes: [UInt8], _ entries: [RangeOfBytes]
  ) throws(Fault) -> PackReport.Damage? {
    offsets = entries.map { $0.lowerBound }
    for entry in entries {
      let leaf = Digest.eventLeaf(unsafe bytes.span.bytes.extracting(entry))
      tree.append(leaf)
      noteRoots()
      var made: [(tile: Tile, hashes: [Digest])] = []
      tiles.append(leaf) { (tile, hashes) throws(Never) in made.append((tile, hashes)) }
      for (tile, hashes) in made { try compare(tile, hashes) }
      if let conflict { return conflict.tile }
    }
    return nil
  }

  private mutating func noteRoots() {
    while let size = wanted.last, size <= tree.size {
      if size == tree.size { roots[size] = tree.root }
      wanted.removeLast()
    }
  }

  /// Holds a tile's file against the hashes that it must have.
  private mutating func compare(_ tile: Tile, _ hashes: [Digest]) throws(Fault) {
    guard conflict == nil else { return }
    let path = "\(AuditPack.tiles)/\(tile.path)"
    let made = hashes.flatMap { $0.bytes }
    let held = try contents(path, max: Tile.width * Digest.byteCount) ?? []
    guard held != made else { return }
    let offset = zip(held, made).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    let place = offset ?? min(held.count, made.count)
    conflict = Conflict(
      tile: .init(path: path, offset: place, what: "it is not made of the hashes below it"))
    if case .hashes(let level) = tile.content, level == 0 {
      let entry = place / Digest.byteCount
      guard offsets.indices.contains(entry) else { return }
      conflict?.entry = .init(
        path: bundle, offset: offsets[entry],
        what: "entry \(entry) of it has another hash than its tile says, event "
          + "\(tile.index * UInt64(Tile.width) + UInt64(entry))")
    }
  }

  /// The bytes of a file of the pack; nil where it is not there or too long.
  private func contents(_ path: String, max limit: Int) throws(Fault) -> [UInt8]? {
    let whole = "\(directory)/\(path)"
    guard try disk.exists(whole) else { return nil }
    return try AuditPack.contents(whole, max: limit, on: disk)
  }

  // MARK: A bundle

  typealias RangeOfBytes = Range<Int>

  private struct Wrong: Error {
    var offset: Int
    var what: String
  }

  /// Where the entries of a bundle stand: two bytes of length, big-endian, before each, nothing
  /// behind the last, and each as long as its own head says.
  private static func entries(
    of bytes: [UInt8], count: Int
  ) -> Result<[RangeOfBytes], Wrong> {
    var entries: [RangeOfBytes] = []
    var offset = 0
    while entries.count < count {
      guard offset + 2 <= bytes.count else {
        return .failure(Wrong(offset: bytes.count, what: "it ends before entry \(entries.count)"))
      }
      let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
      let entry = offset + 2..<offset + 2 + length
      guard length >= headLength, entry.upperBound <= bytes.count else {
        return .failure(
          Wrong(offset: offset, what: "entry \(entries.count) is no event by its length"))
      }
      let head = unsafe bytes.span.bytes.unsafeLoadUnaligned(
        fromByteOffset: entry.lowerBound, as: sluice_head.self)
      guard Int(head.length) == length else {
        return .failure(
          Wrong(
            offset: entry.lowerBound,
            what: "entry \(entries.count) says another length than the bundle"))
      }
      entries.append(entry)
      offset = entry.upperBound
    }
    guard offset == bytes.count else {
      return .failure(Wrong(offset: offset, what: "bytes stand behind its last entry"))
    }
    return .success(entries)
  }
}
