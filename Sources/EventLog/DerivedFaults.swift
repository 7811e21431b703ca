// The derived files of a log, byte by byte, for who verifies a folder: what an opening would pass
// over or mend is named here.

public import Events
public import Merkle

/// What is wrong with a derived file, and where.
public struct DerivedFault: Hashable, Sendable {
  public var offset: Int
  public var what: String
}

extension SyncMark {
  private static let fieldsLength = 72

  /// The first thing wrong with the bytes of the file; nil where nothing is.
  ///
  /// It is a slot that is damaged, or bytes behind its fields that are not zero.
  /// After a power cut one slot may be damaged, for the file is synchronized at a clean end alone.
  public static func fault(in bytes: [UInt8], logID: LogID) -> DerivedFault? {
    for slot in 0..<2 {
      let start = slot * slotLength
      let held = bytes.dropFirst(start).prefix(slotLength)
      guard held.contains(where: { $0 != 0 }) else { continue }
      guard let mark = SyncMark(bytes, at: start, logID: logID), mark.slotOffset == start else {
        return DerivedFault(offset: start, what: "slot \(slot) of the mark is damaged")
      }
      if let dirt = held.dropFirst(fieldsLength).firstIndex(where: { $0 != 0 }) {
        return DerivedFault(offset: dirt, what: "bytes stand behind slot \(slot) of the mark")
      }
    }
    guard bytes.count <= 2 * slotLength else {
      return DerivedFault(offset: 2 * slotLength, what: "bytes stand behind the mark")
    }
    return nil
  }
}

/// The file `tree`, read for who verifies it.
public enum TreeFile {
  /// The edges that it holds, with where they stand.
  public static func edges(in bytes: [UInt8]) -> [(offset: Int, tree: CompactTree)] {
    TreeRecord.State.allCases.compactMap { state in
      TreeRecord([UInt8](bytes.dropFirst(state.rawValue))).map { (state.rawValue, $0.tree) }
    }
  }

  /// What stands behind an edge: what is left of a longer one that stood there before.
  public struct Leftover: Hashable, Sendable {
    public var offset: Int
    /// Which hash of the edge would stand there.
    public var place: Int
    public var hash: Digest
  }

  /// The hashes that stand behind the edges.
  public static func leftovers(in bytes: [UInt8]) -> [Leftover] {
    var found: [Leftover] = []
    for (start, held, record) in places(of: bytes) {
      guard let record else { continue }
      var offset = record.encoded.count
      while offset + Digest.byteCount <= held.count {
        let hash = Digest(bytes: Array(held[start + offset..<start + offset + Digest.byteCount]))
        if let hash, hash != .zero {
          let place = (offset - TreeRecord.headLength - 8) / Digest.byteCount
          found.append(Leftover(offset: start + offset, place: place, hash: hash))
        }
        offset += Digest.byteCount
      }
    }
    return found
  }

  /// The first thing wrong with its bytes; nil where nothing is.
  ///
  /// It is a place with something that is no edge, or bytes that belong to no hash.
  public static func fault(in bytes: [UInt8]) -> DerivedFault? {
    for (start, held, record) in places(of: bytes) {
      guard held.contains(where: { $0 != 0 }) else { continue }
      guard let record else {
        return DerivedFault(offset: start, what: "the edge of the tree is damaged")
      }
      let whole = (held.count - record.encoded.count) / Digest.byteCount * Digest.byteCount
      if let dirt = held.dropFirst(record.encoded.count + whole).firstIndex(where: { $0 != 0 }) {
        return DerivedFault(offset: dirt, what: "bytes stand behind the edge of the tree")
      }
    }
    return nil
  }

  /// The places of the file, each with the edge at its begin; nil where none is.
  private static func places(
    of bytes: [UInt8]
  ) -> [(start: Int, held: ArraySlice<UInt8>, record: TreeRecord?)] {
    let starts = TreeRecord.State.allCases.map { $0.rawValue }
    return starts.enumerated().compactMap { index, start in
      guard start < bytes.count else { return nil }
      let end = index + 1 < starts.count ? min(starts[index + 1], bytes.count) : bytes.count
      let held = bytes[start..<end]
      return (start, held, TreeRecord(Array(held)))
    }
  }
}
