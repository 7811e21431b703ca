// A rollout and its waves: what was planned, where each stands, who is still to be switched.

public import Events

/// How far a rollout has come.
public enum RolloutPhase: UInt8, CaseIterable, Sendable {
  case consulted = 1
  case announced = 2
  case running = 3
  case aborted = 4
  case completed = 5

  public var name: String {
    switch self {
    case .consulted: "consulted"
    case .announced: "announced"
    case .running: "running"
    case .aborted: "aborted"
    case .completed: "completed"
    }
  }
}

/// One wave of a rollout.
public struct Wave: Hashable, Sendable {
  public var number: WaveNumber
  public var plannedAt: Timestamp
  public var openedAt: Timestamp
  /// The position of its opening: the cause of its enablements.
  public var opening: Position
  public var completedAt: Timestamp = .none
  /// How many merchants it had when it opened.
  public var merchants: UInt32
  public var enabled: UInt32 = 0
  public var rolledBack: UInt32 = 0
}

/// A roll-back or a reinstatement of many merchants, while it is being carried out and after.
public struct RunningOrder: Hashable, Sendable {
  public var position: Position
  public var isRollback: Bool
  public var order: ScopedOrder
  public var merchant: MerchantNumber
  public var orderedAt: Timestamp
  /// How many merchants it has switched so far.
  public var switched: UInt32 = 0
  public var completedAt: Timestamp = .none
  public var isCompleted: Bool { completedAt != .none }
}

/// One rollout with its history.
public struct Rollout: Sendable {
  public var number: RolloutNumber
  public var planVersion: UInt16
  public var plan: ShortText
  public var institution: Institution
  public var phase: RolloutPhase
  public var isPaused = false
  /// The window is over; merchants may be pending.
  public var isWindowOver = false
  /// An operator resumed it after the window: it may go on.
  public var mayContinue = false
  public var consultedAt: Timestamp = .none
  public var announcedAt: Timestamp = .none
  public var effectiveAt: Timestamp = .none
  public var windowEnd: Timestamp = .none
  public var startedAt: Timestamp = .none
  public var endedAt: Timestamp = .none
  public var pauseReason: ShortText = .none
  /// How many amendments its plan has had, and when the last one was.
  public var amendments: UInt32 = 0
  public var amendedAt: Timestamp = .none
  /// Every pause of its opening, in the order of time.
  public internal(set) var pauses: [Pause] = []
  /// Those of the version that stands, in the order in which they were given.
  ///
  /// `approvals(at:where:)` tells which count.
  public internal(set) var approvals: [Approval] = []
  /// Who announced or amended the version that stands.
  public internal(set) var proposer = Actor.system
  public var document: [UInt8] = []
  public var documentDigest = Digest.zero
  public var orderDigest = Digest.zero
  public var hashVersion: UInt16 = 0
  public var merchantsInOrder: UInt32 = 0
  public var wavesPlanned: UInt16 = 0
  public var registryPosition: Position = .none
  public var announcement: Position = .none
  public var start: Position = .none
  /// What ended the opening: its abort or its completion.
  public internal(set) var ending: Position = .none
  public var waves: [Wave] = []
  public var orders: [RunningOrder] = []
  /// First enablements by Beijing day, in the order of days.
  public var enabledByDay: [(day: BeijingDay, count: UInt32)] = []
  /// First enablements and their usual payments in the hour and on the day of the last one.
  public var quota = Quota()
  /// What guards it has seen so far; empty where its plan has no guardrails.
  public internal(set) var evidence = ClosedEvidence()
  /// How many events there were that can change what is due: who found nothing due need not look
  /// again before it moves, or before a time comes.
  public internal(set) var revision: UInt64 = 0
  /// Who may stand again where the scheduler has passed it already.
  public internal(set) var moved = MovedMerchants()
  /// The first order that is not completed.
  var openOrder = 0

  /// What the caps have seen: the current minute, hour and day of Beijing.
  public struct Quota: Hashable, Sendable {
    public var minute: Int64 = .min
    public var minuteMerchants: UInt64 = 0
    public var minutePayments: UInt64 = 0
    public var hour: Int64 = .min
    public var hourMerchants: UInt64 = 0
    public var hourPayments: UInt64 = 0
    public var day: BeijingDay = BeijingDay(.min)
    public var dayMerchants: UInt64 = 0
    public var dayPayments: UInt64 = 0
    public init() {}

