// Where merchants stand, kept in sixteen bytes each, against a plain list of all that happened.

import Events
import Testing

@testable import Projections

/// Everything that happened to one merchant.
private struct PlainPlace {
  var turns: [(at: Timestamp, state: MerchantState)] = []
  var firstOn = Timestamp.none
  var state = MerchantState.pending
  var wave = WaveNumber.none
  var planned = Timestamp.none

  mutating func turn(_ new: MerchantState, _ time: Timestamp) {
    turns.append((time, new))
    state = new
  }

  var rolledBackAt: Timestamp { turns.last { $0.state == .rolledBack }?.at ?? .none }

  func wasOn(_ instant: Timestamp) -> Bool {
    guard firstOn != .none, instant >= firstOn else { return false }
    return turns.last { $0.at <= instant }?.state.isOn ?? true
  }

  func side(_ instant: Timestamp) -> OpeningSide? {
    let first = firstOn != .none && instant >= firstOn ? MerchantState.enabled : .pending
    let state = turns.last { $0.at <= instant }?.state ?? first
    return state.isOn ? .on : state == .pending ? .notYet : nil
  }
}

@Suite struct StandingTests {
  private static let merchants = 40

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `every question has the answer that a full history gives`(_ seed: UInt64) {
    var standing = Standing(institution: .weChatPay, merchants: 7)
    standing.grow(to: StandingTests.merchants)
    var plain = [PlainPlace](repeating: PlainPlace(), count: StandingTests.merchants)
    var state = seed &* 0x9e37_79b9_7f4a_7c15
    func random(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    for step in 1...400 as ClosedRange<Int64> {
      let time = Timestamp(seconds: step / 2 + 1)
      let row = random(StandingTests.merchants)
      let merchant = MerchantNumber(UInt32(row + 1))
      switch random(5) {
      case 0, 1:
        // Some of a wave have another planned instant, some have none, some are in no wave.
        let wave = WaveNumber(UInt16(random(4)))
        let planned = Timestamp(seconds: random(3) == 0 ? Int64(random(3)) : Int64(wave.rawValue))
        standing.enable(merchant, wave: wave, plannedAt: planned, at: time)
        let isFirst = plain[row].firstOn == .none && plain[row].turns.isEmpty
        if plain[row].firstOn == .none { plain[row].firstOn = time }
        if isFirst { plain[row].state = .enabled } else { plain[row].turn(.enabled, time) }
        (plain[row].wave, plain[row].planned) = (wave, planned)
      case 2:
        standing.turn(merchant, .rolledBack, at: time)
        plain[row].turn(.rolledBack, time)
      case 3:
        standing.reinstate(merchant, at: time)
        plain[row].turn(plain[row].firstOn == .none ? .pending : .reinstated, time)
      default:
        standing.exclude(merchant, .none, at: time)
        plain[row].turn(.excluded, time)
      }
      if step % 50 == 0 { StandingTests.expectEqual(standing, plain, until: step) }
    }
  }

  private static func expectEqual(_ standing: Standing, _ plain: [PlainPlace], until step: Int64) {
    for (row, place) in plain.enumerated() {
      let merchant = MerchantNumber(UInt32(row + 1))
      #expect(standing.state(merchant) == place.state)
      #expect(standing.wave(merchant) == place.wave)
      #expect(standing.plannedAt(merchant) == place.planned)
      #expect(standing.enabledAt(merchant) == place.firstOn)
      #expect(standing.rolledBackAt(merchant) == place.rolledBackAt)
      #expect(standing.changedAt(merchant) == place.turns.last?.at ?? place.firstOn)
      for second in 0...(step / 2 + 2) {
        let instant = Timestamp(seconds: second)
        #expect(standing.wasOn(merchant, when: instant) == place.wasOn(instant))
        #expect(standing.side(merchant, when: instant) == place.side(instant))
      }
      // Everything happens at whole seconds, so a side holds for one.
      let (from, to) = (step / 8, step / 2 + 2)
      let sides = (from..<to).map { place.side(Timestamp(seconds: $0)) }
      let span = (from: Timestamp(seconds: from), to: Timestamp(seconds: to))
      let on = standing.secondsOn(merchant, from: span.from, to: span.to)
      let notYet = standing.secondsNotYet(merchant, from: span.from, to: span.to)
      #expect(on == sides.count { $0 == .on } && notYet == sides.count { $0 == .notYet })
    }
    for state in MerchantState.allCases {
      #expect(standing.count(state) == plain.count { $0.state == state })
    }
    #expect(standing.everEnabled == plain.count { $0.firstOn != .none })
  }

  @Test func `who is behind sees that moved merchants were dropped`() throws {
    var moved = MovedMerchants()
    #expect(moved.since(0)?.isEmpty == true && moved.since(1) == nil)
    for number in 1...UInt32(MovedMerchants.countMax) { moved.append(MerchantNumber(number)) }
    #expect(moved.since(0)?.count == MovedMerchants.countMax)
    let seen = moved.count
    moved.append(MerchantNumber(9))
    #expect(moved.since(0) == nil)
    #expect(moved.since(seen).map(Array.init) == [MerchantNumber(9)])
    #expect(moved.since(moved.dropped)?.count == MovedMerchants.countMax / 2 + 1)
    #expect(moved.count == seen + 1)
  }
}
