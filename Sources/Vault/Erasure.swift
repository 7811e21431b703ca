// An erasure that was begun: what its event will say, kept until the event is durable.

public import Events

/// What is to be erased, and who wanted it why.
public struct Erasure: Hashable, Sendable {
  public let subject: SubjectReference
  public let kind: SubjectKind
  /// How many sealed texts cannot be read any more.
  public let texts: UInt32
  public let actor: Actor
  public let reason: ShortText

  private static let headLength = SubjectReference.byteCount + 10

  init(
    _ subject: SubjectReference, _ kind: SubjectKind, texts: UInt32, by actor: Actor,
    _ reason: ShortText
  ) {
    self.subject = subject
    self.kind = kind
    self.texts = texts
    self.actor = actor
    self.reason = reason
  }

  /// - Throws: `VaultFault.damaged` where the bytes are no such file.
  init(_ bytes: [UInt8], path: String) throws(VaultFault) {
    let body = try VaultFile.erasing.decode(bytes, of: path)
    guard body.count >= Erasure.headLength, let kind = SubjectKind(rawValue: body[16]),
      let actor = Actor.Kind(rawValue: body[17]),
      let reason = ShortText(Array(body[Erasure.headLength...]))
    else { throw .damaged(file: path, reason: "it tells of no erasure") }
    self.init(
      SubjectReference(body), kind, texts: Erasure.word(body, 22),
      by: Actor(actor, id: Erasure.word(body, 18)), reason)
  }

  var file: [UInt8] {
    VaultFile.erasing.encode(
      subject.bytes + [kind.rawValue, actor.kind.rawValue] + Erasure.bytes(actor.id)
        + Erasure.bytes(texts) + reason.bytes)
  }

  /// What the log will say.
  public var event: SubjectErased {
    SubjectErased(kind: kind, texts: texts, reference: subject.text, reason: reason)
  }

  private static func bytes(_ word: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
  }

  private static func word(_ bytes: [UInt8], _ start: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
  }
}
