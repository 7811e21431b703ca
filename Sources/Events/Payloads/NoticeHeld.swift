// A notification that is kept beside the log, because nobody knows yet what it says.

/// Why a notification is kept without being acted upon.
public enum HoldKind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// It is signed with a key that is not known.
  case unknownKey = 1
  /// It is authentic, and of a type that this release does not know.
  case unknownType = 2

  public var name: String {
    switch self {
    case .unknownKey: "unknown-key"
    case .unknownType: "unknown-type"
    }
  }
}

/// An institution said something that is kept until it can be read.
public struct NoticeHeld: Hashable, Sendable {
  public var institution: Institution
  public var why: HoldKind
  /// The key or the type, cut to its first 64 bytes.
  public var detail: ExternalID
  /// SHA-256 of the body: the name of the file in which it is kept.
  public var payloadDigest: Digest

  public init(
    institution: Institution, why: HoldKind, detail: ExternalID, payloadDigest: Digest
  ) {
    self.institution = institution
    self.why = why
    self.detail = detail
    self.payloadDigest = payloadDigest
  }

  public func write(to sink: inout some FieldSink) {
    sink.u8("institution", institution.rawValue)
    sink.u8("why", why.rawValue)
    sink.text8("detail", detail)
    sink.digest("payload_digest", payloadDigest)
  }

  public init(from source: inout FieldSource) {
    institution = source.u8("institution", or: .alipay)
    why = source.u8("why", or: .unknownType)
    detail = source.text8()
    payloadDigest = source.digest()
  }
}
