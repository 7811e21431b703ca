// The numbers of the event kinds. A number is written in the log: it is never reused.

/// What an event says, as numbered in events/catalogue.
public enum EventKind: UInt16, CaseIterable, Sendable {
  // The log and its daemon.
  case logCreated = 1
  case daemonStarted = 2
  case daemonStopped = 3
  case clockStepped = 4
  case clockConfirmed = 5
  case logRecovered = 6
  case dumpPublished = 7
  case signingKeyNamed = 8
  case merchantTreeCommitted = 9
  // What is open to all, and by which words.
  case institutionOpened = 10
  case termsPublished = 11
  // Merchants.
  case merchantRegistered = 20
  case merchantUpdated = 21
  case merchantClosed = 22
  case merchantEnabled = 23
  case merchantRolledBack = 24
  case merchantReinstated = 25
  case merchantExcluded = 26
  // Rollouts.
  case rolloutConsulted = 40
  case rolloutAnnounced = 41
  case rolloutApproved = 42
  case rolloutStarted = 43
  case rolloutPaused = 44
  case rolloutResumed = 45
  case rolloutAborted = 46
  case windowEnded = 47
  case rolloutCompleted = 48
  case rolloutAmended = 49
  case waveOpened = 50
  case waveCompleted = 51
  case rollbackOrdered = 55
  case rollbackCompleted = 56
  case reinstatementOrdered = 57
  case reinstatementCompleted = 58
  // The cashier's side of an order.
  case orderOffered = 60
  case orderAttempted = 61
  case orderFailed = 62
  case orderTimedOut = 63
  // A notification that nobody can read yet.
  case noticeHeld = 69
  // Payments, as institutions notify them.
  case paymentPending = 70
  case paymentAuthorised = 71
  case paymentCaptured = 72
  case paymentFailed = 73
  case paymentRefunded = 74
  case paymentClosed = 75
  // Guardrails.
  case guardrailBreached = 80
  case guardrailCleared = 81
  case evidenceClosed = 82
  // Finance: statements of institutions, what days are adjusted by, what was found wrong, disputes;
  // which transactions are one payment.
  case statementReconciled = 90
  case paymentAdjusted = 91
  case discrepancyResolved = 92
  case paymentDisputed = 93
  case paymentCombined = 94
  // The vault, where what may name people is sealed.
  case subjectErased = 101

  /// The version of its fields that this release writes.
  public var version: UInt8 {
    switch self {
    case .termsPublished, .rolloutApproved, .rollbackOrdered, .rollbackCompleted,
      .reinstatementOrdered:
      2
    default: 1
    }
  }

  /// The name in the catalogue and in every printed event: `merchant-enabled`.
  public var name: String {
    var name = ""
    for character in "\(self)" {
      if character.isUppercase { name.append("-") }
      name.append(contentsOf: character.lowercased())
    }
    return name
  }

  /// The outcome of a payment kind; nil for every other kind.
  public var outcome: Outcome? {
    switch self {
    case .paymentPending: .pending
    case .paymentAuthorised: .authorised
    case .paymentCaptured: .captured
    case .paymentFailed: .failed
    case .paymentRefunded: .refunded
    case .paymentClosed: .closed
    default: nil
    }
  }

  public init(outcome: Outcome) {
    self =
      switch outcome {
      case .pending: .paymentPending
      case .authorised: .paymentAuthorised
      case .captured: .paymentCaptured
      case .failed: .paymentFailed
      case .refunded: .paymentRefunded
      case .closed: .paymentClosed
      }
  }
}

extension EventKind {
  /// Whether a raw kind is one of the six payment kinds.
  @inline(__always)
  public static func isPayment(_ kind: UInt16) -> Bool { kind &- 70 < 6 }

  /// Whether it is what the cashier says of an order.
  public var isOfAnOrder: Bool {
    switch self {
    case .orderOffered, .orderAttempted, .orderFailed, .orderTimedOut: true
    default: false
    }
  }

  /// Whether the head of this kind must name a registered merchant.
  public var concernsOneMerchant: Bool {
    switch self {
    case .merchantRegistered, .merchantUpdated, .merchantClosed, .merchantEnabled,
      .merchantRolledBack, .merchantReinstated, .merchantExcluded:
      true
    default: false
    }
  }
}
