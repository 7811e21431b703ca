import Simulation
import Testing

@Suite struct GuardrailTrialTests {
  @Test func `three times as many failures are found on the first day`() throws {
    let trial = try GuardrailTrial()
    let harm = try trial.run(.constant, ratio: 3, seed: 1)
    let day = try #require(harm.guardrail)
    #expect(day > 0 && day < 1)
    #expect(harm.onAtEnd == 40 && harm.orders < 144 * 420)
  }
}
