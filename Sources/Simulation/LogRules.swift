// What must hold for every log, whoever wrote it: asked of each event in order, with a memory of
// its own, so that no mistake of the state that decided them can hide itself.

import Events
import Orchestrator
import Projections
import Rollout

/// The rules of a log, event by event.
struct LogRules {
  private struct Merchant {
    var dailyPayments: UInt32 = 0
    var isEnabled = false
  }

  private struct Used {
    var merchants: UInt64 = 0
    var payments: UInt64 = 0
  }

  private let plan: Plan?
  /// The merchants in the order, and their payments together.
  private let whole: (merchants: UInt64, payments: UInt64)
  private var logTime = Timestamp.none
  private var merchants: [MerchantNumber: Merchant] = [:]
  private var hours: [Int64: Used] = [:]
  private var days: [BeijingDay: Used] = [:]
  private var isPaused = false
  private var isHeld = false
  private var isRunning = false
  private var mayContinue = false
  private var isWindowOver = false
  private var ordersRunning = 0
  private var last = CommandID.none
  private var seen: Set<CommandID> = []
  private(set) var digests: [CommandID: UInt64] = [:]

  /// - Parameter state: the fold of the whole log, asked only for the plan and the whole of its
  ///   order.
  init(_ state: DecisionState) {
    let rollout = RolloutNumber(1)
    plan = state.plan(rollout)
    let order = state.order(rollout)
    whole = (UInt64(order?.count ?? 0), order?.dailyPayments ?? 0)
  }

  /// What is wrong with the next event; nil where nothing is.
  mutating func fault(_ event: Event, of batch: Timestamp) -> String? {
    let header = event.header
    if header.logTime != batch { return "an event's log time is not its batch's" }
    if header.logTime < logTime { return "log time goes back" }
    logTime = header.logTime
    if header.commandID != last {
      if !seen.insert(header.commandID).inserted { return "a command was carried out twice" }
      last = header.commandID
      digests[header.commandID] = header.commandDigest
    }
    switch event.payload {
    case .merchantRegistered(let fields):
      merchants[header.merchant] = Merchant(dailyPayments: fields.dailyPayments)
    case .merchantUpdated(let fields):
      merchants[header.merchant]?.dailyPayments = fields.dailyPayments
    case .merchantEnabled: return enabling(header)
    case .clockStepped: isHeld = true
    case .clockConfirmed: isHeld = false
    case .rolloutStarted: isRunning = true
    case .rolloutPaused: isPaused = true
    case .rolloutResumed:
      isPaused = false
      if isWindowOver { mayContinue = true }
    case .rolloutAborted, .rolloutCompleted: isRunning = false
    case .windowEnded: isWindowOver = true
    case .rollbackOrdered, .reinstatementOrdered: ordersRunning += 1
    case .rollbackCompleted, .reinstatementCompleted: ordersRunning -= 1
    default: break
    }
    return nil
  }

  private mutating func enabling(_ header: EventHeader) -> String? {
    guard let plan, var merchant = merchants[header.merchant] else {
      return "a merchant is enabled that is not known"
    }
    if merchant.isEnabled { return "merchant \(header.merchant.rawValue) is enabled twice" }
    merchant.isEnabled = true
    merchants[header.merchant] = merchant
    if !isRunning { return "a merchant is enabled while the rollout does not run" }
    if isPaused { return "a merchant is enabled during a pause" }
    if isHeld { return "a merchant is enabled while the clock is held" }
    if ordersRunning > 0 { return "a merchant is enabled while an order is carried out" }
    if header.logTime < plan.effectiveAt { return "a merchant is enabled before the window" }
    let isOver = header.logTime >= plan.windowEnd
    if isOver, plan.afterWindow == .hold, !mayContinue {
      return "a merchant is enabled after the window"
    }
    return use(merchant.dailyPayments, header.logTime, plan.caps)
  }

  private mutating func use(
    _ payments: UInt32, _ time: Timestamp, _ caps: Plan.Caps
  ) -> String? {
    var hour = hours[time.beijingHour] ?? Used()
    var day = days[time.beijingDay] ?? Used()
    hour.merchants += 1
    day.merchants += 1
    hour.payments += UInt64(payments)
    day.payments += UInt64(payments)
    hours[time.beijingHour] = hour
    days[time.beijingDay] = day
    if hour.merchants > caps.merchantsPerHour.limit(of: whole.merchants) {
      return "the cap on merchants of an hour is exceeded"
    }
    if day.merchants > caps.merchantsPerDay.limit(of: whole.merchants) {
      return "the cap on merchants of a day is exceeded"
    }
    guard payments > 0 else { return nil }
    if hour.payments > caps.paymentsPerHour.limit(of: whole.payments) {
      return "the cap on payments of an hour is exceeded"
    }
    if day.payments > caps.paymentsPerDay.limit(of: whole.payments) {
      return "the cap on payments of a day is exceeded"
    }
    return nil
  }
}
