// Every state of a rollout that a command can meet, each made by the commands that lead to it.

import Events
import Orchestrator
import Projections

/// A state in which the table of commands has a row.
enum RolloutState: String, CaseIterable, Sendable {
  case none = "none of that plan"
  case consulted = "consulted"
  case consultedPaused = "consulted, paused"
  case announced = "announced"
  case announcedPaused = "announced, paused"
  case running = "running"
  case runningPaused = "running, paused"
  case windowOver = "window over, held"
  case windowOverPaused = "window over, paused"
  case windowOverResumed = "window over, resumed"
  case rollingBack = "a roll-back of all goes on"
  case rolledBack = "rolled back, paused by it"
  case reinstating = "a reinstatement goes on"
  case aborted = "aborted, nobody on"
  case abortedOn = "aborted, some on"
  case abortedRolledBack = "aborted, rolled back"
  case completed = "completed, all on"
  case completedRolledBack = "completed, rolled back"

  static let plan = Desk.text("p")

  /// Four merchants; at most one is enabled an hour until it is asked for more.
  func desk() throws -> Desk {
    let desk = try Desk.with(merchants: 4)
    let plan = RolloutState.plan
    func order(_ isRollback: Bool) throws {
      try desk.send(
        isRollback
          ? .rollBack(plan: plan, .all, Desk.reason) : .reinstate(plan: plan, .all, Desk.reason))
    }
    func pause() throws { try desk.send(.pause(plan: plan, Desk.reason)) }
    func abort() throws { try desk.send(.abort(plan: plan, Desk.reason)) }
    switch self {
    case .none: break
    case .consulted, .consultedPaused:
      try desk.send(.consult(document: Desk.plan()))
      if self == .consultedPaused { try pause() }
    case .announced, .announcedPaused:
      try announce(desk)
      if self == .announcedPaused { try pause() }
    case .running, .runningPaused, .abortedOn, .abortedRolledBack:
      try open(desk)
      if self == .runningPaused { try pause() }
      if self == .abortedOn || self == .abortedRolledBack { try abort() }
      if self == .abortedRolledBack {
        try order(true)
        try desk.settle()
      }
    case .windowOver, .windowOverPaused, .windowOverResumed:
      try open(desk)
      try desk.goTo(hour: 24, minute: 1)
      try desk.settle()
      if self == .windowOverPaused { try pause() }
      if self == .windowOverResumed { try desk.send(.resume(plan: plan, Desk.reason)) }
    case .rollingBack, .rolledBack, .reinstating:
      try open(desk)
      try order(true)
      if self != .rollingBack { try desk.settle() }
      if self == .reinstating { try order(false) }
    case .aborted:
      try announce(desk)
      try desk.send(.start(plan: plan))
      try abort()
    case .completed, .completedRolledBack:
      try open(desk)
      try desk.run(from: 9, to: 14)
      if self == .completedRolledBack {
        try order(true)
        try desk.settle()
      }
    }
    return desk
  }

  private func announce(_ desk: Desk) throws {
    try desk.send(.announce(document: Desk.plan()))
  }

  /// One merchant is on.
  private func open(_ desk: Desk) throws {
    try announce(desk)
    try desk.send(.start(plan: RolloutState.plan))
    try desk.goTo(hour: 8, minute: 30)
    try desk.settle()
  }
}

/// Every state of a merchant under a rollout that runs.
enum MerchantPlace: String, CaseIterable, Sendable {
  case unknown = "not registered"
  case pending = "pending"
  case enabled = "enabled"
  case leaving = "enabled, a roll-back that covers it goes on"
  case rolledBack = "rolled back, cooled off"
  case cooling = "rolled back, cooling off"
  case excluded = "excluded, never on"
  case excludedOn = "excluded, was on"
  case excludedLeaving = "excluded, a roll-back that covers it goes on"
  case reinstated = "reinstated"
  case closed = "closed, was on"

  /// A log in which the merchant `m1` stands so.
  func desk() throws -> Desk {
    let merchant = Desk.text("m1")
    let plan = RolloutState.plan
    // The first wave has it: there is nobody else.
    let desk = try Desk.with(merchants: self == .unknown ? 0 : 1)
    if self == .unknown { try desk.register("m2") }
    try desk.send(.announce(document: Desk.plan(coolingOff: 30)))
    try desk.send(.start(plan: plan))
    try desk.goTo(hour: 8, minute: 30)
    let isOn = self != .pending && self != .excluded && self != .unknown
    if isOn { try desk.settle() }
    switch self {
    case .unknown, .pending, .enabled: break
    case .leaving: try desk.send(.rollBack(plan: plan, .tier(.t3), Desk.reason))
    case .rolledBack, .cooling, .reinstated:
      try desk.send(.rollBack(plan: plan, .merchant(merchant), Desk.reason))
      try desk.settle()
      if self != .cooling { try desk.goTo(hour: 9, minute: 1) }
      if self == .reinstated { try desk.send(.reinstateMerchant(merchant, plan: plan)) }
    case .excluded, .excludedOn, .excludedLeaving:
      if self == .excludedLeaving {
        try desk.send(.rollBack(plan: plan, .tier(.t3), Desk.reason))
      }
      try desk.send(.excludeMerchant(merchant, plan: plan, Desk.reason))
    case .closed: try desk.send(.closeMerchant(merchant, Desk.reason))
    }
    return desk
  }
}
