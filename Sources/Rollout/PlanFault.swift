// What is wrong with a plan, and what would be right.

/// One fault of a plan: where, what stands there, why it cannot stay, what would do.
public struct PlanFault: Error, Hashable, Sendable {
  /// The place in the document: `waves[2].share`; `line 4` where it is no JSON at all.
  public var path: String
  /// What stands there, as it was written; empty where nothing does.
  public var value: String
  /// Why it cannot stay, without a full stop.
  public var reason: String
  /// What would be right, in one sentence; empty where the reason says it.
  public var advice: String
  /// Whether the plan may be carried out all the same, at the price the reason names.
  public var isWarning: Bool

  public init(
    path: String, value: String = "", reason: String, advice: String = "", isWarning: Bool = false
  ) {
    self.path = path
    self.value = value
    self.reason = reason
    self.advice = advice
    self.isWarning = isWarning
  }
}

extension PlanFault: CustomStringConvertible {
  public var description: String {
    let found = value.isEmpty ? path : "\(path) (\(value))"
    return advice.isEmpty ? "\(found): \(reason)." : "\(found): \(reason). \(advice)"
  }
}

/// The faults of a plan that cannot be carried out, all of them.
public struct PlanFaults: Error, Sendable, CustomStringConvertible {
  public var faults: [PlanFault]

  public init(faults: [PlanFault]) { self.faults = faults }

  public var description: String { faults.map(\.description).joined(separator: "\n") }
}
