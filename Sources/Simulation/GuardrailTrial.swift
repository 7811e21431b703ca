// Seven days of shoppers under the production planner and guardrail, by seed: how often it cries
// wolf, and how soon it finds harm.
//
// A registry, a plan of eight waves and every decision are the product's own; only the orders are
// drawn, 420 in a block of ten minutes, at merchants in proportion to their usual payments. What a
// block has come to is written as the event that closes it. Half of alpha goes to the absolute
// limit, which is put where it never speaks, so that the comparison has what the rows say.

import Events
import Glibc
public import Orchestrator
import Platform
import Projections
import Rollout

/// A registry and a plan, ready to be run.
public struct GuardrailTrial: Sendable {
  /// How often orders fail, beside what the opening does.
  public enum Scenario: String, CaseIterable, Sendable {
    case constant = "constant 2 %"
    case dayAndNight = "day and night, 60 % up and down"
    case drift = "both sides drift from 1 to 4 %"
    case outage = "three hours of 30 % at both on day 6"
    case largestLast = "the largest 1 % fail half as often, open last"

    /// The chance that an order fails at a merchant that is not yet enabled.
    fileprivate func rate(_ block: Int, isLargest: Bool) -> Double {
      let day = Double(block) / Double(GuardrailTrial.blocksPerDay)
      switch self {
      case .constant: return 0.02
      case .dayAndNight: return 0.02 * (1 + 0.6 * sin(2 * .pi * day))
      case .drift: return 0.01 + 0.03 * day / Double(GuardrailTrial.days)
      case .outage: return (5.5..<5.625).contains(day) ? 0.3 : 0.02
      case .largestLast: return isLargest ? 0.01 : 0.02
      }
    }
  }

  /// What one run came to: after how many days each cried; nil where it did not.
  public struct Result: Hashable, Sendable {
    public var guardrail: Double?
    /// A Beta mixture over each day's failures, without strata: the method of others.
    public var mixture: Double?
    public var orders = 0
    public var onAtEnd = 0
  }

  /// The chance of a false alarm that the comparison is given.
  public static let alpha = 0.01
  static let days = 7
  static let blocksPerDay = 144
  private static let ordersPerBlock = 420
  private static let merchants: UInt32 = 4_000
  private static let number = RolloutNumber(1)
  /// The part of the merchants that is on from each day on.
  private static let shares = [0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.95]
  private static let effect = Timestamp(seconds: 1_726_070_400)

  private let state: DecisionState
  private let strata: [Stratum]
  private let stratumOf: [Int]
  private let isLargest: [Bool]
  /// The usual payments of all merchants up to each one.
  private let volumes: [UInt64]

  /// - Throws: a refusal of the registry or the plan.
  public init() throws(Refusal) {
    var desk = TrialDesk()
    let start = GuardrailTrial.effect.advanced(bySeconds: -10 * 86_400)
    try desk.take(
      .createLog(
        LogCreated(
          origin: ShortText("trial") ?? .none, clock: .wall, clockStart: start, clockSpeed: 1,
          logIDLow: 1, logIDHigh: 1), openToAll: [.alipay]), at: start)
    var random = SeededRandom(seed: 4_711)
    var isLargest: [Bool] = []
    for number in 0..<GuardrailTrial.merchants {
      let isLarge = number % 100 == 0
      isLargest.append(isLarge)
      let payments = (isLarge ? 128 : 24) + UInt32(random.next() % 72)
      try desk.take(
        .registerMerchant(
          MerchantRegistered(
            platform: .taobao, tier: Tier.allCases[1 + Int(random.next() % 6)],
            dailyPayments: payments, external: ShortText("m\(number)") ?? .none, category: .none,
            city: .none)), at: start)
    }
    try desk.take(.announce(document: GuardrailTrial.plan), at: start)
    try desk.take(
      .start(plan: ShortText("trial") ?? .none),
      at: GuardrailTrial.effect.advanced(bySeconds: -1_800))
    state = desk.state
    self.isLargest = isLargest
    let book = desk.state.book
    let all = (1...GuardrailTrial.merchants).map { raw in
      Stratum(
        tier: book.tier(MerchantNumber(raw)), dailyPayments: book.dailyPayments(MerchantNumber(raw))
      )
    }
    let known = Set(all).sorted()
    let places = all.map { stratum in known.firstIndex(of: stratum) ?? 0 }
    var (volumes, sum) = ([UInt64](), UInt64(0))
    for raw in 1...GuardrailTrial.merchants {
      sum += UInt64(state.book.dailyPayments(MerchantNumber(raw)))
      volumes.append(sum)
    }
    (strata, stratumOf, self.volumes) = (known, places, volumes)
  }

