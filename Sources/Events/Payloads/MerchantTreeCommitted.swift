// Which events each merchant has, in one number.

/// The root of the tree of merchants over the first events of the log.
///
/// The tree has a leaf for each merchant that those events name, in the order of their ids; a leaf
/// says how many events are the merchant's and where they stand (`MerchantLeaf`). So the root says
/// of every merchant which events are all of its events, and of every other id that it has none.
public struct MerchantTreeCommitted: Hashable, Sendable {
  /// The tree is over the events before this position.
  public var size: UInt64
  /// How many leaves it has.
  public var merchants: UInt64
  /// RFC 6962 section 2.1 over the leaves.
  public var root: Digest

  public init(size: UInt64, merchants: UInt64, root: Digest) {
    self.size = size
    self.merchants = merchants
    self.root = root
  }

  public func write(to sink: inout some FieldSink) {
    sink.u64("size", size)
    sink.u64("merchants", merchants)
    sink.digest("root", root)
  }

  public init(from source: inout FieldSource) {
    size = source.u64()
    merchants = source.u64()
    root = source.digest()
  }
}
