import Simulation
import Testing

private func agrees(_ value: Double, _ reference: Double) -> Bool {
  abs(value - reference) <= 5e-14 * max(1, abs(reference))
}

@Suite struct CountMixtureTests {
  @Test func `counts of three kinds give the published likelihoods, in looks of many`() {
    var mixture = CountMixture(prior: [1, 1, 1], shares: [0.4, 0.4, 0.2])
    let looks = [[20, 17, 9], [18, 21, 8], [4, 6, 4], [18, 19, 11]]
    let published = [
      (-7.028201432058012, -4.0776406466061985), (-11.947847738358888, -8.265946861099877),
      (-15.471401950257842, -11.610743519545139), (-19.96484521090386, -15.781031228536165),
    ]
    for (look, (mixed, fixed)) in zip(looks, published) {
      mixture.add(look)
      #expect(agrees(mixture.logMixture, mixed), "\(mixture.logMixture) is not \(mixed)")
      #expect(agrees(mixture.logFixed, fixed), "\(mixture.logFixed) is not \(fixed)")
    }
    #expect(agrees(mixture.logEvidence, -4.183813982367695))
  }

  @Test func `counts of three kinds give the published likelihoods, one by one`() {
    var mixture = CountMixture(prior: [1, 1, 1], shares: [0.4, 0.4, 0.2])
    let looks = [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    let published = [
      (-1.0986122886681096, -0.916290731874155), (-2.4849066497880004, -1.83258146374831),
      (-3.401197381662155, -2.748872195622465), (-4.499809670330265, -3.66516292749662),
      (-6.4457198193855785, -5.27460083993072),
    ]
    for (look, (mixed, fixed)) in zip(looks, published) {
      mixture.add(look)
      #expect(agrees(mixture.logMixture, mixed), "\(mixture.logMixture) is not \(mixed)")
      #expect(agrees(mixture.logFixed, fixed), "\(mixture.logFixed) is not \(fixed)")
    }
  }

  @Test(
    arguments: [
      (
        0.5, 2, [[3, 2], [5, 4], [9, 3], [12, 6], [22, 11]],
        [
          -0.628608659422374, -1.01135674124631, -0.228811002229395, 0.530852656519279,
          2.12197745006235,
        ]
      ),
      (
        0.5, 100, [[3, 2], [5, 4], [9, 3], [12, 6], [22, 11]],
        [
          -0.0197065057985328, -0.0481215581072095, 0.140097853663303, 0.503316977583014,
          1.49499100351067,
        ]
      ),
      (
        0.1, 2, [[3, 18], [5, 15], [9, 14], [12, 16], [22, 11]],
        [
          -1.48770358593129, -0.523145012797542, 4.43211404429267, 13.1374221231074,
          37.3546765539927,
        ]
      ),
      (
        0.1, 100, [[3, 18], [5, 15], [9, 14], [12, 16], [22, 11]],
        [
          -0.0925639333868913, 0.274104575125699, 2.78647608569035, 8.39195664057379,
          25.4499976783511,
        ]
      ),
    ] as [(Double, Double, [[Int]], [Double])])
  func `failures on two sides give the evidence of three other programs`(
    _ share: Double, _ concentration: Double, _ looks: [[Int]], _ evidence: [Double]
  ) {
    var mixture = CountMixture(concentration: concentration, share: share)
    for (look, value) in zip(looks, evidence) {
      mixture.add(look)
      #expect(agrees(mixture.logEvidence, value), "\(mixture.logEvidence) is not \(value)")
    }
  }
}
