// The order in which merchants are enabled: made once, when the rollout starts, and never again.
//
// Rules 1 and 2 of making it (`hash_version`); they differ in point 4 and in how parts are shared
// out. All numbers are integers; who has the registry, the plan and SHA-256 can
// make it again by hand.
//
//   1. Eligible is who is registered, not closed, on a platform of the plan, in a tier of the plan,
//      in an included and in no excluded category, and not excluded from this rollout. Of them
//      those that a wave lists stand in that wave, in the order of the list, and nowhere else; all
//      rules below are about the others. N is the number of the others.
//   2. The key of a merchant is the first 8 bytes, big-endian, of SHA-256(seed, 0x00, external id).
//      "By key" means by key, then by merchant number, the smallest first.
//   3. Sorted by (usual daily payments, key, number), the last floor(N * largest_last) of those
//      with stated payments are the largest merchants. All others are the ordinary ones.
//   4. Hold-back: ceil(ordinary * hold_back) merchants are shared out over the tiers by largest
//      remainder; in each tier the ordinary merchants with the highest keys are held back. In
//      version 2 they are shared out over the strata of point 5, so that each has a control.
//   5. A canary of ceil(N * share) merchants is shared out over the strata by largest remainder. A
//      stratum is a tier and a size class: no stated payments; up to the median; above it. The
//      median is the lower one of the stated payments of all ordinary merchants. The sizes that are
//      shared out over count the ordinary merchants that are not held back and in no canary before.
//      In each stratum those with the lowest keys are taken.
//   6. The waves between the canaries and the last one are cut from one row: the remaining ordinary
//      merchants by key, then the largest, the smallest of them first. Waves 1 to w together have
//      ceil(N * sum of their shares), as far as the row goes; who is listed is not counted.
//   7. The last wave has the rest of the ordinary merchants by key, then the hold-back by key, then
//      the rest of the largest, the smallest first. Canaries are ordered by key.
//
// Largest remainder: each of k parts gets floor(total * size / sum of sizes); what is missing goes,
// one each, to the parts with the largest remainders, the earlier part first where they are equal.
// With it a larger total may give a part less, so that a larger canary is not the smaller one and
// more. Version 2 shares out one by one instead, each to the part with the highest
// size / (2 * given + 1), the earlier part first where they are equal (Webster): a larger share
// only ever adds. Tiers and strata stand in the order of their numbers in the log.
//
// Whoever registers after the start changes nothing above: it follows behind the last wave in the
// order of registration numbers, and so does who was not eligible at the start and is later.
//
// The digest is SHA-256 over wave and merchant number of each in order, four bytes big-endian each.

public import Events
import Merkle
public import Platform
public import Projections

/// Every merchant of a rollout in the order of enablement, cut into waves.
public struct FrozenOrder: Sendable {
  /// The merchants in order.
  public let merchants: [MerchantNumber]
  /// Where each wave begins; one more at the end.
  public let starts: [Int]
  /// How many merchants were registered when it was made.
  public let registered: UInt32
  /// The registered merchants that are not in it, by number.
  public let outside: [MerchantNumber]
  /// The usual daily payments of all of them together when it was made: the whole that shares of
  /// payments are taken of.
  public let dailyPayments: UInt64
  public let digest: Digest
  /// The place of each registered merchant in the order, plus 1; 0 where it is not in it.
  private let places: [UInt32]

  /// The order of a plan over the registry as it stands.
  ///
  /// The exclusions of `rollout` count, which is `.none` before it is announced.
  public init(plan: Plan, book: MerchantBook, rollout: RolloutNumber) {
    var maker = OrderMaker(plan: plan, book: book, rollout: rollout)
    let starts = maker.makeWaves()
    self.init(
      merchants: maker.row, starts: starts, registered: UInt32(book.count),
      dailyPayments: maker.dailyPayments)
  }