  private static let plan = Array(
    """
    {"plan": "trial", "version": 1, "institution": "wechat-pay",
    "effective_at": "2024-09-12T00:00:00+08:00", "window_days": 8,
    "order": {"hash_version": 2, "seed": "trial", "largest_last": "1%"}, "hold_back": "5%",
    "waves": [
    {"name": "one", "day": 1, "opens": "00:00", "share": "1%", "canary": true},
    {"name": "two", "day": 2, "opens": "00:00", "share": "4%"},
    {"name": "three", "day": 3, "opens": "00:00", "share": "5%"},
    {"name": "four", "day": 4, "opens": "00:00", "share": "15%"},
    {"name": "five", "day": 5, "opens": "00:00", "share": "25%"},
    {"name": "six", "day": 6, "opens": "00:00", "share": "25%"},
    {"name": "seven", "day": 7, "opens": "00:00", "share": "20%"},
    {"name": "eight", "day": 8, "opens": "00:00", "share": "rest"}],
    "caps": {"merchants_per_hour": "100%", "merchants_per_day": "100%",
    "payments_per_hour": "100%", "payments_per_day": "100%"},
    "approvals": 0, "after_window": "hold",
    "guardrails": {"block_minutes": 10, "answer_minutes": 1, "alpha": "2%",
    "checkout": {"tolerated_ratio": "1", "on_breach": "pause"},
    "limit": {"failures": "99%", "on_breach": "pause"},
    "min_orders": 1, "silent_blocks": 1440}}
    """.utf8)
}

// MARK: - A run

extension GuardrailTrial {
  /// Runs seven days, or up to the first breach and the mixture's alarm.
  ///
  /// - Parameter ratio: how many times as often orders fail at merchants that are on.
  public func run(_ scenario: Scenario, ratio: Double, seed: UInt64) throws(Refusal) -> Result {
    var desk = TrialDesk(state)
    var random = SeededRandom(seed: seed)
    var result = Result()
    var mixture = DailyMixture(shares: GuardrailTrial.shares)
    for block in -1..<GuardrailTrial.days * GuardrailTrial.blocksPerDay {
      let now = GuardrailTrial.effect.advanced(bySeconds: Int64(block) * 600)
      try desk.tick(now)
      if block < 0 {
        desk.tables[now] = rows(block, scenario, ratio, desk.state, &random)
        continue
      }
      if result.guardrail == nil, let breach = desk.breachedAt {
        result.guardrail = GuardrailTrial.days(to: breach)
      }
      if result.guardrail != nil, result.mixture != nil || ratio > 1 { break }
      let rows = rows(block, scenario, ratio, desk.state, &random)
      result.orders += GuardrailTrial.ordersPerBlock
      desk.tables[now] = rows
      if result.mixture == nil, mixture.take(rows, day: block / GuardrailTrial.blocksPerDay) {
        result.mixture = GuardrailTrial.days(to: now.advanced(bySeconds: 600))
      }
    }
    result.onAtEnd = desk.state.book.standing(GuardrailTrial.number)?.countOn ?? 0
    return result
  }

  private static func days(to instant: Timestamp) -> Double {
    Double(instant.rawValue - effect.rawValue) / 86_400e9
  }