    /// Forgets what belongs to an earlier minute, hour or day.
    ///
    /// Time never goes back here.
    public mutating func roll(to instant: Timestamp) {
      guard instant.minute > minute else { return }
      minute = instant.minute
      minuteMerchants = 0
      minutePayments = 0
      if instant.beijingHour > hour {
        hour = instant.beijingHour
        hourMerchants = 0
        hourPayments = 0
      }
      if instant.beijingDay > day {
        day = instant.beijingDay
        dayMerchants = 0
        dayPayments = 0
      }
    }

    public mutating func add(payments: UInt32, at instant: Timestamp) {
      roll(to: instant)
      add(payments: payments)
    }

    /// Adds a merchant of the minute that the quotas stand at.
    @inline(__always)
    public mutating func add(payments: UInt32) {
      minuteMerchants += 1
      hourMerchants += 1
      dayMerchants += 1
      minutePayments += UInt64(payments)
      hourPayments += UInt64(payments)
      dayPayments += UInt64(payments)
    }
  }

  /// Whether the scheduler may act on it.
  public var isActive: Bool {
    phase == .consulted || phase == .announced || phase == .running
  }

  /// The wave of a number, where it has opened.
  public func wave(_ number: WaveNumber) -> Wave? {
    let row = Int(number.rawValue) - 1
    return waves.indices.contains(row) ? waves[row] : nil
  }

  /// The order being carried out now: one at a time, first come first served.
  public var runningOrder: RunningOrder? {
    openOrder < orders.count ? orders[openOrder] : nil
  }

  /// Where the running order stands in the log, whether it is a roll-back, and when it was given:
  /// what is asked of it for every merchant.
  @inline(__always)
  public var running: (position: Position, isRollback: Bool, orderedAt: Timestamp)? {
    guard openOrder < orders.count else { return nil }
    return (
      orders[openOrder].position, orders[openOrder].isRollback, orders[openOrder].orderedAt
    )
  }

  /// Whether an order is being carried out.
  public var hasRunningOrder: Bool { openOrder < orders.count }

  /// The running order and all behind it.
  public var openOrders: ArraySlice<RunningOrder> { orders[openOrder...] }
}

// What events change.
extension Rollout {
  mutating func begin(
    _ fields: RolloutStarted, _ position: Position, _ time: Timestamp
  ) {
    phase = .running
    startedAt = time
    start = position
    orderDigest = fields.orderDigest
    hashVersion = fields.hashVersion
    merchantsInOrder = fields.merchants
    wavesPlanned = fields.waves
    registryPosition = fields.registryPosition
  }

  /// Puts a new version of the plan in place; what was bound to the old one is void.
  mutating func amend(_ fields: RolloutAmended, by actor: Actor, at time: Timestamp) {
    proposer = actor
    planVersion = fields.planVersion
    effectiveAt = fields.effectiveAt
    windowEnd = fields.windowEnd
    document = fields.document
    documentDigest = fields.digest
    approvals.removeAll()
    amendments += 1
    amendedAt = time
    evidence.beginAnew(at: time)
    guard isWindowOver, time < windowEnd else { return }
    // A window that has become longer ends again.
    isWindowOver = false
    mayContinue = false
  }

  mutating func revise() { revision += 1 }

  /// Takes note of a merchant that may stand again where the scheduler has passed it.
  mutating func meet(_ merchant: MerchantNumber) {
    if phase == .running || openOrder < orders.count { moved.append(merchant) }
    revise()
  }

  mutating func count(_ time: Timestamp, _ dailyPayments: UInt32) {
    quota.add(payments: dailyPayments, at: time)
    if enabledByDay.last?.day != time.beijingDay { enabledByDay.append((time.beijingDay, 0)) }
    enabledByDay[enabledByDay.count - 1].count += 1
    revise()
  }

  /// Counts a switch for the order that led to it; nobody remembers where it passed by what the
  /// running order itself has switched.
  mutating func countSwitch(
    _ cause: Position, _ merchant: MerchantNumber, isPendingAgain: Bool
  ) {
    let isRunning = openOrder < orders.count && orders[openOrder].position == cause
    if isRunning {
      orders[openOrder].switched += 1
    } else if let row = orders.lastIndex(where: { $0.position == cause }) {
      orders[row].switched += 1
    }
    if !isRunning || isPendingAgain { meet(merchant) } else { revise() }
  }

  mutating func completeOrder(_ cause: Position, _ time: Timestamp) {
    guard let row = orders.lastIndex(where: { $0.position == cause }) else { return }
    orders[row].completedAt = time
    while openOrder < orders.count, orders[openOrder].isCompleted { openOrder += 1 }
  }
}
