// What the door to the vault asks before it writes there: whether a command would be taken, and
// whether it came before.

public import Events
import EventLog

extension Command.Body {
  /// The body with the reference of sealed words beside its reason; itself where it has no reason.
  public func referring(to words: Digest) -> Command.Body {
    func with(_ reason: Reason) -> Reason { Reason(reason: reason.reason, reasonReference: words) }
    return switch self {
    case .closeMerchant(let merchant, let reason): .closeMerchant(merchant, with(reason))
    case .excludeMerchant(let merchant, let plan, let reason):
      .excludeMerchant(merchant, plan: plan, with(reason))
    case .pause(let plan, let reason): .pause(plan: plan, with(reason))
    case .resume(let plan, let reason): .resume(plan: plan, with(reason))
    case .abort(let plan, let reason): .abort(plan: plan, with(reason))
    case .rollBack(let plan, let scope, let reason): .rollBack(plan: plan, scope, with(reason))
    case .reinstate(let plan, let scope, let reason): .reinstate(plan: plan, scope, with(reason))
    default: self
    }
  }
}

extension Runtime {
  /// Whether the command, taken now, would lead to events of its own; nothing is taken.
  ///
  /// - Throws: the `Refusal` that `accept` would throw.
  public func wouldAppend(_ command: Command) throws(Refusal) -> Bool {
    if try isKnown(command.id) { return false }
    guard hasRoom else { throw .busy }
    var decision = Decision()
    try decide(command, in: state, at: currentTime(), into: &decision)
    return !decision.events.isEmpty
  }

  /// Whether a command of this id was taken before.
  ///
  /// - Throws: `logFailed` where the index of sealed segments cannot be asked, or the log has
  ///   failed.
  public func isKnown(_ id: CommandID) throws(Refusal) -> Bool {
    if hasFailed { throw .logFailed }
    if front.find(id) != nil { return true }
    guard let sealed else { return false }
    do throws(LogFault) { return try sealed.command(id) != nil } catch {
      throw front.failed(error)
    }
  }
}
