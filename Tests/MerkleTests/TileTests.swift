// Tiles: their names, how many a tree has, and that they hold its hashes.

import Events
import Merkle
import Testing

@Suite struct TileTests {
  @Test(arguments: [
    ("tile/0/000", Tile(.hashes(level: 0), index: 0, count: 256)),
    ("tile/0/x001/x234/067", Tile(.hashes(level: 0), index: 1_234_067, count: 256)),
    ("tile/3/001.p/5", Tile(.hashes(level: 3), index: 1, count: 5)),
    ("tile/entries/x001/000.p/255", Tile(.entries, index: 1_000, count: 255)),
  ])
  func `a tile has one path, and the path one tile`(_ path: String, _ tile: Tile) {
    #expect(tile.path == path)
    #expect(Tile(path: path) == tile)
  }

  @Test(arguments: [
    "tile/3/5/123/456/078", "tile/-1/000", "tile/64/000", "tile/00/000", "tile/0/0", "tile/0/0000",
    "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/05", "tile/0/x000/001", "tile/0/x01/001",
    "tile/0", "tile/0/", "tile/0/x001", "entries/000",
    "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    "tile/0/001/.p/5", "",
  ])
  func `a path that names no tile is refused`(_ path: String) {
    #expect(Tile(path: path) == nil)
  }

  /// The tiles that are made of so many leaves.
  private func made(_ leaves: [Digest]) -> [Tile: [Digest]] {
    var made: [Tile: [Digest]] = [:]
    var maker = TileMaker()
    for leaf in leaves { maker.append(leaf) { made[$0] = $1 } }
    maker.finish { made[$0] = $1 }
    return made
  }

  private func leaves(_ size: Int) -> [Digest] {
    (0..<size).map { Digest(words: (UInt64($0), 1, 2, 3)) }
  }

  @Test func `the published sizes have the published tiles`() {
    func paths(_ size: Int) -> [String] { made(leaves(size)).keys.map(\.path).sorted() }
    #expect(paths(0).isEmpty)
    #expect(paths(255) == ["tile/0/000.p/255"], "there is no empty tile")
    #expect(paths(256) == ["tile/0/000", "tile/1/000.p/1"])
    let large = paths(70_000)
    #expect(large.count { $0.hasPrefix("tile/0/") && !$0.contains(".p/") } == 273)
    #expect(
      large.filter { !$0.hasPrefix("tile/0/") || $0.contains(".p/") }
        == ["tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"])
    #expect([0, 255, 256, 70_000].map { Tile.levels(size: $0) } == [0, 1, 2, 3])
    #expect(Tile.bundles(size: 300).map(\.path) == ["tile/entries/000", "tile/entries/001.p/44"])
  }

  @Test(arguments: [0, 1, 2, 255, 256, 257, 511, 512, 66_000])
  func `tiles are as many as a tree has, and hold the roots of their subtrees`(_ size: Int) {
    let leaves = leaves(size)
    let made = made(leaves)
    for level in 0..<8 {
      let held = made.filter { $0.key.content == .hashes(level: level) }.values
        .reduce(0) { $0 + $1.count }
      #expect(held == size >> (8 * level), "level \(level)")
    }
    var wrong = 0
    for (tile, hashes) in made {
      guard case .hashes(let level) = tile.content else { continue }
      if hashes.count != tile.count { wrong += 1 }
      let span = 1 << (8 * level)
      for (place, hash) in hashes.enumerated() {
        let first = (Int(tile.index) * Tile.width + place) * span
        if CompactTree(leaves.span.extracting(first..<first + span)).root != hash { wrong += 1 }
      }
    }
    #expect(wrong == 0)
  }
}
