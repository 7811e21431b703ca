// How a run ends, as scripts test for it, and which error leads to which end.

import Daemon
import Dumps
import EventLog
import Events
import Orchestrator
import Platform
import Projections
import Rollout
import Text
import Vault

/// The exit codes of the program.
enum ExitCode: Int32 {
  case done = 0
  /// A rule says no.
  case refused = 1
  case usage = 2
  /// The log or a proof is damaged or does not verify.
  case damaged = 3
  /// The world failed.
  case fault = 4
  /// Another process holds the log.
  case locked = 5
  /// The log is not the one that was signed: shorter, or another.
  case forked = 6
}

/// An error on its way to the terminal: what, and what to do about it.
struct CommandFailure: Error {
  let code: ExitCode
  /// Without a full stop.
  let what: String
  /// One sentence that says what to do; empty where the first does, as in a fault of the log.
  let hint: String

  init(_ code: ExitCode, _ what: String, hint: String) {
    self.code = code
    self.what = what
    self.hint = hint
  }

  /// `sluice COMMAND: what. hint`, on one line, without its line feed.
  func text(_ command: String) -> String {
    let head = command.isEmpty ? "sluice" : "sluice \(command)"
    let parts = [what, hint].filter { !$0.isEmpty }.map { part in
      part.last.map { ".!?".contains($0) } == true ? part : part + "."
    }
    return "\(head): \(parts.joined(separator: " "))"
  }
}

extension CommandFailure {
  /// The end that an error leads to.
  init(of error: any Error) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let away as TurnedAway: self = away.failure
    case let fault as UsageFault: self.init(.usage, fault.what, hint: fault.hint)
    case let fault as Fault: self.init(fault)
    case let fault as LogFault: self.init(fault)
    case HeadFault.disk(let fault): self.init(fault)
    case let fault as HeadFault: self.init(.damaged, "\(fault)", hint: CommandFailure.hint(fault))
    case let fault as VaultFault: self.init(fault)
    case let fault as ReadModelFault:
      self.init(.damaged, "\(fault)", hint: CommandFailure.verify)
    case let fault as DecodeFault:
      self.init(.damaged, "\(fault)", hint: CommandFailure.verify)
    case let fault as TextFault: self.init(.usage, fault.reason, hint: fault.hint)
    case let faults as PlanFaults: self.init(.refused, faults.description, hint: "")
    case let faults as TermsFaults: self.init(.refused, faults.description, hint: "")
    case let fault as DoorkeeperFault:
      self.init(.usage, "the roles in \(fault.path): \(fault.reason)", hint: fault.hint)
    case let refusal as Refusal:
      self.init(.refused, "\(refusal.message) (\(refusal.name))", hint: refusal.hint)
    case let failure as ReadFailure<any Error>: self.init(failure)
    default: self.init(.fault, "\(error)", hint: "Try again; if it lasts, report it")
    }
  }

  private static let verify =
    "Run `sluice verify`, which says what is sound; read the log with the newest release"

  /// What to do about a head that is not as it was signed.
  private static func hint(_ fault: HeadFault) -> String {
    switch fault {
    case .disk: ""
    case .damaged: "Bring the file back from where it is kept, or from a witness"
    case .changed: "See that one daemon alone writes there, and start it again"
    case .forked: "Bring back the newest copy of the log; `sluice verify` with a kept head tells"
    case .unsigned: "See that log.key and log.vkey are those of this log"
    }
  }

  private init<Failure: Error>(_ failure: ReadFailure<Failure>) {
    switch failure {
    case .log(let fault): self.init(fault)
    case .body(let error): self.init(of: error)
    }
  }

  private init(_ fault: Fault) {
    self.init(.fault, fault.sentence, hint: fault.hint)
  }

  private init(_ fault: VaultFault) {
    switch fault {
    case .disk(let fault): self.init(fault)
    case .damaged: self.init(.damaged, "\(fault)", hint: "")
    case .locked: self.init(.locked, "\(fault)", hint: "Wait until it ends, or stop it")
    case .wordsUnknown, .subjectUnknown:
      self.init(.refused, "\(fault)", hint: "See that --vault names the vault of this log")
    case .erased: self.init(.refused, "\(fault)", hint: "Nobody can bring them back")
    case .tooLong: self.init(.usage, "\(fault)", hint: "Give fewer words")
    case .openToOthers, .ofAnother, .unsure: self.init(.fault, "\(fault)", hint: "")
    }
  }

  private init(_ fault: LogFault) {
    switch fault {
    case .disk(let fault): self.init(fault)
    case .full(let inner):
      self.init(inner)
    case .corrupt, .unexpectedPosition: self.init(.damaged, "\(fault)", hint: "")
    case .locked: self.init(.locked, "\(fault)", hint: "")
    case .alreadyALog: self.init(.refused, "\(fault)", hint: "")
    case .outOfRange: self.init(.refused, "\(fault)", hint: "Name an earlier position")
    case .notALog, .batchTooLarge: self.init(.fault, "\(fault)", hint: "")
    }
  }
}
