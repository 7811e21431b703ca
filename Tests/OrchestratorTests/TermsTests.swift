// Publishing terms: what is taken, what is so already, and which number says no.

import Events
import Orchestrator
import Platform
import Projections
import Support
import Testing

@Suite struct TermsTests {
  // The desk's clock stands at 2 September 2024 in Beijing.
  private static let first = TermsDocument(published: "2024-09-01", effective: "2024-09-10")
  private static let correction = TermsDocument(
    version: 2, published: "2024-09-02", effective: "2024-09-12", english: "order amount")

  private func publish(_ desk: Desk, _ document: TermsDocument) -> Refusal? {
    desk.refusal(.publishTerms(document: document.bytes))
  }

  @Test
  func `subtlety 34: a version and its correction before the effect are two events in a chain`()
    throws
  {
    let desk = try Desk.with()
    let one = try desk.send(.publishTerms(document: TermsTests.first.bytes))
    let two = try desk.send(.publishTerms(document: TermsTests.correction.bytes))
    let events = try desk.events(from: one.first)
    #expect(events.map(\.kind) == [.termsPublished, .termsPublished])
    let editions = desk.state.terms.editions
    #expect(editions.map(\.supersedes) == [.none, one.first])
    #expect(editions.map(\.document) == [TermsTests.first.bytes, TermsTests.correction.bytes])
    #expect(editions[0].withdrawnBy == two.first)
  }

  @Test func `the same document twice is so already, also when its notice would be too short`()
    throws
  {
    let desk = try Desk.with()
    let receipt = try desk.send(.publishTerms(document: TermsTests.first.bytes))
    try desk.flush()
    desk.clock.advance(byNanoseconds: 5 * 86_400 * Timestamp.nanosecondsPerSecond)
    let command = desk.command(.publishTerms(document: TermsTests.first.bytes))
    var decision = Decision()
    try decide(command, in: desk.state, at: desk.clock.now(), into: &decision)
    #expect(decision.events.isEmpty && decision.standing?.position == receipt.first)
  }

  static let refusals: [(TermsDocument, Refusal)] = [
    (TermsDocument(version: 3), .termsStale(version: 1, given: 3)),
    (TermsDocument("other", version: 2), .termsStale(version: 0, given: 2)),
    (
      TermsDocument(effective: "2024-09-11"), .termsDiffer(version: 1, first: Position(4))
    ),
    (
      TermsDocument(version: 2, published: "2024-08-30", effective: "2024-09-08"),
      .noticeTooShort(
        announced: Desk.midnight.beijingDay,
        effective: Desk.midnight.beijingDay.advanced(byDays: 6))
    ),
  ]

  @Test(arguments: refusals)
  func `what does not follow is refused by number`(document: TermsDocument, refusal: Refusal) throws
  {
    let desk = try Desk.with()
    try desk.send(.publishTerms(document: TermsTests.first.bytes))
    #expect(publish(desk, document) == refusal)
  }

  @Test func `faulty terms are refused with every fault`() throws {
    let desk = try Desk.with()
    let refusal = publish(desk, TermsDocument("", version: 0))
    guard case .termsInvalid(let faults)? = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
    #expect(faults.count == 2 && refusal?.number == 93)
  }

  @Test func `what was published stands after a restart`() throws {
    let desk = try Desk.with()
    try desk.send(.publishTerms(document: TermsTests.first.bytes))
    try desk.flush()
    let editions = desk.state.terms.editions
    try desk.restart()
    #expect(desk.state.terms.editions == editions && editions.count == 1)
    #expect(publish(desk, TermsTests.correction) == nil)
  }
}
