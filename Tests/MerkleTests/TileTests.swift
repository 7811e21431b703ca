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

  @Test func `the published sizes have the published tiles`() {
    #expect(Tile.levels(size: 0) == 0)
    #expect(Tile.levels(size: 255) == 1)
    #expect(Tile.row(level: 1, size: 255).isEmpty, "there is no empty tile")
    #expect(Tile.row(level: 0, size: 256).map(\.count) == [256])
    #expect(Tile.row(level: 1, size: 256).map(\.count) == [1])
    let leaves = Tile.row(level: 0, size: 70_000)
    #expect(leaves.count == 274)
    #expect(leaves.dropLast().allSatisfy { $0.count == 256 })
    #expect(leaves.last?.path == "tile/0/273.p/112")
    #expect(Tile.row(level: 1, size: 70_000).map(\.count) == [256, 17])
    #expect(Tile.row(level: 2, size: 70_000).map(\.path) == ["tile/2/000.p/1"])
    #expect(Tile.levels(size: 70_000) == 3)
    #expect(Tile.bundles(size: 300).map(\.path) == ["tile/entries/000", "tile/entries/001.p/44"])
  }

  @Test(arguments: [0, 1, 2, 255, 256, 257, 511, 512, 66_000])
  func `tiles are made as they are listed, and hold the roots of their subtrees`(_ size: Int) {
    let leaves = (0..<size).map { Digest(words: (UInt64($0), 1, 2, 3)) }
    var made: [Tile: [Digest]] = [:]
    var maker = TileMaker()
    for leaf in leaves { maker.append(leaf) { made[$0] = $1 } }
    maker.finish { made[$0] = $1 }
    let listed = (0..<Tile.levels(size: UInt64(size))).flatMap {
      Tile.row(level: $0, size: UInt64(size))
    }
    #expect(Set(made.keys) == Set(listed))
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
