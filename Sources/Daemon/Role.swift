// Who may ask for what. A client is known by the uid that the system vouches for at the other end
// of its socket; what a uid may do is what its roles say, and nothing where it has none.
//
//   role       may
//   operator   everything that steers, but approve
//   approver   approve; pause and abort, which need less than resuming does
//   auditor    ask: queries and dumps
//   ingest     hand in what happened: payments, the cashier's orders, merchants
//
// The table request by role stands in ARCHITECTURE.md and is tested against a real daemon.

import Events
import Orchestrator

/// What a client may be.
public enum Role: UInt8, CaseIterable, Sendable {
  case `operator`, approver, auditor, ingest

  /// The word of the roles' file.
  public var name: String { "\(self)" }
}

/// The roles of one client, or those that may ask for something.
public struct RoleSet: OptionSet, Hashable, Sendable {
  public var rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public init(_ role: Role) { rawValue = 1 << role.rawValue }

  public static let none: RoleSet = []
  public static let all = RoleSet(Role.allCases)

  public init(_ roles: [Role]) {
    rawValue = roles.reduce(0) { $0 | RoleSet($1).rawValue }
  }

  public func contains(_ role: Role) -> Bool { !isDisjoint(with: RoleSet(role)) }

  /// The words, in the order of roles.
  public var names: [String] { Role.allCases.filter { contains($0) }.map(\.name) }
}

extension Role {
  /// Why a client with these roles may not do what needs one of others; nil where it may.
  static func refusal(_ roles: RoleSet, of needed: RoleSet) -> Refusal? {
    roles.isDisjoint(with: needed) ? .roleMissing(needed.names) : nil
  }

  static func refusal(_ roles: RoleSet, of needed: Role) -> Refusal? {
    refusal(roles, of: RoleSet(needed))
  }
}

extension Request {
  /// The roles of which one is needed.
  public var roles: RoleSet {
    switch self {
    case .payment, .notice: RoleSet(.ingest)
    case .stop, .erase: RoleSet(.operator)
    case .command(let command), .words(let command, _): command.body.roles
    case .query(let query): query.roles
    }
  }
}

extension Request.Query {
  fileprivate var roles: RoleSet {
    switch self {
    // The cashier's side asks where the method is open, and every client what time it is.
    case .clock: .all
    case .open: RoleSet([.auditor, .ingest])
    case .status, .dump: RoleSet(.auditor)
    }
  }
}

extension Command.Body {
  fileprivate var roles: RoleSet {
    switch self {
    case .recordPayment, .offerOrder, .attemptOrder, .failOrder, .timeOutOrder,
      .registerMerchant, .holdNotice, .recordDispute, .recordCombined:
      RoleSet(.ingest)
    case .approve: RoleSet(.approver)
    case .pause, .abort: RoleSet([.operator, .approver])
    case .consult, .announce, .amend, .start, .resume, .rollBack, .reinstate, .closeMerchant,
      .excludeMerchant, .reinstateMerchant, .confirmClock, .publishDump, .publishTerms,
      .reconcileStatement, .adjustPayment, .resolveDiscrepancy:
      RoleSet(.operator)
    // The daemon's own: no line of a client makes one.
    case .createLog, .startDaemon, .recordRecovery, .stopDaemon, .stepClock, .nameKey,
      .commitMerchantTree, .schedule, .eraseSubject:
      .none
    }
  }
}

extension Command {
  /// The command as its client's roles let it be taken: who is no operator acts as approver, and so
  /// does everyone who approves.
  func taken(by roles: RoleSet) -> Command {
    guard actor.kind == .operator else { return self }
    if case .approve = body {} else if roles.contains(.operator) { return self }
    var command = self
    command.actor.kind = .approver
    return command
  }
}
