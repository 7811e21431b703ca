// What is said when a person's data can no longer be read.

/// What a subject of the vault is.
public enum SubjectKind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// Somebody whom sealed words are about.
  case person = 1
  /// A payment account.
  case account = 2

  public var name: String { "\(self)" }
}

/// A subject's key and salt were destroyed before this was appended.
public struct SubjectErased: Hashable, Sendable {
  public var kind: SubjectKind
  /// How many sealed texts cannot be read any more; 0 for an account.
  public var texts: UInt32
  /// The reference of the subject, 32 hexadecimal digits that were drawn at random; of an account,
  /// the token that payments carry.
  public var reference: ShortText
  /// A code such as `own-wish`; never free text, which may name people.
  public var reason: ShortText

  public init(kind: SubjectKind, texts: UInt32, reference: ShortText, reason: ShortText) {
    self.kind = kind
    self.texts = texts
    self.reference = reference
    self.reason = reason
  }

  public func write(to sink: inout some FieldSink) {
    sink.u8("subject_kind", kind.rawValue)
    sink.u32("texts", texts)
    sink.text8("reference", reference)
    sink.text8("reason", reason)
  }

  public init(from source: inout FieldSource) {
    kind = source.u8("subject_kind", or: .person)
    texts = source.u32()
    reference = source.text8()
    reason = source.text8()
  }
}
