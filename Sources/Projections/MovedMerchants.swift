// Merchants that an event has put back where the scheduler may have passed them.

public import Events
import Platform

/// The latest of them in the order of their events; who remembers a place looks at those that are
/// new to it, and begins anew where it has missed some.
public struct MovedMerchants: Sendable {
  /// How many are kept at most.
  public static let countMax = 65_536

  private var kept: [MerchantNumber] = []
  /// How many were kept once and are no more.
  public private(set) var dropped: UInt64 = 0

  init() {}

  /// How many there ever were.
  public var count: UInt64 { dropped + UInt64(kept.count) }

  /// Those after the first `seen`; nil where some of them are kept no more.
  public func since(_ seen: UInt64) -> ArraySlice<MerchantNumber>? {
    guard seen >= dropped, seen <= count else { return nil }
    return kept[Int(seen - dropped)...]
  }

  mutating func append(_ merchant: MerchantNumber) {
    if kept.count == MovedMerchants.countMax {
      kept.removeFirst(MovedMerchants.countMax / 2)
      dropped += UInt64(MovedMerchants.countMax / 2)
    }
    kept.append(merchant)
  }
}

extension MovedMerchants {
  func write(to section: inout SectionWriter) {
    section.u64(dropped)
    section.plain(kept)
  }

  init(from section: inout SectionReader, end: Position, merchants: Int) throws(SectionFault) {
    dropped = section.u64()
    kept = try section.plain(MerchantNumber.self) { moved in
      var highest: UInt32 = 0
      for index in moved.indices { highest = max(highest, moved[index].rawValue) }
      return Int(highest) <= merchants
    }
    try section.require(
      kept.count <= MovedMerchants.countMax && dropped <= end.rawValue,
      "\(kept.count) moved merchants after \(dropped)")
  }
}
