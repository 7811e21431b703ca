// A keyed hash of ids: what finds a shop, an order or a transaction in a table.
//
// Multilinear hashing. An id is cut into words of 64 bits, zeros behind its end; a head word holds
// what the id is and how long it is. With a key of 128 bits for each word, the hash is
//
//     sum over all words of key(i) * word(i), modulo 2^128, its upper 64 bits.
//
// Over random keys any two different inputs meet with a chance of at most 2^-64 for one such sum
// and 2^-128 for two (Dietzfelbinger 1996; Thorup, "High Speed Hashing for Integers and Strings",
// section 3.2), whoever chose them, as long as the keys and the hashes stay inside. The keys here
// follow from a seed by a generator, and are random as far as its outputs are.

/// A hash of 128 bits that stands for an id.
public struct IdentifierKey: Hashable, Sendable, BitwiseCopyable {
  public var low: UInt64
  public var high: UInt64
  public init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }
}

/// What an id names; ids of different kinds never meet.
public enum IdentifierDomain: UInt8, Sendable {
  case merchant = 0
  case order = 1
  case transaction = 2
  case refund = 3
  case dispute = 4
}

/// Hashes ids with keys of its own.
///
/// The keys stand in memory that is never given back: a process has one such hash, and one more
/// for each registry it folds.
@safe public struct IdentifierHash: Hashable, @unchecked Sendable, BitwiseCopyable {
  /// A head and two ids of 64 bytes.
  private static let wordsMax = 17
  /// For each word four parts: the key of the first sum, low and high, and that of the second.
  private let keys: UnsafePointer<UInt64>

  /// Keys that follow from a seed: the same seed gives the same hashes.
  public init(seed: (UInt64, UInt64)) {
    let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: IdentifierHash.wordsMax * 4)
    var state = seed.0
    for index in 0..<IdentifierHash.wordsMax * 4 {
      // SplitMix64 (Steele, Lea, Flood 2014).
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = state ^ (index & 1 == 0 ? seed.1 : 0)
      mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
      unsafe (memory + index).initialize(to: mixed ^ (mixed >> 31))
    }
    unsafe keys = UnsafePointer(memory)
  }

  /// Keys that nobody outside this process knows: they are drawn from the standard library's own
  /// hash, which is seeded anew in each process.
  public static let ofProcess = IdentifierHash(
    seed: (UInt64(bitPattern: Int64("low".hashValue)), UInt64(bitPattern: Int64("high".hashValue))))

  /// Two of the same memory have the same keys.
  public static func == (left: IdentifierHash, right: IdentifierHash) -> Bool {
    unsafe left.keys == right.keys
  }

  public func hash(into hasher: inout Hasher) { unsafe hasher.combine(keys) }

  private struct Sum {
    var first: (low: UInt64, high: UInt64) = (0, 0)
    var second: (low: UInt64, high: UInt64) = (0, 0)
  }

  @inline(__always)
  private func add(_ word: UInt64, _ index: Int, to sum: inout Sum) {
    let place = index &* 4
    unsafe IdentifierHash.add(word, keys[place], keys[place &+ 1], to: &sum.first)
    unsafe IdentifierHash.add(word, keys[place &+ 2], keys[place &+ 3], to: &sum.second)
  }

  @inline(__always)
  private static func add(
    _ word: UInt64, _ keyLow: UInt64, _ keyHigh: UInt64, to sum: inout (low: UInt64, high: UInt64)
  ) {
    let product = keyLow.multipliedFullWidth(by: word)
    let (low, carries) = sum.low.addingReportingOverflow(product.low)
    sum.low = low
    sum.high = sum.high &+ product.high &+ keyHigh &* word &+ (carries ? 1 : 0)
  }

  @inline(__always)
  private static func head(
    _ domain: IdentifierDomain, _ institution: UInt8, _ first: Int, _ second: Int
  ) -> UInt64 {
    UInt64(domain.rawValue) | UInt64(institution) << 8 | UInt64(first) << 16
      | UInt64(second) << 24 | 1 << 32
  }

  /// The key of an id, or of two that name one thing together.
  ///
  /// - Parameters:
  ///   - institution: whose id it is; 0 where it is nobody's.
  ///   - first: at most 64 bytes.
  ///   - second: at most 64 bytes more.
  @inline(__always)
  public func key(
    _ domain: IdentifierDomain, institution: UInt8 = 0, _ first: RawSpan, _ second: RawSpan
  ) -> IdentifierKey {
    precondition(
      first.byteCount <= ExternalID.lengthMax && second.byteCount <= ExternalID.lengthMax,
      "an id is longer than its limit")
    var sum = Sum()
    add(
      IdentifierHash.head(domain, institution, first.byteCount, second.byteCount), 0, to: &sum)
    var index = 1
    index = add(first, from: index, to: &sum)
    _ = add(second, from: index, to: &sum)
    return IdentifierKey(low: sum.first.high, high: sum.second.high)
  }

  /// The key of one id.
  @inline(__always)
  public func key(
    _ domain: IdentifierDomain, institution: UInt8 = 0, _ id: RawSpan
  ) -> IdentifierKey {
    key(domain, institution: institution, id, RawSpan())
  }

  @inline(__always)
  private func add(_ bytes: RawSpan, from first: Int, to sum: inout Sum) -> Int {
    var index = first
    var offset = 0
    while offset < bytes.byteCount {
      add(bytes.word(at: offset, count: min(8, bytes.byteCount - offset)), index, to: &sum)
      offset += 8
      index += 1
    }
    return index
  }

  /// The same for ids that are held as values.
  public func key(
    _ domain: IdentifierDomain, institution: UInt8 = 0, _ first: ExternalID,
    _ second: ExternalID = .none
  ) -> IdentifierKey {
    var sum = Sum()
    add(
      IdentifierHash.head(domain, institution, Int(first.count), Int(second.count)), 0, to: &sum)
    var index = 1
    for id in [first, second] {
      for word in 0..<(Int(id.count) + 7) >> 3 {
        add(id.word(word), index, to: &sum)
        index += 1
      }
    }
    return IdentifierKey(low: sum.first.high, high: sum.second.high)
  }
}
