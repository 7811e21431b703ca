// Roots and proofs of a log at any size, for whoever reads it.
//
// The leaves come from the derived file, and from the events where it has not all of them. Nothing
// here is believed: who makes a proof holds it against a signed root before it is handed out.

public import Events
public import Merkle
public import Platform

/// The Merkle tree of a log up to a position.
public final class TreeReader<D: Disk> {
  private let log: LogReader<D>
  private let leaves: LeavesFile<D>?
  /// Leaves that the file can give.
  private let held: UInt64
  /// The leaves behind those, hashed from the events.
  private var hashed: [Digest] = []

  /// Opens the leaves of a log up to an end, which is at most its durable one.
  public init(_ log: LogReader<D>, upTo end: Position) throws(LogFault) {
    self.log = log
    let file = try? LeavesFile(log.disk, path: log.folder.leaves, .read)
    leaves = file
    held = min(end.rawValue, file.flatMap { try? $0.count() } ?? 0)
    guard held < end.rawValue else { return }
    var found: [Digest] = []
    do throws(ReadFailure<Never>) {
      try log.read(from: Position(held), to: end) { (batch) throws(Never) in
        batch.appendLeaves(to: &found)
      }
    } catch {
      if case .log(let fault) = error { throw fault }
    }
    hashed = found
  }

  deinit { if let leaves { try? leaves.disk.close(leaves.file) } }

  /// Shows the leaves of a range, some at a time, in their order.
  public func read<Failure: Error>(
    _ range: Range<UInt64>, _ use: (Span<Digest>) throws(Failure) -> Void
  ) throws(ReadFailure<Failure>) {
    var place = range.lowerBound
    while place < range.upperBound {
      var block: [Digest] = []
      do throws(LogFault) { block = try self.block(place, upTo: range.upperBound) } catch {
        throw .log(error)
      }
      do { try use(block.span) } catch { throw .body(error) }
      place += UInt64(block.count)
    }
  }

  /// Some leaves from a place on, at least one.
  private func block(_ place: UInt64, upTo end: UInt64) throws(LogFault) -> [Digest] {
    guard place < held else { return Array(hashed[Int(place - held)..<Int(end - held)]) }
    let next = min(end, held, place + UInt64(LeavesFile<D>.blockCount))
    let found = try onDisk { () throws(Fault) in try leaves?.read(place..<next) ?? [] }
    guard !found.isEmpty else {
      throw .outOfRange(position: Position(place), durableEnd: Position(held))
    }
    return found
  }

  /// The tree over the first leaves.
  public func tree(size: UInt64) throws(LogFault) -> CompactTree {
    try root(from: 0, to: size)
  }

  /// The leaf of an event.
  public func leaf(_ position: Position) throws(LogFault) -> Digest {
    try root(from: position.rawValue, to: position.rawValue + 1).root
  }

  /// That an event stands at a position of the first `size`.
  public func inclusion(of position: Position, size: UInt64) throws(LogFault) -> InclusionProof {
    try InclusionProof(of: position.rawValue, size: size) { (node) throws(LogFault) in
      try root(of: node)
    }
  }

  /// That the first `oldSize` events begin the first `size`.
  public func consistency(from oldSize: UInt64, to size: UInt64) throws(LogFault)
    -> ConsistencyProof
  {
    try ConsistencyProof(from: oldSize, to: size) { (node) throws(LogFault) in
      try root(of: node)
    }
  }

  private func root(of node: Subtree) throws(LogFault) -> Digest {
    try root(from: node.leaves.lowerBound, to: node.leaves.upperBound).root
  }

  private func root(from first: UInt64, to end: UInt64) throws(LogFault) -> CompactTree {
    var tree = CompactTree()
    do throws(ReadFailure<Never>) {
      try read(first..<end) { (block) throws(Never) in tree.append(contentsOf: block) }
    } catch {
      if case .log(let fault) = error { throw fault }
    }
    return tree
  }
}
