// Tiles: the hashes of a tree by 256, as C2SP tlog-tiles names and cuts them.
//
//   tile/<L>/<N>[.p/<W>]         W hashes of 32 bytes, 256 where there is no .p
//   tile/entries/<N>[.p/<W>]     the entries of level 0: two bytes of length, big-endian, each
//
// Hash i of tile n at level l is the root of the leaves from (n x 256 + i) x 256^l on, 256^l of
// them. N is written in groups of three digits, all but the last with an x in front.

public import Events

/// One tile of a tree.
public struct Tile: Hashable, Sendable {
  public static let width = 256
  static let widthBits: UInt64 = 8
  /// Above it no tree of 2^64 leaves has a tile.
  static let levelMax = 7

  /// What a tile holds.
  public enum Content: Hashable, Sendable {
    case hashes(level: Int)
    case entries
  }

  public var content: Content
  public var index: UInt64
  /// How many hashes or entries it holds: 1 to 256.
  public var count: Int

  public init(_ content: Content, index: UInt64, count: Int) {
    self.content = content
    self.index = index
    self.count = count
  }

  /// The path below the prefix at which it is served.
  public var path: String {
    var path =
      switch content {
      case .hashes(let level): "tile/\(level)/"
      case .entries: "tile/entries/"
      }
    var groups = [Tile.digits(index % 1_000)]
    var left = index / 1_000
    while left > 0 {
      groups.append("x" + Tile.digits(left % 1_000))
      left /= 1_000
    }
    path += groups.reversed().joined(separator: "/")
    return count == Tile.width ? path : path + ".p/\(count)"
  }

  /// The bundles of entries of a tree.
  public static func bundles(size: UInt64) -> [Tile] {
    let whole = size >> widthBits
    let rest = Int(size & UInt64(width - 1))
    return (0..<whole).map { Tile(.entries, index: $0, count: width) }
      + (rest > 0 ? [Tile(.entries, index: whole, count: rest)] : [])
  }

  /// How many levels of tiles a tree has.
  public static func levels(size: UInt64) -> Int {
    var levels = 0
    while levels <= levelMax, size >> (widthBits * UInt64(levels)) > 0 { levels += 1 }
    return levels
  }

  private static func digits(_ number: UInt64) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: 3 - text.utf8.count) + text
  }

  /// Reads a path; nil for any that names no tile of this height.
  public init?(path: String) {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
    guard parts.count >= 3, parts.removeFirst() == "tile" else { return nil }
    let level = parts.removeFirst()
    if level == "entries" {
      content = .entries
    } else {
      guard let number = PlainDecimal.value(level), number <= 63 else { return nil }
      content = .hashes(level: Int(number))
    }
    count = Tile.width
    if parts.count >= 2, parts[parts.count - 2].hasSuffix(".p") {
      guard let width = PlainDecimal.value(parts.removeLast()), (1...255).contains(width) else {
        return nil
      }
      count = Int(width)
      parts[parts.count - 1].removeLast(2)
    }
    index = 0
    for (place, part) in parts.enumerated() {
      var group = part
      if place < parts.count - 1 {
        guard group.hasPrefix("x") else { return nil }
        group.removeFirst()
      }
      guard group.utf8.count == 3, group.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let value = UInt64(group)
      else { return nil }
      let (scaled, isOver) = index.multipliedReportingOverflow(by: 1_000)
      guard !isOver, place > 0 || parts.count == 1 || value > 0 else { return nil }
      index = scaled + value
    }
  }
}

/// Makes the tiles of a tree from its leaves, one row after the other.
///
/// Each whole tile of a level is one hash of the level above; what is left over makes the partial
/// tiles at the end.
public struct TileMaker: Sendable {
  private var rows: [[Digest]] = [[]]
  private var made: [UInt64] = [0]

  public init() {}

  /// Takes the next leaf and shows each tile that it completes.
  public mutating func append<Failure: Error>(
    _ leaf: Digest, _ use: (Tile, [Digest]) throws(Failure) -> Void
  ) throws(Failure) {
    var hash = leaf
    var level = 0
    while true {
      if level == rows.count {
        rows.append([])
        made.append(0)
      }
      rows[level].append(hash)
      guard rows[level].count == Tile.width else { return }
      let row = rows[level]
      try use(Tile(.hashes(level: level), index: made[level], count: row.count), row)
      hash = CompactTree(row.span).root
      made[level] += 1
      rows[level].removeAll(keepingCapacity: true)
      level += 1
    }
  }

  /// Shows the partial tiles.
  public func finish<Failure: Error>(
    _ use: (Tile, [Digest]) throws(Failure) -> Void
  ) throws(Failure) {
    for (level, row) in rows.enumerated() where !row.isEmpty {
      try use(Tile(.hashes(level: level), index: made[level], count: row.count), row)
    }
  }
}
