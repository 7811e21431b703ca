// The rollouts and their waves: what was planned, where each stands, who is still to be switched.

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
  package var runningOrder: RunningOrder? { orders.first { !$0.isCompleted } }
}

/// Every rollout, in the order of consultation or announcement.
package struct RolloutBoard: Sendable {
  package private(set) var rollouts: [Rollout] = []

  package init() {}

  package func rollout(_ number: RolloutNumber) -> Rollout? {
    let row = Int(number.rawValue) - 1
    return rollouts.indices.contains(row) ? rollouts[row] : nil
  }

  package func rollout(plan: ShortText) -> Rollout? { rollouts.first { $0.plan == plan } }

  /// Folds one event.
  ///
  /// `dailyPayments` are the usual payments of the event's merchant, for the caps.
  ///
  /// - Throws: `DecodeFault.unknownReference` for a rollout or a wave that was never announced or
  ///   opened.
  package mutating func apply(
    _ event: Event, at position: Position, dailyPayments: UInt32
  ) throws(DecodeFault) {
    let time = event.header.logTime
    switch event.payload {
    case .rolloutConsulted(let fields): try consult(fields, time)
    case .rolloutAnnounced(let fields): try announce(fields, position, time)
    case .rolloutApproved(let fields):
      try change(fields.rollout) { $0.approvals.append(event.header.actor) }
    case .rolloutStarted(let fields):
      try change(fields.rollout) { $0.begin(fields, position, time) }
    case .rolloutPaused(let fields):
      try change(fields.rollout) {
        $0.isPaused = true
        $0.pauseReason = fields.reason
      }
    case .rolloutResumed(let fields):
      try change(fields.rollout) {
        $0.isPaused = false
        $0.pauseReason = .none
        if $0.isWindowOver { $0.mayContinue = true }
      }
    case .rolloutAborted(let fields):
      try change(fields.rollout) {
        $0.phase = .aborted
        $0.endedAt = time
      }
    case .windowEnded(let fields):
      try change(fields.rollout) { $0.isWindowOver = true }
    case .rolloutCompleted(let fields):
      try change(fields.rollout) {
        $0.phase = .completed
        $0.endedAt = time
      }
    case .waveOpened(let fields): try open(fields, position, time)
    case .waveCompleted(let fields):
      try changeWave(fields.rollout, fields.wave) { $0.completedAt = time }
    case .merchantEnabled(let fields):
      try changeWave(fields.rollout, fields.wave) { $0.enabled += 1 }
      try change(fields.rollout) { $0.count(time, dailyPayments) }
    default:
      try applyOrder(event, at: position)
    }
  }

  private mutating func applyOrder(_ event: Event, at position: Position) throws(DecodeFault) {
    let header = event.header
    switch event.payload {
    case .rollbackOrdered(let fields), .reinstatementOrdered(let fields):
      try change(fields.rollout) {
        $0.orders.append(
          RunningOrder(
            position: position, isRollback: event.kind == .rollbackOrdered, order: fields,
            merchant: header.merchant, orderedAt: header.logTime))
      }
    case .merchantRolledBack(let fields):
      try changeWave(fields.rollout, fields.wave) { $0.rolledBack += 1 }
      try change(fields.rollout) { $0.countSwitch(header.cause) }
    case .merchantReinstated(let fields):
      if fields.wave != .none {
        try changeWave(fields.rollout, fields.wave) {
          $0.rolledBack = $0.rolledBack == 0 ? 0 : $0.rolledBack - 1
        }
      }
      try change(fields.rollout) { $0.countSwitch(header.cause) }
    case .rollbackCompleted(let fields), .reinstatementCompleted(let fields):
      try change(fields.rollout) { $0.completeOrder(header.cause, header.logTime) }
    default:
      break
    }
  }

  private mutating func consult(
    _ fields: RolloutConsulted, _ time: Timestamp
  ) throws(DecodeFault) {
    guard Int(fields.rollout.rawValue) == rollouts.count + 1 else {
      throw .unknownReference(.init("rollout"), UInt64(fields.rollout.rawValue))
    }
    var rollout = Rollout(
      number: fields.rollout, planVersion: fields.planVersion, plan: fields.plan,
      institution: fields.institution, phase: .consulted)
    rollout.consultedAt = fields.consultedAt
    rollouts.append(rollout)
  }

  private mutating func announce(
    _ fields: RolloutAnnounced, _ position: Position, _ time: Timestamp
  ) throws(DecodeFault) {
    if Int(fields.rollout.rawValue) == rollouts.count + 1 {
      rollouts.append(
        Rollout(
          number: fields.rollout, planVersion: fields.planVersion, plan: fields.plan,
          institution: fields.institution, phase: .announced))
    }
    try change(fields.rollout) {
      $0.phase = .announced
      $0.planVersion = fields.planVersion
      $0.announcedAt = time
      $0.effectiveAt = fields.effectiveAt
      $0.windowEnd = fields.windowEnd
      $0.document = fields.document
      $0.documentDigest = fields.digest
      $0.announcement = position
    }
  }

  private mutating func open(
    _ fields: WaveOpened, _ position: Position, _ time: Timestamp
  ) throws(DecodeFault) {
    guard let rollout = rollout(fields.rollout),
      Int(fields.wave.rawValue) == rollout.waves.count + 1
    else {
      throw .unknownReference(.init("wave"), UInt64(fields.wave.rawValue))
    }
    try change(fields.rollout) {
      $0.waves.append(
        Wave(
          number: fields.wave, plannedAt: fields.plannedAt, openedAt: time, opening: position,
          merchants: fields.merchants))
    }
  }

  private mutating func change(
    _ number: RolloutNumber, _ body: (inout Rollout) -> Void
  ) throws(DecodeFault) {
    let row = Int(number.rawValue) - 1
    guard rollouts.indices.contains(row) else {
      throw .unknownReference(.init("rollout"), UInt64(number.rawValue))
    }
    body(&rollouts[row])
  }

  private mutating func changeWave(
    _ number: RolloutNumber, _ wave: WaveNumber, _ body: (inout Wave) -> Void
  ) throws(DecodeFault) {
    let row = Int(wave.rawValue) - 1
    guard let rollout = rollout(number), rollout.waves.indices.contains(row) else {
      throw .unknownReference(.init("wave"), UInt64(wave.rawValue))
    }
    try change(number) { body(&$0.waves[row]) }
  }
}

extension Rollout {
  fileprivate mutating func begin(
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

  fileprivate mutating func count(_ time: Timestamp, _ dailyPayments: UInt32) {
    quota.add(payments: dailyPayments, at: time)
    if enabledByDay.last?.day != time.beijingDay { enabledByDay.append((time.beijingDay, 0)) }
    enabledByDay[enabledByDay.count - 1].count += 1
  }

  fileprivate mutating func countSwitch(_ cause: Position) {
    guard let row = orders.lastIndex(where: { $0.position == cause }) else { return }
    orders[row].switched += 1
  }

  fileprivate mutating func completeOrder(_ cause: Position, _ time: Timestamp) {
    guard let row = orders.lastIndex(where: { $0.position == cause }) else { return }
    orders[row].completedAt = time
  }
}
