// Writes a story: the operator's day, from the first merchant to the last refund.

import Events
import Orchestrator
import Platform
import Text

/// Draws the stages of a workload one after the other.
struct StoryWriter {
  private static let categories = ["books", "games", "food", "tea", "shoes"]
  private static let reason = Reason(
    reason: ShortText("rehearsal") ?? .none, reasonReference: .zero)

  /// What becomes of the rollout beside the usual.
  enum Turn: Int, CaseIterable {
    case plain, heldOverWindow, aborted, allRolledBack
  }

  let merchants: Int
  let days: Int
  let plan: ShortText
  let approvals: Int
  let turn: Turn
  private let holds: Bool
  var random: SeededRandom
  var stages: [Workload.Stage] = []
  private var registered: [ExternalID] = []
  /// How many of them earlier stages registered: whom two clients may speak of at once.
  private(set) var known = 0
  /// Instants at which no wave is being opened, at which orders may have been placed.
  var quietInstants: [Timestamp] = []
  var orders = PaymentWriter()
  private var commands: [[Command]] = []
  private var sent: UInt64 = 0

  init(seed: UInt64, merchants: Int, days: Int, plan: ShortText) {
    self.merchants = merchants
    self.days = days
    self.plan = plan
    var random = SeededRandom(seed: seed ^ 0x0570_71e5)
    approvals = random.below(3)
    let drawn = Turn(rawValue: random.below(Turn.allCases.count)) ?? .plain
    turn = random.below(2) == 0 ? .plain : drawn
    holds = random.below(2) == 0
    self.random = random
  }

  // MARK: Stages

  /// An instant of the story: a time of a Beijing day, day 0 being that of genesis.
  func instant(day: Int, _ hour: Int64 = 0, _ minute: Int64 = 0) -> Timestamp {
    Workload.genesis.beijingDay.advanced(byDays: day).start
      .advanced(bySeconds: hour * 3_600 + minute * 60)
  }

  /// The day of the story on which the plan takes effect.
  private static let effectiveDay = 10

  mutating func stage(
    _ day: Int, _ hour: Int64, _ minute: Int64 = 0, isQuiet: Bool = false,
    hasPayments: Bool = true, _ body: (inout StoryWriter) -> Void
  ) {
    commands = [[Command]](repeating: [], count: Workload.clientCount)
    let at = instant(day: day, hour, minute)
    // Ten minutes before such a stage nothing is under way.
    if isQuiet || (1..<StoryWriter.effectiveDay).contains(day) {
      quietInstants.append(at.advanced(bySeconds: -600))
    }
    known = registered.count
    body(&self)
    if hasPayments {
      var writer = orders
      writer.write(&self)
      orders = writer
    }
    stages.append(Workload.Stage(at: at, clients: commands, isQuiet: isQuiet))
  }

  mutating func send(
    _ body: Command.Body, client: Int = 0, actor: Actor = Actor(.operator, id: 1),
    occurredAt: Timestamp = .none
  ) {
    sent += 1
    let name = Array("\(sent)".utf8)
    commands[client].append(
      Command(
        id: Command.id("story", name), digest: Command.digest(name), actor: actor,
        occurredAt: occurredAt, body: body))
  }

  mutating func write() {
    prepare()
    for day in 1...days { writeDay(day) }
    close()
  }

  private mutating func prepare() {
    stage(0, 10, 30) { story in
      for _ in 0..<(story.merchants * 17 / 20) { story.register() }
    }
    stage(1, 9) { story in
      if story.random.below(3) > 0 { story.send(.consult(document: story.document)) }
      story.send(.approve(plan: story.plan, role: story.plan))
    }
    stage(2, 9) { story in
      story.send(.announce(document: story.document))
      story.send(.announce(document: story.document))
      story.send(.start(plan: story.plan))
    }
    stage(3, 9) { story in
      for person in 0..<story.approvals {
        story.send(
          .approve(plan: story.plan, role: story.plan),
          actor: Actor(.operator, id: UInt32(7 + person)))
      }
    }
    stage(8, 9) { story in
      for _ in 0..<max(1, story.merchants / 20) { story.register() }
      story.send(.excludeMerchant(story.anyone(), plan: story.plan, StoryWriter.reason))
    }
    // A payment keeps the tier that its merchant has: nobody pays while tiers change.
    stage(8, 12, hasPayments: false) { story in story.update(story.anyone()) }
    stage(9, 12) { story in
      story.send(.start(plan: story.plan))
      story.send(.start(plan: story.plan))
    }
  }

