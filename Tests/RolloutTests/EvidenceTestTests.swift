import Events
import Glibc
import Rollout
import Testing

/// A value as far as a Double can tell it.
private func agrees(_ value: Double, _ reference: Double) -> Bool {
  abs(value - reference) <= 4e-14 * max(1, abs(reference))
}

/// One block of one stratum: orders and failures on both sides.
private struct Block: Sendable {
  var treated: ArmCount
  var control: ArmCount
  init(_ nT: UInt32, _ nC: UInt32, _ yT: UInt32, _ yC: UInt32) {
    treated = ArmCount(orders: nT, failures: yT)
    control = ArmCount(orders: nC, failures: yC)
  }
}

private let blocks = [
  Block(100, 900, 3, 18), Block(120, 880, 5, 15), Block(250, 750, 9, 14),
  Block(250, 750, 12, 16), Block(500, 500, 22, 11),
]

private let perMille = Share(partsPerMillion: 1_000)

@Suite struct EvidenceTestTests {
  @Test(
    arguments: [
      (1000, 1.5, 5.11807689163431778), (1000, 2, 6.32174904193220308),
      (1000, 3, 4.34566896506705848), (1250, 2, 3.02984472343502608),
    ] as [(UInt32, Double, Double)])
  func `the evidence of one bet is the reference's`(
    _ tolerated: UInt32, _ bet: Double, _ reference: Double
  ) {
    let test = RatioTest(tolerated: tolerated)
    let sum = blocks.reduce(0) { $0 + test.log($1.treated, $1.control, bet: bet) }
    #expect(agrees(sum, reference), "\(sum) is not \(reference)")
  }

  @Test func `the evidence of the grid after each block is the reference's`() {
    let reference = [
      -0.892006409844314535, 0.12517944231024846, 1.00611485329415706, 2.88527509517865788,
      4.59765476361167945,
    ]
    var test = RatioTest(tolerated: 1000)
    for (block, value) in zip(blocks, reference) {
      test.add(treated: block.treated, control: block.control)
      test.closeBlock()
      #expect(agrees(test.evidence.log, value), "\(test.evidence.log) is not \(value)")
    }
    #expect(abs(exp(test.evidence.log) - 99.2512747796) < 5e-11)
    #expect(!test.evidence.reaches(Share(partsPerMillion: 10_000)))
    #expect(test.evidence.reaches(Share(partsPerMillion: 10_080)))
    #expect(!test.evidence.reaches(Share(partsPerMillion: 10_080), over: 2))
  }

  @Test func `a tolerated ratio moves the grid with it`() {
    var test = RatioTest(tolerated: 1250)
    for block in blocks { test.add(treated: block.treated, control: block.control) }
    #expect(agrees(test.evidence.log, 1.26520814843881844))
  }

  @Test func `the mean evidence of a block without harm is the reference's, and not above 1`() {
    let test = RatioTest(tolerated: 1000)
    func binomial(_ n: Int, _ k: Int, _ p: Double) -> Double {
      let ways = (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
      return ways * pow(p, Double(k)) * pow(1 - p, Double(n - k))
    }
    var mean = 0.0
    for treated in 0...3 {
      for control in 0...5 {
        let chance = binomial(3, treated, 0.02) * binomial(5, control, 0.02)
        mean +=
          chance
          * exp(
            test.log(
              ArmCount(orders: 3, failures: UInt32(treated)),
              ArmCount(orders: 5, failures: UInt32(control)), bet: 2))
      }
    }
    #expect(abs(mean - 0.99980214711254136) < 1e-13, "\(mean)")
  }

  @Test func `the evidence against an absolute limit after each block is the reference's`() {
    let reference = [
      -0.9673533141005599, -0.09542043925403522, 0.9563147866467983, 4.056609267685882,
      9.261648315396272,
    ]
    var test = LimitTest(limit: Share(partsPerMillion: 20_000))
    let sides: [(UInt32, UInt32)] = [(100, 3), (120, 5), (250, 9), (250, 12), (500, 22)]
    for ((orders, failures), value) in zip(sides, reference) {
      test.add(ArmCount(orders: orders, failures: failures))
      test.closeBlock()
      #expect(agrees(test.evidence.log, value), "\(test.evidence.log) is not \(value)")
    }
  }

  @Test(arguments: [Block(100, 0, 40, 0), Block(0, 100, 0, 40), Block(100, 100, 0, 0)])
  private func `a block without failures or without one side says nothing`(_ block: Block) {
    var test = RatioTest(tolerated: 1000)
    test.add(treated: block.treated, control: block.control)
    test.closeBlock()
    #expect(test.evidence.log == 0)
    #expect(test.evidence.peak == 0)
  }

  @Test func `evidence that was reached stays reached, and only at the end of a block`() {
    var test = RatioTest(tolerated: 1000)
    let harm = Block(500, 500, 60, 5)
    let calm = Block(500, 500, 5, 60)
    test.add(treated: harm.treated, control: harm.control)
    #expect(!test.evidence.reaches(perMille))
    test.add(treated: calm.treated, control: calm.control)
    test.closeBlock()
    #expect(!test.evidence.reaches(perMille))
    test.add(treated: harm.treated, control: harm.control)
    test.add(treated: harm.treated, control: harm.control)
    test.closeBlock()
    #expect(test.evidence.reaches(perMille))
    for _ in 0..<20 {
      test.add(treated: calm.treated, control: calm.control)
      test.closeBlock()
    }
    #expect(test.evidence.log < 0)
    #expect(test.evidence.reaches(perMille))
  }

  @Test func `few failures on the treated side show that it is no worse than the ratio`() {
    var test = RatioTest(shownBelow: 1500)
    for _ in 0..<40 {
      test.add(
        treated: ArmCount(orders: 500, failures: 40), control: ArmCount(orders: 500, failures: 10))
      test.closeBlock()
    }
    #expect(test.evidence.reaches(perMille))
    // The sides are exchanged: what stood first are the merchants that are not enabled.
    var other = RatioTest(shownBelow: 1500)
    for _ in 0..<40 {
      other.add(
        treated: ArmCount(orders: 500, failures: 10), control: ArmCount(orders: 500, failures: 40))
      other.closeBlock()
    }
    #expect(!other.evidence.reaches(Share(partsPerMillion: 500_000)))
  }

  @Test func `a limit so high that no bet of the grid lies below 1 has a bet all the same`() {
    var test = LimitTest(limit: Share(partsPerMillion: 900_000))
    test.add(ArmCount(orders: 1000, failures: 999))
    test.closeBlock()
    #expect(test.evidence.reaches(perMille))
    #expect(test.evidence.log.isFinite)
  }

  @Test(
    arguments: [
      (0, "0.00000000000"), (4.59765476361167945, "4.59765476361"), (-0.25, "-0.25000000000"),
      (37.3546765539927, "37.3546765540"), (123456.7890125, "123456.789012"),
      (99999999999.5, "99999999999.5"), (-1e-15, "0.00000000000"),
      (9.999999999996, "10.00000000000"),
      (123456789012345, "123456789012345"),
    ] as [(Double, String)])
  func `evidence is written with 12 digits`(_ value: Double, _ text: String) {
    #expect(MixedEvidence.text(value) == text)
  }
}
