// Why a delivery is refused, and what to do about it.

/// Why a delivery is nobody's word.
public enum NoticeFault: Error, Hashable, Sendable {
  /// A part of it is missing or not what it must be; what, and why.
  case malformed(String, String)
  /// The signature is not the institution's over these bytes.
  case forged
  /// It was signed so many seconds before it came, or after where they are negative.
  case stale(seconds: Int64)
  /// The institution says it, and it makes no sense: an amount that no fen can hold, a refund of
  /// nothing; what, and why.
  case senseless(String, String)
}

extension NoticeFault {
  /// What is wrong, without a full stop.
  public var reason: String {
    switch self {
    case .malformed(let part, let why), .senseless(let part, let why): "\(part): \(why)"
    case .forged: "the signature is not the institution's"
    case .stale(let seconds):
      "it was signed \(abs(seconds)) s \(seconds < 0 ? "after" : "before") it came"
    }
  }

  /// What to do about it.
  public var hint: String {
    switch self {
    case .malformed: "See what the sender makes of it; an institution sends it again."
    case .forged: "See that the keys are those of the institution, and who sends this."
    case .stale: "See that the clocks are right; an institution sends it again, signed anew."
    case .senseless: "Ask the institution; it is not recorded."
    }
  }
}

extension NoticeFault: CustomStringConvertible {
  public var description: String { reason }
}
