// A rollout ahead of time: when its waves open and end if nobody disturbs it, and what each hour
// lets through.
//
// It is the scheduler by the run. The scheduler asks of every merchant what an operator may have
// done to it, and its steps become events; here everyone who stands in the order is pending until
// it is enabled, so that a run of merchants is a walk over their payments. What opens a wave, what
// soaks, what is closed and what a cap lets through are asked of the same rules (Plan, CapMeter) at
// the same instants, from the day of effect on, one at which something is due after the other.
// `ForecastTests` holds the two against each other.

public import Events
import Projections

/// The course of a plan over a registry.
public struct Forecast: Sendable {
  /// How long behind the window a plan that goes on is followed.
  public static let daysBehindWindow: Int64 = 30

  /// One wave.
  public struct Wave: Hashable, Sendable {
    /// `.none` where it does not open, or does not end.
    public internal(set) var openedAt = Timestamp.none
    public internal(set) var completedAt = Timestamp.none
    public internal(set) var enabled: UInt64 = 0
    /// The usual payments a day of those who are enabled in it.
    public internal(set) var dailyPayments: UInt64 = 0
  }

  /// What a clock hour of Beijing lets in.
  public struct Hour: Hashable, Sendable {
    /// Counted as `Timestamp.beijingHour`.
    public var hour: Int64
    public var merchants: UInt64 = 0
    public var dailyPayments: UInt64 = 0
    /// The cap that kept the next merchant waiting last.
    public var hold: CapKind?
  }

  public private(set) var waves: [Wave]
  /// Those in which somebody is let in or kept waiting by a cap, in their order.
  public private(set) var hours: [Hour] = []
  /// When the last merchant is in; `.none` where some stay pending.
  public private(set) var completedAt = Timestamp.none
  /// How many stay pending.
  public var pending: Int { payments.count - place }

  private let plan: Plan
  private let whole: OrderWhole
  private let starts: [Int]
  /// The usual payments a day of each, in order.
  private let payments: [UInt32]
  private var quota = Rollout.Quota()
  /// How many waves have opened, and whether the last of them is open still.
  private var opened = 0
  private var isOpen = false
  private var soaksUntil = Timestamp.none
  /// How many merchants are in.
  private var place = 0

  /// Follows a plan to its end, or as far as it goes.
  ///
  /// - Parameters:
  ///   - starts: where each wave begins in the order; one more at the end.
  ///   - payments: the usual payments a day of each merchant, in order.
  init(_ plan: Plan, whole: OrderWhole, starts: [Int], payments: [UInt32]) {
    self.plan = plan
    self.whole = whole
    self.starts = starts
    self.payments = payments
    waves = [Wave](repeating: Wave(), count: plan.waves.count)
    let last = plan.windowEnd.advanced(
      bySeconds: Forecast.daysBehindWindow * BeijingDay.secondsPerDay)
    var now = plan.effectiveAt
    while now <= last, now < plan.windowEnd || plan.afterWindow == .continue {
      guard let next = takeWhatIsDue(now), next > now else { return }
      now = next
    }
  }

  /// The next instant at which something can be due; nil where nothing will be.
  private mutating func takeWhatIsDue(_ now: Timestamp) -> Timestamp? {
    let closure = plan.closure(at: now)
    var meter = CapMeter(plan.caps, of: whole, quota: quota, now: now)
    defer { quota = meter.quota }
    while true {
      if !isOpen {
        guard opened < waves.count else {
          completedAt = now
          return nil
        }
        let opens = max(plan.waves[opened].opensAt, soaksUntil)
        if now < opens { return plan.open(from: opens) }
        if let closure { return plan.open(from: closure.to) }
        waves[opened].openedAt = now
        opened += 1
        isOpen = true
      }
      if place < starts[opened] {
        if let closure { return plan.open(from: closure.to) }
        if let hold = enable(now, &meter) { return hold.freesAt.map { plan.open(from: $0) } }
      }
      waves[opened - 1].completedAt = now
      soaksUntil = now.advanced(byNanoseconds: plan.soak(of: WaveNumber(UInt16(opened))))
      isOpen = false
    }
  }

  /// Enables the open wave up to its end; what keeps the next merchant where it comes not so far.
  private mutating func enable(_ now: Timestamp, _ meter: inout CapMeter) -> CapHold? {
    let first = place
    var volume: UInt64 = 0
    let end = starts[opened]
    while place < end, meter.lets(payments[place]) {
      meter.add(payments: payments[place])
      volume += UInt64(payments[place])
      place += 1
    }
    let hold = place < end ? meter.hold(.none, payments: payments[place]) : nil
    if hours.last?.hour != now.beijingHour { hours.append(Hour(hour: now.beijingHour)) }
    hours[hours.count - 1].merchants += UInt64(place - first)
    hours[hours.count - 1].dailyPayments += volume
    hours[hours.count - 1].hold = hold?.kind
    waves[opened - 1].enabled += UInt64(place - first)
    waves[opened - 1].dailyPayments += volume
    return hold
  }
}
