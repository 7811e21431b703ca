import Events
import Merkle
import Orchestrator
import Platform
import Projections
import Rollout
import Testing

/// Two approvers and a stranger, and what they hand in.
enum Approvers {
  static let risk = signer("risk", 1)
  static let finance = signer("finance", 2)
  static let stranger = signer("stranger", 3)
  static let p = Desk.text("p")

  private static func signer(_ name: String, _ byte: UInt8) -> NoteSigner {
    guard let signer = NoteSigner(name: name, seed: [UInt8](repeating: byte, count: 32)) else {
      preconditionFailure("a test's own key cannot be made")
    }
    return signer
  }

  /// The plan's field that lists the two.
  static var field: String {
    "\"approvers\": [\"\(risk.key.text)\", \"\(finance.key.text)\"]"
  }

  /// What the first rollout of a desk would have approved, as it stands.
  static func statement(
    _ desk: Desk, _ subject: ApprovalSubject = .start, wave: UInt16 = 0, minutes: Int64 = 60
  ) throws -> ApprovalStatement {
    let rollout = desk.rollout
    let plan = try #require(desk.state.plan(rollout.number))
    return ApprovalStatement(
      origin: Desk.created.origin,
      log: LogID(low: Desk.created.logIDLow, high: Desk.created.logIDHigh),
      plan: rollout.plan, planVersion: rollout.planVersion,
      documentDigest: rollout.documentDigest, subject: subject, wave: WaveNumber(wave),
      evidence: ApprovalGate.evidence(subject, rollout),
      quorum: UInt16(ApprovalGate.needed(subject, WaveNumber(wave), plan)),
      expiresAt: Timestamp(seconds: desk.runtime.currentTime().seconds + minutes * 60))
  }

  static func note(_ signer: NoteSigner, _ statement: ApprovalStatement) throws -> [UInt8] {
    try #require(signer.sign(statement.text)).bytes
  }

  static func signed(
    _ signer: NoteSigner, _ statement: ApprovalStatement
  ) throws -> Command.Body {
    .approve(plan: p, role: p, .note(try note(signer, statement)))
  }

  static func plain(
    _ subject: ApprovalSubject, wave: UInt16 = 0, evidence: Position? = nil,
    until expiresAt: Timestamp = .none
  ) -> Command.Body {
    .approve(
      plan: p, role: p,
      .plain(
        ApprovalRequest.Plain(
          subject: subject, wave: WaveNumber(wave), evidence: evidence, expiresAt: expiresAt)))
  }

  /// A user with the role.
  static func user(_ number: UInt32) -> Actor { Actor(.approver, id: number) }
}

/// What a snapshot makes of a board.
final class SnapshotCopy: SectionSink, SectionSource {
  private var bytes: [UInt8] = []
  private var taken = 0

  static func of(_ board: RolloutBoard, end: Position, merchants: Int) throws -> RolloutBoard {
    let copy = SnapshotCopy()
    var writer = SectionWriter(to: copy)
    board.write(to: &writer)
    try writer.finish()
    var reader = SectionReader(from: copy, length: copy.bytes.count)
    let board = try RolloutBoard(from: &reader, end: end, merchants: merchants)
    try reader.finish()
    return board
  }

  func write(_ piece: RawSpan) throws(Fault) {
    unsafe piece.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  func read(into piece: inout MutableRawSpan) throws(Fault) {
    for index in 0..<piece.byteCount {
      piece.storeBytes(of: bytes[taken + index], toByteOffset: index, as: UInt8.self)
    }
    taken += piece.byteCount
  }
}
