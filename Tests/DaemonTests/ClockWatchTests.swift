// What counts as a step of the clock.

import Events
import Platform
import Testing

@testable import Daemon

@Suite struct ClockWatchTests {
  private static let minute: Int64 = 60_000_000_000

  @Test(arguments: [-2 * minute, -minute - 1, minute + 1, 86_400_000_000_000])
  func `a jump of more than a minute is a step, once`(_ jump: Int64) {
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000), monotonic: 5)
    var watch = ClockWatch(isWall: true)
    #expect(watch.step(clock) == nil)
    clock.set(clock.now().advanced(byNanoseconds: jump))
    #expect(watch.step(clock) == jump)
    #expect(watch.step(clock) == nil)
  }

  @Test(arguments: [-minute, 0, minute])
  func `a jump of a minute or less is none`(_ jump: Int64) {
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000))
    var watch = ClockWatch(isWall: true)
    _ = watch.step(clock)
    clock.set(clock.now().advanced(byNanoseconds: jump))
    #expect(watch.step(clock) == nil)
  }

  @Test func `time that passes on both hands is no step`() {
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000))
    var watch = ClockWatch(isWall: true)
    _ = watch.step(clock)
    clock.advance(byNanoseconds: 3_600_000_000_000)
    #expect(watch.step(clock) == nil)
  }

  @Test func `a log on another clock sees no steps`() {
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000))
    var watch = ClockWatch(isWall: false)
    _ = watch.step(clock)
    clock.set(Timestamp(seconds: 1_900_000_000))
    #expect(watch.step(clock) == nil)
  }
}
