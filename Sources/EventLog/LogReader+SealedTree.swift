// The tree at the last seal, for who wants a root soon and does not verify.

public import Events
public import Merkle
import Platform

extension LogReader {
  /// The tree at the last seal, where that is not behind an end; nil where it cannot be had.
  ///
  /// The edge comes from the derived file `tree` and is used only where it has the root that the
  /// segment was sealed with: what follows the seal is all that is left to hash. Who verifies
  /// hashes every event.
  public func sealedTree(upTo end: Position) -> CompactTree? {
    guard let bytes = disk.contents(folder.tree, max: TreeRecord.fileLengthMax) else { return nil }
    for record in TreeRecord.all(in: bytes) where record.tree.size <= end.rawValue {
      let root = try? sealedRoot(at: Position(record.tree.size))
      if let root, root == record.tree.root { return record.tree }
    }
    return nil
  }
}