  /// The orders of one block, by side and stratum.
  private func rows(
    _ block: Int, _ scenario: Scenario, _ ratio: Double, _ state: DecisionState,
    _ random: inout SeededRandom
  ) -> [EvidenceRow] {
    var rows = strata.map { EvidenceRow(stratum: $0) }
    let standing = state.book.standing(GuardrailTrial.number)
    let total = volumes[volumes.count - 1]
    for _ in 0..<GuardrailTrial.ordersPerBlock {
      let place = merchant(random.next() % total)
      let isOn = standing?.state(MerchantNumber(UInt32(place + 1))).isOn ?? false
      let rate = scenario.rate(block, isLargest: isLargest[place]) * (isOn ? ratio : 1)
      let isFailed = Double(random.next() >> 11) * 0x1p-53 < rate
      if isOn {
        rows[stratumOf[place]].treated.add(failed: isFailed)
        // Whoever may pays through the institution.
        rows[stratumOf[place]].institution.add(failed: isFailed)
      } else {
        rows[stratumOf[place]].control.add(failed: isFailed)
      }
    }
    return rows
  }

  /// The merchant in whose part of all volumes a number falls.
  private func merchant(_ number: UInt64) -> Int {
    var (low, high) = (0, volumes.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if volumes[middle] > number { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// The decision state of a trial, without a log.
private struct TrialDesk {
  var state = DecisionState()
  var tables: [Timestamp: [EvidenceRow]] = [:]
  private var cursor = Scheduler.Cursor()
  private var taken: UInt64 = 0
  private static let number = RolloutNumber(1)

  init() {}
  init(_ state: DecisionState) { self.state = state }

  var breachedAt: Timestamp? {
    state.board.rollouts[0].evidence.breaches.first { $0.kind == .checkout }?.breachedAt
  }

  mutating func take(_ body: Command.Body, at now: Timestamp) throws(Refusal) {
    taken += 1
    var decision = Decision()
    try decide(
      Command(
        id: CommandID(low: taken, high: 1), digest: taken, actor: .scheduler, body: body),
      in: state, at: now, into: &decision)
    for event in decision.events { apply(event) }
  }

  private mutating func apply(_ event: Event) {
    do throws(DecodeFault) { try state.apply(event) } catch {
      preconditionFailure("an event that was decided does not follow: \(error)")
    }
  }

  /// Takes every step that is due; a block is closed with what was drawn for it.
  mutating func tick(_ now: Timestamp) throws(Refusal) {
    guard let plan = state.plan(TrialDesk.number), let order = state.order(TrialDesk.number) else {
      preconditionFailure("a trial runs a rollout that has started")
    }
    while true {
      var steps: [ScheduledStep] = []
      Scheduler.due(
        plan: plan, order: order, rollout: state.board.rollouts[0], book: state.book,
        watch: state.watch(TrialDesk.number), cursor: &cursor, now: now, limit: 10_000,
        into: &steps)
      guard !steps.isEmpty else { return }
      for step in steps {
        if case .closeEvidence(let from, let to) = step {
          close(from, to, now)
        } else {
          try take(.schedule(TrialDesk.number, step), at: now)
        }
      }
    }
  }

  private mutating func close(_ from: Timestamp, _ to: Timestamp, _ now: Timestamp) {
    let rollout = state.board.rollouts[0]
    apply(
      Event(
        EventHeader(logTime: now, actor: .scheduler, cause: rollout.start),
        .evidenceClosed(
          EvidenceClosed(
            rollout: rollout.number, planVersion: rollout.planVersion, gap: .none, from: from,
            to: to, late: 0, unclassified: 0,
            table: EvidenceTable.write(tables.removeValue(forKey: from) ?? []),
            merchants: EvidenceTable.write([MerchantEvidence]())))))
  }
}

/// The evidence of others' mixture: each day's failures against the part of the merchants that is
/// on that day, and the days together.
private struct DailyMixture {
  private let shares: [Double]
  private var day = -1
  private var past = 0.0
  private var mixture = CountMixture(concentration: 100, share: 0.5)

  init(shares: [Double]) { self.shares = shares }

  /// Takes a block; whether the evidence so far is an alarm.
  mutating func take(_ rows: [EvidenceRow], day: Int) -> Bool {
    if day != self.day {
      if self.day >= 0 { past += mixture.logEvidence }
      self.day = day
      mixture = CountMixture(concentration: 100, share: shares[day])
    }
    var (treated, control) = (0, 0)
    for row in rows {
      treated += Int(row.treated.failures)
      control += Int(row.control.failures)
    }
    mixture.add([treated, control])
    return past + mixture.logEvidence >= -log(GuardrailTrial.alpha)
  }
}
