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

  /// The first thing wrong with the bytes of the file: a slot that is damaged, or bytes behind its
  /// fields that are not zero. Nil where nothing is.
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

  /// The first thing wrong with its bytes: a place with something that is no edge, or bytes that
  /// belong to none. Nil where nothing is.
  public static func fault(in bytes: [UInt8]) -> DerivedFault? {
    let places = TreeRecord.State.allCases.map { $0.rawValue }
    for (index, start) in places.enumerated() where start < bytes.count {
      let end = index + 1 < places.count ? min(places[index + 1], bytes.count) : bytes.count
      let held = bytes[start..<end]
      guard held.contains(where: { $0 != 0 }) else { continue }
      guard let record = TreeRecord([UInt8](held)) else {
        return DerivedFault(offset: start, what: "the edge of the tree is damaged")
      }
      if let dirt = held.dropFirst(record.encoded.count).firstIndex(where: { $0 != 0 }) {
        return DerivedFault(offset: dirt, what: "bytes stand behind the edge of the tree")
      }
    }
    return nil
  }
}
