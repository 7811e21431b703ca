// The one place where events of older versions are read. What such an event lacks is said to be
// lacking, in the same value that this release's events become; so a fold meets one form, the bytes
// come out as they went in, and a printer shows what the log says.
//
//   kind                        version 1 lacks
//   11 terms-published          supersedes and document: it kept the digest of the words alone
//   42 rollout-approved         all that says what was approved: it was the start
//   55 rollback-ordered         category: it knew no such scope
//   56 rollback-completed       still_on: it did not say how many of its scope were still on
//   57 reinstatement-ordered    category
//
// A new version of a kind: its number in `EventKind.version`, the field that is new as an optional
// of the payload, a line above and one in each switch below. The catalogue keeps a file a version,
// `055-rollback-ordered-1.json` beside `055-rollback-ordered.json`.

extension Payload {
  /// Reads the fields of a kind in a version; what is wrong with them is kept in `source`.
  ///
  /// - Throws: `DecodeFault.unknownVersion` for one that no release has written.
  init(
    _ kind: EventKind, version: UInt8, from source: inout FieldSource
  ) throws(DecodeFault) {
    if version == kind.version {
      self.init(kind, from: &source)
      return
    }
    switch (kind, version) {
    case (.termsPublished, 1): self = .termsPublished(TermsPublished(version1: &source))
    case (.rolloutApproved, 1): self = .rolloutApproved(RolloutApproved(version1: &source))
    case (.rollbackOrdered, 1): self = .rollbackOrdered(ScopedOrder(version1: &source))
    case (.reinstatementOrdered, 1): self = .reinstatementOrdered(ScopedOrder(version1: &source))
    case (.rollbackCompleted, 1): self = .rollbackCompleted(ScopedOrderCompleted(from: &source))
    default: throw .unknownVersion(kind, version)
    }
  }

  /// The version that its fields are of.
  var version: UInt8 {
    switch self {
    case .termsPublished(let fields): fields.edition == nil ? 1 : kind.version
    case .rolloutApproved(let fields): fields.grant == nil ? 1 : kind.version
    case .rollbackOrdered(let fields), .reinstatementOrdered(let fields):
      fields.category == nil ? 1 : kind.version
    case .rollbackCompleted(let fields): fields.stillOn == nil ? 1 : kind.version
    default: kind.version
    }
  }
}

extension ScopedOrder {
  fileprivate init(version1 source: inout FieldSource) {
    self.init(allButCategory: &source)
    if scope == .category { source.refuse("scope", UInt64(scope.rawValue)) }
  }
}
