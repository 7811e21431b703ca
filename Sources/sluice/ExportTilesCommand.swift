// sluice export tiles: the log as other people's programs read it, tiles and entry bundles of
// c2sp.org/tlog-tiles under a signed head.

import EventLog
import Events
import Merkle
import Platform

struct ExportTilesCommand: Subcommand {
  static let guide = Guide(
    name: "export tiles",
    sentence: "Writes the log up to a signed head as tiles and entry bundles, c2sp.org/tlog-tiles.",
    operands: ["DIR"], options: [.data, HeadFiles.option],
    examples: [
      "sluice export tiles /srv/tiles --data events/log",
      "sluice export tiles /srv/tiles --data events/log --checkpoint kept/monday",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let (head, log) = try HeadFiles.open(arguments)
    let written = try TileFolder(arguments.operands[0]).write(head, of: log)
    say(
      "\(Screen.counted(written, "file")) under \(arguments.operands[0]), "
        + "\(Screen.counted(head.head.size, "event")) of "
        + "\(Screen.plain(head.checkpoint.origin))\n")
    return .done
  }
}

/// A folder of tiles.
///
/// Whole tiles that stand there are of an earlier export and stay: they never change, and are held
/// against the log.
struct TileFolder {
  private let root: String
  private let disk = SystemDisk()

  init(_ root: String) { self.root = root }

  /// Writes what a head covers.
  ///
  /// The head is written last: who finds it finds all that it covers.
  ///
  /// - Returns: how many files were written.
  func write(_ head: SignedCheckpoint, of log: LogReader<SystemDisk>) throws -> Int {
    let size = head.head.size
    var made: Set<String> = []
    var tree = CompactTree()
    var tiles = TileMaker()
    var bundle = Bundle()
    var count = 0
    try folder(root, &made)
    let put = { (tile: Tile, bytes: [UInt8]) throws in
      let path = "\(root)/\(tile.path)"
      if tile.count == Tile.width, try disk.exists(path) {
        // As its bytes are: some tiles begin like gzip.
        guard try WholeFile.read(path, max: 1 << 25) == bytes else { throw foreign(path) }
        return
      }
      try folder(parentDirectory(of: path), &made)
      try disk.replaceFile(path, with: unsafe bytes.span.bytes)
      count += 1
    }
    try log.read(from: .zero, to: Position(size)) { (batch: borrowing EventBatch) throws in
      for index in 0..<batch.count {
        let bytes = batch.bytes(of: index)
        let leaf = Digest.eventLeaf(bytes)
        tree.append(leaf)
        if let (tile, whole) = bundle.append(bytes) { try put(tile, whole) }
        try tiles.append(leaf) { (tile, hashes) throws in
          try put(tile, hashes.flatMap { $0.bytes })
        }
      }
    }
    guard tree.root == head.head.root else {
      throw CommandFailure(
        .damaged, "the log does not lead to the root that was signed at \(size) events",
        hint: "Run `sluice verify`: it names the first bad place")
    }
    if let (tile, rest) = bundle.rest { try put(tile, rest) }
    try tiles.finish { (tile, hashes) throws in try put(tile, hashes.flatMap { $0.bytes }) }
    try disk.replaceFile("\(root)/checkpoint", with: unsafe head.bytes.span.bytes)
    return count + 1
  }

  private func foreign(_ path: String) -> CommandFailure {
    CommandFailure(
      .refused, "\(path) stands there and is no tile of this log", hint: "Name an empty folder")
  }

  /// Makes a folder with those above it.
  private func folder(_ path: String, _ made: inout Set<String>) throws {
    guard !made.contains(path), path != ".", path != "/" else { return }
    if try !disk.exists(path) {
      try folder(parentDirectory(of: path), &made)
      try disk.makeDirectory(path)
    }
    made.insert(path)
  }

  /// Entries that gather until they are 256.
  private struct Bundle {
    private var bytes: [UInt8] = []
    private var count = 0
    private var index: UInt64 = 0

    /// Takes an entry; the bundle that it completes is the answer.
    mutating func append(_ entry: RawSpan) -> (Tile, [UInt8])? {
      bytes.append(UInt8(truncatingIfNeeded: entry.byteCount >> 8))
      bytes.append(UInt8(truncatingIfNeeded: entry.byteCount))
      unsafe entry.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
      count += 1
      guard count == Tile.width else { return nil }
      defer {
        bytes.removeAll(keepingCapacity: true)
        count = 0
        index += 1
      }
      return (Tile(.entries, index: index, count: count), bytes)
    }

    /// What is left over.
    var rest: (Tile, [UInt8])? {
      count == 0 ? nil : (Tile(.entries, index: index, count: count), bytes)
    }
  }
}
