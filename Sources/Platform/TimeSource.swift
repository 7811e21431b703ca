// Where time comes from. Nothing above asks the system: each is handed a TimeSource.

import Glibc
public import Events
private import Synchronization

/// A clock with two hands: the time of day, which can be set, and one that only goes forward.
///
/// Both hands of one source run at the same speed, so that a step of the time of day shows as a
/// difference between them.
public protocol TimeSource: Sendable {
  func now() -> Timestamp
  /// Nanoseconds since an unnamed moment; never goes back.
  func monotonicNanoseconds() -> Int64
}

/// The clock of the machine.
public struct WallClock: TimeSource {
  public init() {}
  public func now() -> Timestamp { Timestamp(nanoseconds: read(CLOCK_REALTIME)) }
  public func monotonicNanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

  private func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    let result = unsafe clock_gettime(clock, &time)
    precondition(result == 0, "the machine has no such clock")
    return Int64(time.tv_sec) * Timestamp.nanosecondsPerSecond + Int64(time.tv_nsec)
  }
}

/// How many times faster than the machine a scaled clock runs, as a fraction.
public struct ClockSpeed: Hashable, Sendable {
  public static let termMax: Int64 = 1_000_000
  public let numerator: Int64
  public let denominator: Int64

  /// A speed; nil where a term is not between 1 and `termMax`.
  public init?(_ numerator: Int64, per denominator: Int64 = 1) {
    let allowed = 1...ClockSpeed.termMax
    guard allowed.contains(numerator), allowed.contains(denominator) else { return nil }
    self.numerator = numerator
    self.denominator = denominator
  }

  private init() {
    numerator = 1
    denominator = 1
  }

  public static let real = ClockSpeed()

  /// The scaled length of a real length of time, rounded down, within the range of Int64.
  public func scale(_ nanoseconds: Int64) -> Int64 {
    Int64(clamping: Int128(nanoseconds) * Int128(numerator) / Int128(denominator))
  }

  /// How long to wait in real time for a scaled length to pass, rounded up.
  public func real(_ nanoseconds: Int64) -> Int64 {
    let divisor = Int128(numerator)
    return Int64(clamping: (Int128(nanoseconds) * Int128(denominator) + divisor - 1) / divisor)
  }
}

/// A clock that starts at a given instant and runs faster or slower than the machine's.
///
/// It goes by the machine's monotonic hand: setting the time of day does not move it.
public struct ScaledClock: TimeSource {
  public let start: Timestamp
  public let speed: ClockSpeed
  private let machine: any TimeSource
  private let origin: Int64

  public init(start: Timestamp, speed: ClockSpeed, machine: any TimeSource = WallClock()) {
    self.start = start
    self.speed = speed
    self.machine = machine
    origin = machine.monotonicNanoseconds()
  }

  public func now() -> Timestamp {
    let (sum, overflow) = start.rawValue.addingReportingOverflow(monotonicNanoseconds())
    return Timestamp(nanoseconds: overflow ? .max : sum)
  }

  /// Scaled nanoseconds since this clock was made.
  public func monotonicNanoseconds() -> Int64 {
    speed.scale(machine.monotonicNanoseconds() - origin)
  }
}

/// A clock that moves only when told to, for simulations and tests.
public final class ManualClock: TimeSource {
  private struct Hands {
    var now: Timestamp
    var monotonic: Int64
  }
  private let hands: Mutex<Hands>

  public init(_ start: Timestamp, monotonic: Int64 = 0) {
    hands = Mutex(Hands(now: start, monotonic: monotonic))
  }

  public func now() -> Timestamp { hands.withLock { $0.now } }
  public func monotonicNanoseconds() -> Int64 { hands.withLock { $0.monotonic } }

  /// Lets time pass: both hands move.
  public func advance(byNanoseconds nanoseconds: Int64) {
    precondition(nanoseconds >= 0, "time passes forward only; set() moves the time of day back")
    hands.withLock {
      $0.now = $0.now.advanced(byNanoseconds: nanoseconds)
      $0.monotonic += nanoseconds
    }
  }

  /// Sets the time of day, forward or back; the monotonic hand stays.
  public func set(_ now: Timestamp) {
    hands.withLock { $0.now = now }
  }
}
