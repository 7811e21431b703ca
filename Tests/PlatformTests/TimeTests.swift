import Events
import Platform
import Testing

@Suite struct TimeTests {
  @Test func `A scaled clock runs from its start at its speed`() throws {
    let machine = ManualClock(Timestamp(seconds: 99), monotonic: 1_000)
    let speed = try #require(ClockSpeed(7, per: 2))
    let clock = ScaledClock(start: Timestamp(seconds: 10), speed: speed, machine: machine)
    #expect(clock.now() == Timestamp(seconds: 10))
    machine.advance(byNanoseconds: 1_000_000_001)
    #expect(clock.now() == Timestamp(nanoseconds: 13_500_000_003))
    #expect(clock.monotonicNanoseconds() == 3_500_000_003)
    machine.set(Timestamp(seconds: 1))
    #expect(clock.now() == Timestamp(nanoseconds: 13_500_000_003))
  }

  @Test func `A scaled length stays in the range, and waits are rounded up`() throws {
    let fast = try #require(ClockSpeed(1_000_000))
    #expect(fast.scale(.max) == .max)
    #expect(fast.real(1) == 1)
    #expect(fast.real(1_000_001) == 2)
    #expect(ClockSpeed.real.scale(5) == 5)
    #expect(ClockSpeed(0) == nil && ClockSpeed(1, per: 0) == nil && ClockSpeed(1_000_001) == nil)
  }

  @Test func `Setting a manual clock leaves its monotonic hand`() {
    let clock = ManualClock(Timestamp(seconds: 5))
    clock.advance(byNanoseconds: 3)
    clock.set(Timestamp(seconds: 1))
    #expect(clock.now() == Timestamp(seconds: 1) && clock.monotonicNanoseconds() == 3)
  }

  @Test func `A seed gives the same numbers for ever`() {
    var random = SeededRandom(seed: 0)
    // The first outputs of xoshiro256** over SplitMix64 from 0.
    #expect(random.next() == 0x99ec_5f36_cb75_f2b4)
    #expect(random.next() == 0xbf6e_1f78_4956_452a)
    #expect(random.next() == 0x1a5f_849d_4933_e6e0)
    var drawn = [Int](repeating: 0, count: 7)
    for _ in 0..<7_000 { drawn[random.below(7)] += 1 }
    #expect(drawn.allSatisfy { (800...1_200).contains($0) })
    let never = random.chance(numerator: 0, denominator: 3)
    let always = random.chance(numerator: 3, denominator: 3)
    #expect(!never && always)
  }

  @Test func `The machine's bytes differ each time`() {
    #expect(SystemRandom.bytes16() != SystemRandom.bytes16())
  }
}
