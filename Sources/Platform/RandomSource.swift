// Randomness: the machine's for identities, and a seeded one for simulations and tests.

private import CLinux

/// Randomness of the machine.
public enum SystemRandom {
  /// Sixteen bytes that nobody can guess, as two integers.
  public static func bytes16() -> (UInt64, UInt64) {
    var drawn: (UInt64, UInt64) = (0, 0)
    let count = unsafe withUnsafeMutableBytes(of: &drawn) { buffer in
      // Up to 256 bytes come whole: neither short nor interrupted once the pool is ready.
      var taken: Int64 = -1
      for _ in 0..<attemptsMax where taken != Int64(buffer.count) {
        taken = unsafe sluice_random(buffer.baseAddress, buffer.count)
      }
      return taken
    }
    precondition(count == 16, "the system gives no random bytes; nothing can be named without")
    return drawn
  }

  private static let attemptsMax = 1000
}

/// A generator that gives the same numbers for the same seed, for ever and on every machine.
///
/// It is xoshiro256** 1.0 by David Blackman and Sebastiano Vigna (prng.di.unimi.it, public domain),
/// its state filled by SplitMix64 as its authors advise. It is not for secrets.
public struct SeededRandom: Sendable, RandomNumberGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  public init(seed: UInt64) {
    var mixer = seed
    func mixed() -> UInt64 {
      mixer &+= 0x9e37_79b9_7f4a_7c15
      var word = mixer
      word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
      return word ^ word >> 31
    }
    state = (mixed(), mixed(), mixed(), mixed())
  }

  public mutating func next() -> UInt64 {
    let scrambled = rotated(state.1 &* 5, by: 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotated(state.3, by: 45)
    return scrambled
  }

  private func rotated(_ word: UInt64, by count: UInt64) -> UInt64 {
    word << count | word >> (64 - count)
  }

  /// A number from 0 up to but without the bound, each as likely as the others.
  public mutating func below(_ bound: UInt64) -> UInt64 {
    precondition(bound > 0, "no number is below zero")
    // Lemire's method: the upper half of a product, refused where it would favour small numbers.
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }

  public mutating func below(_ bound: Int) -> Int { Int(below(UInt64(bound))) }

  /// True `numerator` times out of `denominator`.
  public mutating func chance(numerator: UInt64, denominator: UInt64) -> Bool {
    below(denominator) < numerator
  }

  /// A generator of its own, whose numbers do not depend on how many are drawn here afterwards.
  public mutating func fork() -> SeededRandom { SeededRandom(seed: next()) }
}
