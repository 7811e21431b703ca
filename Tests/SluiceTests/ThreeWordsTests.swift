// Pausing the opening, ending it and withdrawing the method: three words, never one for another.

import Events
import Projections
import Rollout
import Testing

@testable import sluice

@Suite struct ThreeWordsTests {
  @Test func `the help of each says which of the three it does`() {
    let sentences = [
      (PauseCommand.guide.sentence, "Pauses the opening"),
      (ResumeCommand.guide.sentence, "Resumes a paused opening"),
      (AbortCommand.guide.sentence, "Ends the opening for good"),
      (RollBackCommand.guide.sentence, "Withdraws the method"),
      (ReinstateCommand.guide.sentence, "Gives the method back"),
    ]
    for (sentence, words) in sentences { #expect(sentence.hasPrefix(words), "\(sentence)") }
  }

  @Test(arguments: [
    PendingReason.paused(.none), .ended(.aborted), .ended(.completed),
  ])
  func `why somebody is not in yet speaks of the opening, and of nothing withdrawn`(
    reason: PendingReason
  ) {
    #expect(reason.sentence.contains("opening") && !reason.sentence.contains("withdr"))
  }
}
