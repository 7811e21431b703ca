// A rollout and its waves: what was planned, where each stands, who is still to be switched.

package import Events

/// How far a rollout has come.
package enum RolloutPhase: UInt8, CaseIterable, Sendable {
  case consulted = 1
  case announced = 2
  case running = 3
  case aborted = 4
  case completed = 5

  package var name: String {
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
package struct Wave: Hashable, Sendable {
  package var number: WaveNumber
  package var plannedAt: Timestamp
  package var openedAt: Timestamp
  /// The position of its opening: the cause of its enablements.
  package var opening: Position
  package var completedAt: Timestamp = .none
  /// How many merchants it had when it opened.
  package var merchants: UInt32
  package var enabled: UInt32 = 0
  package var rolledBack: UInt32 = 0
}

/// A roll-back or a reinstatement of many merchants, while it is being carried out and after.
package struct RunningOrder: Hashable, Sendable {
  package var position: Position
  package var isRollback: Bool
  package var order: ScopedOrder
  package var merchant: MerchantNumber
  package var orderedAt: Timestamp
  /// How many merchants it has switched so far.
  package var switched: UInt32 = 0
  package var completedAt: Timestamp = .none
  package var isCompleted: Bool { completedAt != .none }
}

/// One rollout with its history.
package struct Rollout: Sendable {
  package var number: RolloutNumber
  package var planVersion: UInt16
  package var plan: ShortText
  package var institution: Institution
  package var phase: RolloutPhase
  package var isPaused = false
  /// The window is over; merchants may be pending.
  package var isWindowOver = false
  /// An operator resumed it after the window: it may go on.
  package var mayContinue = false
  package var consultedAt: Timestamp = .none
  package var announcedAt: Timestamp = .none
  package var effectiveAt: Timestamp = .none
  package var windowEnd: Timestamp = .none
  package var startedAt: Timestamp = .none
  package var endedAt: Timestamp = .none
  package var pauseReason: ShortText = .none
  package var approvals: [Actor] = []
  package var document: [UInt8] = []
  package var documentDigest = Digest.zero
  package var orderDigest = Digest.zero
  package var hashVersion: UInt16 = 0
  package var merchantsInOrder: UInt32 = 0
  package var wavesPlanned: UInt16 = 0
  package var registryPosition: Position = .none
  package var announcement: Position = .none
  package var start: Position = .none
  package var waves: [Wave] = []
  package var orders: [RunningOrder] = []
  /// First enablements by Beijing day, in the order of days.
  package var enabledByDay: [(day: BeijingDay, count: UInt32)] = []
  /// First enablements and their usual payments in the hour and on the day of the last one.
  package var quota = Quota()
  /// How many events there were that can change what is due: who found nothing due need not look
  /// again before it moves, or before a time comes.
  package private(set) var revision: UInt64 = 0
  /// Who may stand again where the scheduler has passed it already.
  package private(set) var moved = MovedMerchants()
  /// The first order that is not completed.
  private(set) var openOrder = 0

  /// What the caps have seen: the current hour and day of Beijing.
  package struct Quota: Hashable, Sendable {
    package var hour: Int64 = .min
    package var hourMerchants: UInt64 = 0
    package var hourPayments: UInt64 = 0
    package var day: BeijingDay = BeijingDay(.min)
    package var dayMerchants: UInt64 = 0
    package var dayPayments: UInt64 = 0
    package init() {}

    /// Forgets what belongs to an earlier hour or day.
    ///
    /// Time never goes back here.
    package mutating func roll(to instant: Timestamp) {
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

    package mutating func add(payments: UInt32, at instant: Timestamp) {
      roll(to: instant)
      hourMerchants += 1
      dayMerchants += 1
      hourPayments += UInt64(payments)
      dayPayments += UInt64(payments)
    }
  }

  /// Whether the scheduler may act on it.
  package var isActive: Bool {
    phase == .consulted || phase == .announced || phase == .running
  }

  /// The wave of a number, where it has opened.
  package func wave(_ number: WaveNumber) -> Wave? {
    let row = Int(number.rawValue) - 1
    return waves.indices.contains(row) ? waves[row] : nil
  }

  /// The order being carried out now: one at a time, first come first served.
  package var runningOrder: RunningOrder? {
    openOrder < orders.count ? orders[openOrder] : nil
  }

  /// Whether an order is being carried out.
  package var hasRunningOrder: Bool { openOrder < orders.count }

  /// The running order and all behind it.
  package var openOrders: ArraySlice<RunningOrder> { orders[openOrder...] }
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
