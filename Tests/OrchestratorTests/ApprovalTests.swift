// Approvals: of something exact, by somebody else, until they expire.

import Events
import Merkle
import Orchestrator
import Platform
import Projections
import Rollout
import Testing

@Suite struct ApprovalTests {
  private static let p = Desk.text("p")

  /// A desk whose announced plan needs two signed approvals before its start.
  private static func signedDesk() throws -> Desk {
    let desk = try Desk.with(merchants: 4)
    try desk.send(.announce(document: try document()))
    return desk
  }

  private static func document(_ version: Int = 1, quorum: Int = 2) throws -> [UInt8] {
    try Desk.plan(
      version: version,
      [("\"approvals\": 0", "\(Approvers.field), \"approvals\": \(quorum)")])
  }

  @Test func `a start needs the notes of as many approvers as the plan says`() throws {
    let desk = try ApprovalTests.signedDesk()
    let statement = try Approvers.statement(desk)
    try desk.send(try Approvers.signed(Approvers.risk, statement))
    #expect(
      desk.refusal(try Approvers.signed(Approvers.risk, statement)) == .approvalRepeated,
      "the same approver twice is one")
    #expect(
      desk.refusal(.start(plan: ApprovalTests.p)) == .approvalsMissing(given: 1, needed: 2))
    try desk.send(try Approvers.signed(Approvers.finance, statement))
    try desk.send(.start(plan: ApprovalTests.p))
    let event = try #require(try desk.events().first { $0.kind == .rolloutApproved })
    guard case .rolloutApproved(let fields) = event.payload else { return }
    #expect(fields.approval == (try Approvers.note(Approvers.risk, statement)))
    let grant = try #require(fields.grant)
    #expect(grant.subject == .start && grant.quorum == 2 && grant.evidence == .none)
    #expect(grant.expiresAt == statement.expiresAt)
    #expect(grant.documentDigest == desk.rollout.documentDigest)
    #expect("\(grant.key)" == Approvers.risk.key.label)
    #expect(event.version == 2)
  }

  private static let replays:
    [(name: String, change: @Sendable (inout ApprovalStatement) -> Void, number: Int)] = [
      ("nothing", { _ in }, 0), ("log", { $0.origin = Desk.text("other") }, 74),
      ("another log of that origin", { $0.log = LogID(low: 1, high: 3) }, 74),
      ("any log of that origin, as version 1 had it", { $0.log = nil }, 74),
      ("the window's end", { $0.expiresAt = Desk.midnight.advanced(bySeconds: 11 * Desk.day) }, 0),
      (
        "an end behind the window",
        { $0.expiresAt = Desk.midnight.advanced(bySeconds: 11 * Desk.day + 1) }, 64
      ),
      ("plan", { $0.plan = Desk.text("q") }, 74), ("version", { $0.planVersion = 2 }, 74),
      ("document", { $0.documentDigest = .zero }, 74), ("quorum", { $0.quorum = 1 }, 74),
      ("expired", { $0.expiresAt = Desk.midnight }, 75),
      ("an end in 1970", { $0.expiresAt = .none }, 75),
      ("evidence", { $0.evidence = Position(0) }, 76),
      (
        "wave",
        {
          $0.subject = .wave
          $0.wave = WaveNumber(1)
          $0.quorum = 0
        }, 77
      ),
      (
        "resume",
        {
          $0.subject = .resume
          $0.quorum = 0
        }, 77
      ),
    ]

  @Test(arguments: replays.indices)
  func `an approval of something else is refused with its number`(row: Int) throws {
    let desk = try ApprovalTests.signedDesk()
    var statement = try Approvers.statement(desk)
    let replay = ApprovalTests.replays[row]
    replay.change(&statement)
    let refusal = desk.refusal(try Approvers.signed(Approvers.risk, statement))
    #expect((refusal?.number ?? 0) == replay.number, "\(replay.name): \(refusal?.message ?? "")")
    #expect(desk.rollout.approvals.count == (replay.number == 0 ? 1 : 0))
  }

  @Test func `where approvers are listed a stranger, nobody and a torn note are refused`() throws {
    let desk = try ApprovalTests.signedDesk()
    let statement = try Approvers.statement(desk)
    #expect(
      desk.refusal(try Approvers.signed(Approvers.stranger, statement))
        == .approverUnknown(["stranger"]))
    #expect(desk.refusal(.approve(plan: ApprovalTests.p, role: .none)) == .approvalUnsigned)
    for bytes in [[], [0xFF], Array("a\n".utf8), Array("a\n\n\u{2014} risk AAAAAAA=\n".utf8)] {
      let refusal = desk.refusal(
        .approve(plan: ApprovalTests.p, role: .none, .note(bytes)))
      #expect(refusal?.number == 72 || refusal?.number == 73)
    }
    let other = try #require(Approvers.risk.sign("I approve.\n")).bytes
    #expect(
      desk.refusal(.approve(plan: ApprovalTests.p, role: .none, .note(other)))
        == .approvalFaulty("its text is no approval"))
  }

  @Test func `no flipped bit of a note leaves an approval`() throws {
    let desk = try ApprovalTests.signedDesk()
    let note = try Approvers.note(Approvers.risk, try Approvers.statement(desk))
    for index in note.indices {
      var flipped = note
      flipped[index] ^= 1 << (index % 8)
      let refusal = desk.refusal(.approve(plan: ApprovalTests.p, role: .none, .note(flipped)))
      #expect(refusal?.number == 72 || refusal?.number == 73, "byte \(index)")
    }
    #expect(desk.rollout.approvals.isEmpty)
  }

  @Test func `an amendment voids what was approved, also where only the quorum has changed`() throws
  {
    let desk = try ApprovalTests.signedDesk()
    let statement = try Approvers.statement(desk)
    try desk.send(try Approvers.signed(Approvers.risk, statement))
    try desk.send(.amend(document: try ApprovalTests.document(2, quorum: 1)))
    #expect(desk.rollout.approvals.isEmpty)
    #expect(
      desk.refusal(try Approvers.signed(Approvers.finance, statement))
        == .approvalOfAnother(field: "version", given: "1", stands: "2"))
    #expect(
      desk.refusal(.start(plan: ApprovalTests.p)) == .approvalsMissing(given: 0, needed: 1))
    try desk.send(try Approvers.signed(Approvers.finance, try Approvers.statement(desk)))
    try desk.send(.start(plan: ApprovalTests.p))
  }

  @Test func `an approval that has expired does not start`() throws {
    let desk = try ApprovalTests.signedDesk()
    let statement = try Approvers.statement(desk, minutes: 60)
    for signer in [Approvers.risk, Approvers.finance] {
      try desk.send(try Approvers.signed(signer, statement))
    }
    try desk.flush()
    desk.clock.set(statement.expiresAt)
    #expect(
      desk.refusal(.start(plan: ApprovalTests.p)) == .approvalsMissing(given: 0, needed: 2))
    #expect(
      desk.refusal(try Approvers.signed(Approvers.risk, statement))
        == .approvalExpired(statement.expiresAt))
    for signer in [Approvers.risk, Approvers.finance] {
      try desk.send(try Approvers.signed(signer, try Approvers.statement(desk)))
    }
    try desk.send(.start(plan: ApprovalTests.p))
  }

  @Test func `under four eyes whoever announced or amended this version does not approve it`()
    throws
  {
    let desk = try Desk.with()
    func plan(_ version: Int, _ more: String) throws -> [UInt8] {
      try Desk.plan(
        version: version, [("\"approvals\": 0", "\"four_eyes\": true, \"approvals\": 1\(more)")])
    }
    try desk.send(.announce(document: try plan(1, "")), actor: Actor(.operator, id: 5))
    let approve = Command.Body.approve(plan: ApprovalTests.p, role: .none)
    #expect(desk.refusal(approve, actor: Approvers.user(5)) == .proposerApproves(uid: 5))
    try desk.send(approve, actor: Approvers.user(6))
    try desk.send(
      .amend(document: try plan(2, ", \"cooling_off_minutes\": 9, \"approval_minutes\": 8")),
      actor: Actor(.operator, id: 6))
    #expect(desk.refusal(approve, actor: Approvers.user(6)) == .proposerApproves(uid: 6))
    try desk.send(approve, actor: Approvers.user(5))
    try desk.send(.start(plan: ApprovalTests.p))
  }

  @Test func `a plan that asks for neither takes the approval of its proposer, as ever`() throws {
    let desk = try Desk.with(until: .announced, approvals: 1)
    try desk.send(.approve(plan: ApprovalTests.p, role: .none))
    desk.clock.advance(byNanoseconds: 9 * Desk.day * 1_000_000_000)
    try desk.send(.start(plan: ApprovalTests.p))
  }

  @Test func `a restart keeps the approvals and the proposer`() throws {
    let desk = try ApprovalTests.signedDesk()
    try desk.send(try Approvers.signed(Approvers.risk, try Approvers.statement(desk)))
    let before = desk.rollout
    try desk.restart()
    #expect(desk.rollout.approvals == before.approvals && !before.approvals.isEmpty)
    #expect(desk.rollout.proposer == before.proposer)
  }

  @Test func `a snapshot keeps the approvals and the proposer`() throws {
    let desk = try ApprovalTests.signedDesk()
    try desk.send(try Approvers.signed(Approvers.risk, try Approvers.statement(desk)))
    try desk.flush()
    let board = try SnapshotCopy.of(desk.state.board, end: desk.state.next, merchants: 4)
    #expect(board.rollouts[0].approvals == desk.rollout.approvals)
    #expect(board.rollouts[0].approvals.count == 1)
    #expect(board.rollouts[0].proposer == Actor(.operator, id: 1))
  }

  @Test func `a log whose approval is of another version or document does not fold`() throws {
    let desk = try ApprovalTests.signedDesk()
    try desk.send(try Approvers.signed(Approvers.risk, try Approvers.statement(desk)))
    let events = try desk.events()
    let place = try #require(events.firstIndex { $0.kind == .rolloutApproved })
    var before = DecisionState()
    for event in events[..<place] { try before.apply(event) }
    guard case .rolloutApproved(let fields) = events[place].payload else { return }
    var (version, document) = (fields, fields)
    version.planVersion = 2
    document.grant?.documentDigest = .zero
    for (forged, isWhole) in [(fields, true), (version, false), (document, false)] {
      var state = before
      var fault: DecodeFault?
      do throws(DecodeFault) {
        try state.apply(Event(events[place].header, .rolloutApproved(forged)))
      } catch { fault = error }
      #expect((fault == nil) == isWhole)
    }
  }
}
