// What an approver signs: eleven lines, always the same, in this order.
//
//   sluice approval v2
//   log <origin of the log>
//   log-id <the log's id, 32 hexadecimal digits>
//   plan <id>
//   version <number of its version>
//   document <SHA-256 of its document, 64 hexadecimal digits>
//   approves start | wave <number> | resume
//   override no | yes                       yes: although the evidence named shows too little
//   evidence none | <position>              the last closed block; of a resume, the breach
//   quorum <number>                         how many approvals the plan asks for
//   expires <instant, RFC 3339, UTC>
//
// Version 1 had no log-id: two logs of one origin could share its approvals. It is read still, for
// the sake of logs that have it, and no decision takes it any more.
//
// A text says one thing and one thing has one text: what is read is written again and compared. So
// an approval of another log, plan, version, wave or evidence is another text, and its signature is
// of no use here.

public import Events
import Merkle
import Text

/// What is approved, exactly.
public struct ApprovalStatement: Hashable, Sendable {
  public var origin: ShortText
  /// Which log of that origin; nil in version 1, which does not say.
  public var log: LogID?
  public var plan: ShortText
  public var planVersion: UInt16
  public var documentDigest: Digest
  public var subject: ApprovalSubject
  /// `.none` where no wave is approved.
  public var wave: WaveNumber
  public var evidence: Position
  public var quorum: UInt16
  public var expiresAt: Timestamp

  public init(
    origin: ShortText, log: LogID?, plan: ShortText, planVersion: UInt16, documentDigest: Digest,
    subject: ApprovalSubject, wave: WaveNumber, evidence: Position, quorum: UInt16,
    expiresAt: Timestamp
  ) {
    self.origin = origin
    self.log = log
    self.plan = plan
    self.planVersion = planVersion
    self.documentDigest = documentDigest
    self.subject = subject
    self.wave = wave
    self.evidence = evidence
    self.quorum = quorum
    self.expiresAt = expiresAt
  }

  /// The text, with its last line feed.
  public var text: String {
    let step = subject.isOfWave ? "wave \(wave.rawValue)" : subject.name
    let identity = log.map { "\nlog-id \($0.hex)" } ?? ""
    return """
      sluice approval v\(log == nil ? 1 : 2)
      log \(origin)\(identity)
      plan \(plan)
      version \(planVersion)
      document \(documentDigest.hex)
      approves \(step)
      override \(subject == .waveOverride ? "yes" : "no")
      evidence \(evidence == .none ? "none" : "\(evidence.rawValue)")
      quorum \(quorum)
      expires \(RFC3339.text(expiresAt))

      """
  }

  /// Reads a text; nil for any other.
  public init?(_ text: String) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var log: LogID?
    if lines.count == 12, lines[2].hasPrefix("log-id ") {
      log = LogID(hex: String(lines[2].dropFirst("log-id ".count)))
      lines.remove(at: 2)
    }
    guard lines.count == 11 else { return nil }
    func value(_ row: Int, _ name: String) -> String? {
      lines[row].hasPrefix(name + " ") ? String(lines[row].dropFirst(name.count + 1)) : nil
    }
    guard let origin = value(1, "log").flatMap({ ShortText($0) }),
      let plan = value(2, "plan").flatMap({ ShortText($0) }),
      let version = value(3, "version").flatMap({ UInt16($0) }),
      let digest = value(4, "document").flatMap({ Digest(hex: $0) }),
      let step = value(5, "approves")?.split(separator: " "), let first = step.first,
      let override = value(6, "override"), let evidence = value(7, "evidence"),
      let quorum = value(8, "quorum").flatMap({ UInt16($0) }),
      let expires = value(9, "expires").flatMap({ try? RFC3339.parse($0) }),
      let position = evidence == "none" ? Position.none : UInt64(evidence).map({ Position($0) }),
      let subject = first == "wave" && override == "yes"
        ? .waveOverride : ApprovalSubject.allCases.first(where: { $0.name == first }),
      let wave = subject.isOfWave
        ? step.last.flatMap({ UInt16($0) }).map({ WaveNumber($0) })
        : WaveNumber.none
    else { return nil }
    self.init(
      origin: origin, log: log, plan: plan, planVersion: version, documentDigest: digest,
      subject: subject, wave: wave, evidence: position, quorum: quorum, expiresAt: expires)
    guard self.text == text else { return nil }
  }
}