  /// An order that was kept; compare its digest with the one in the log.
  public init(
    merchants: [MerchantNumber], starts: [Int], registered: UInt32, dailyPayments: UInt64
  ) {
    precondition(
      starts.first == 0 && starts.last == merchants.count, "the waves do not cover the order")
    self.merchants = merchants
    self.starts = starts
    self.registered = registered
    self.dailyPayments = dailyPayments
    var places = [UInt32](repeating: 0, count: Int(registered))
    do {
      var span = places.mutableSpan
      for index in merchants.indices {
        span[Int(merchants[index].rawValue) - 1] = UInt32(truncatingIfNeeded: index + 1)
      }
    }
    var outside: [MerchantNumber] = []
    for index in places.indices where places[index] == 0 {
      outside.append(MerchantNumber(UInt32(index + 1)))
    }
    self.places = places
    self.outside = outside
    digest = FrozenOrder.digest(merchants, starts)
  }

  public var count: Int { merchants.count }
  public var waves: Int { starts.count - 1 }

  /// The places of a wave's merchants.
  public func places(of wave: WaveNumber) -> Range<Int> {
    starts[Int(wave.rawValue) - 1]..<starts[Int(wave.rawValue)]
  }

  /// Where a merchant stands, from 0; nil where it is not in the order.
  public func place(of merchant: MerchantNumber) -> Int? {
    let row = Int(merchant.rawValue) - 1
    guard places.indices.contains(row), places[row] > 0 else { return nil }
    return Int(places[row]) - 1
  }

  /// The wave of a merchant; the last one for who is not in the order.
  public func wave(of merchant: MerchantNumber) -> WaveNumber {
    guard let place = place(of: merchant) else { return WaveNumber(UInt16(waves)) }
    // The first wave that ends behind the place; waves may be empty.
    var low = 1
    var high = waves
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] > place { high = middle } else { low = middle + 1 }
    }
    return WaveNumber(UInt16(low))
  }

  private static let digestChunk = 4096

  private static func digest(_ merchants: [MerchantNumber], _ starts: [Int]) -> Digest {
    var hash = SHA256()
    var words: [UInt64] = []
    words.reserveCapacity(digestChunk)
    for wave in 1..<starts.count {
      let leading = UInt64(UInt32(wave).byteSwapped)
      for index in starts[wave - 1]..<starts[wave] {
        let number = UInt64(merchants[index].rawValue.byteSwapped)
        words.append((number << 32 | leading).littleEndian)
        if words.count == digestChunk {
          unsafe hash.update(words.span.bytes)
          words.removeAll(keepingCapacity: true)
        }
      }
    }
    unsafe hash.update(words.span.bytes)
    return hash.digest()
  }
}

// A snapshot holds an order as it is: to make the digest again takes twenty times as long as to
// read what it is of.
extension FrozenOrder {
  public func write(to section: inout SectionWriter) {
    section.u32(registered)
    section.u64(dailyPayments)
    section.digest(digest)
    section.count(starts.count)
    for start in starts { section.u32(UInt32(start)) }
    section.plain(merchants)
    section.plain(places)
  }

  /// Reads what `write` wrote, whatever the bytes are; compare the digest with the one in the log.
  ///
  /// - Parameter count: how many are registered.
  public init(from section: inout SectionReader, merchants count: Int) throws(SectionFault) {
    let registered = section.u32()
    try section.require(
      Int(registered) <= count, "an order is of \(registered) merchants and \(count) are known")
    self.registered = registered
    dailyPayments = section.u64()
    digest = section.digest()
    var starts: [Int] = []
    for _ in 0..<section.count(ofBytes: 4) { starts.append(Int(section.u32())) }
    merchants = try section.plain(MerchantNumber.self) { merchants in
      var isSound = true
      for index in merchants.indices {
        isSound = isSound && merchants[index].rawValue &- 1 < registered
      }
      return isSound
    }
    try section.require(
      (2...Int(UInt16.max)).contains(starts.count) && starts.first == 0
        && starts.last == merchants.count && zip(starts, starts.dropFirst()).allSatisfy(<=),
      "the waves do not cover the order")
    self.starts = starts
    let last = UInt32(truncatingIfNeeded: merchants.count)
    var outside: [MerchantNumber] = []
    var number: UInt32 = 0
    places = try section.plain(UInt32.self) { places in
      var isSound = true
      for index in places.indices {
        number &+= 1
        isSound = isSound && places[index] <= last
        if places[index] == 0 { outside.append(MerchantNumber(number)) }
      }
      return isSound
    }
    try section.require(
      places.count == Int(registered) && outside.count + merchants.count == places.count,
      "the places of an order are not those of its merchants")
    self.outside = outside
  }
}