  private mutating func writeDay(_ day: Int) {
    let today = StoryWriter.effectiveDay + day - 1
    let isLast = day == days
    let isHeldOver = isLast && turn == .heldOverWindow
    let pauses = isHeldOver || random.below(3) == 0
    let steps = !isHeldOver && random.below(4) == 0
    let middle = max(2, days / 2)
    stage(today, 9, 30) { story in
      if pauses { story.send(.pause(plan: story.plan, StoryWriter.reason)) }
      if steps { story.send(.stepClock(ClockStepped(step: 90_000_000_000)), actor: .system) }
    }
    stage(today, 11) { story in
      if !isHeldOver { story.send(.resume(plan: story.plan, StoryWriter.reason)) }
      story.send(.confirmClock)
      if !isLast, story.random.below(3) == 0 { story.register() }
    }
    stage(today, 21, isQuiet: !isHeldOver) { story in
      if day == middle, story.turn == .aborted {
        story.send(.abort(plan: story.plan, StoryWriter.reason))
        story.send(.rollBack(plan: story.plan, .all, StoryWriter.reason))
      } else if day == middle, story.turn == .allRolledBack {
        story.send(.rollBack(plan: story.plan, .all, StoryWriter.reason))
      } else if !isHeldOver {
        story.disturb()
      }
    }
    stage(today, 21, 30, isQuiet: !isHeldOver, hasPayments: false) { story in
      if !isHeldOver, story.random.below(3) == 0 { story.update(story.anyone()) }
    }
    stage(today, 22, isQuiet: !isHeldOver) { _ in }
    stage(today, 23, isQuiet: !isHeldOver) { story in
      if story.turn == .allRolledBack, day == middle {
        story.send(.reinstate(plan: story.plan, .all, StoryWriter.reason))
      } else if !isHeldOver {
        story.restore()
      }
    }
  }

  private mutating func close() {
    let after = StoryWriter.effectiveDay + days
    stage(after, 10) { story in
      story.send(.resume(plan: story.plan, StoryWriter.reason))
      story.send(.publishTerms(document: story.terms(after)))
    }
    stage(after, 22, isQuiet: true) { story in
      story.register()
      story.send(.start(plan: story.plan))
    }
    orders.isLast = true
    stage(after + 1, 9, isQuiet: true) { _ in }
  }

  /// Terms that are published on a day of the story and take effect a week later.
  private func terms(_ day: Int) -> [UInt8] {
    let published = instant(day: day).beijingDay
    return Array(
      """
      {"terms":"\(plan)","version":1,"published":"\(published.text)",
      "effective_at":"\(published.advanced(byDays: 7).text)","words":[{"field":"order_amount",
      "old":"实付金额","new":"订单成交金额","english":"order transaction amount"}]}
      """.utf8)
  }

  // MARK: What operators do

  mutating func anyone() -> ExternalID { registered[random.below(known)] }

  private mutating func register() {
    guard let external = ExternalID("shop-\(registered.count + 1)") else { return }
    registered.append(external)
    send(.registerMerchant(fields(external)))
  }

  private mutating func update(_ external: ExternalID) {
    send(.registerMerchant(fields(external)))
  }

  private mutating func fields(_ external: ExternalID) -> MerchantRegistered {
    let category = StoryWriter.categories[random.below(StoryWriter.categories.count)]
    return MerchantRegistered(
      platform: random.below(2) == 0 ? .taobao : .tmall,
      tier: Tier.allCases[1 + random.below(Tier.allCases.count - 1)],
      dailyPayments: random.below(10) == 0 ? 0 : UInt32(5 + random.below(56)),
      external: external, category: ShortText(category) ?? .none,
      city: ShortText("city-\(random.below(9))") ?? .none)
  }

  private mutating func scope() -> Command.Scope {
    switch random.below(3) {
    case 0: .wave(WaveNumber(UInt16(1 + random.below(days))))
    case 1: .tier(Tier.allCases[1 + random.below(Tier.allCases.count - 1)])
    default: .merchant(anyone())
    }
  }

  private mutating func disturb() {
    let reason = StoryWriter.reason
    for _ in 0..<random.below(3) {
      switch random.below(4) {
      case 0, 1: send(.rollBack(plan: plan, scope(), reason))
      case 2: send(.excludeMerchant(anyone(), plan: plan, reason))
      default: send(.closeMerchant(anyone(), reason))
      }
    }
  }

  private mutating func restore() {
    for _ in 0..<random.below(3) {
      if random.below(2) == 0 {
        send(.reinstate(plan: plan, scope(), StoryWriter.reason))
      } else {
        send(.reinstateMerchant(anyone(), plan: plan))
      }
    }
  }

  // MARK: The plan

  /// One wave a day, each larger than the one before; the caps let the largest through in five
  /// hours.
  private var document: [UInt8] {
    let whole = days * (days + 1) / 2
    var waves: [String] = []
    var left = 100
    var largest = 0
    for day in 1...days {
      let share = day == days ? left : max(1, 100 * day / whole)
      left -= share
      largest = max(largest, share)
      let text = day == days ? "rest" : "\(share)%"
      let canary = day == 1 ? ", \"canary\": true" : ""
      waves.append(
        "{\"name\": \"day-\(day)\", \"day\": \(day), \"opens\": \"08:00\", "
          + "\"share\": \"\(text)\"\(canary)}")
    }
    let hourly = largest / 4 + 1
    let daily = min(100, largest + 25)
    return Array(
      """
      {"plan": "\(plan)", "version": 1, "institution": "wechat-pay",
      "effective_at": "2024-09-12T00:00:00+08:00", "window_days": \(days),
      "order": {"hash_version": 1, "seed": "trial", "largest_last": "10%"},
      "hold_back": "5%", "waves": [\(waves.joined(separator: ", "))],
      "caps": {"merchants_per_hour": "\(hourly)%", "merchants_per_day": "\(daily)%",
      "payments_per_hour": "\(min(100, hourly * 3))%", "payments_per_day": "100%"},
      "excluded_categories": ["games"], "approvals": \(approvals),
      "after_window": "\(holds ? "hold" : "continue")"}
      """.utf8)
  }
}
