// What an approver is given to sign, and what is refused before anybody signs it.

import Events
import Projections
import Rollout
import Testing

@testable import sluice

@Suite struct ApprovalTextTests {
  private static func why(
    _ subject: ApprovalSubject, _ wave: UInt16, _ story: StatusStory
  ) throws -> String? {
    ApprovalTextCommand.whyNotAwaited(
      subject, WaveNumber(wave), try #require(story.tree.plan), story.rollout, story.model)
  }

  @Test func `a step that awaits nothing is refused, and what awaits is said`() throws {
    var story = try StatusStory.started(StatusTests.guardrails)
    try story.go(to: StatusStory.at(6))
    try story.open(1, of: 10, enabling: 1..<11)
    #expect(try ApprovalTextTests.why(.start, 0, story) == "the rollout is running")
    #expect(try ApprovalTextTests.why(.wave, 2, story) == nil)
    #expect(
      try ApprovalTextTests.why(.wave, 3, story)
        == "the next wave to open is 2, and this is of wave 3")
    #expect(try ApprovalTextTests.why(.resume, 0, story) == "no guardrail is breached")
    #expect(
      try ApprovalTextTests.why(.waveOverride, 2, story)
        == "no block of evidence is closed yet, and nobody overrides what is missing")
    let plan = try #require(story.tree.plan)
    #expect(
      ApprovalTextCommand.awaited(plan, story.rollout, story.now)
        == "What waits for approvals: wave 2: 0 of 1")
    try story.add(.rolloutAborted(try story.step("withdrawn")), actor: StatusStory.person)
    #expect(
      try ApprovalTextTests.why(.wave, 2, story)
        == "no wave of a rollout that is aborted waits for one")
    #expect(
      ApprovalTextCommand.awaited(plan, story.rollout, story.now)
        == "No step of this rollout waits for approvals now")
  }
}
