// What a verification covered, and the first thing that it found wrong.

public import Events
import Merkle

/// The account of a verification.
public struct VerifyReport: Hashable, Sendable {
  /// One file of the log.
  public struct SegmentPart: Hashable, Sendable {
    public var path: String
    public var first: Position
    /// Bytes of the file, all of them looked at.
    public var bytes: Int
    public var frames: UInt64 = 0
    public var events: UInt64 = 0
    /// It ends with a seal whose root is that of the events hashed anew.
    public var isSealed = false
  }

  /// The first bad place.
  public struct Damage: Hashable, Sendable {
    public var path: String
    public var offset: Int
    /// The position at which the good part of the log ends.
    public var position: Position
    public var what: String
  }

  /// How the derived file of leaves compares with the events.
  public enum Leaves: Hashable, Sendable {
    case absent
    /// It holds the leaves of so many events, all of them right.
    case same(UInt64)
    case differs(Position)
  }

  public var segments: [SegmentPart] = []
  public var damage: Damage?
  public var leaves = Leaves.absent
  /// What is not as it should be and does not matter for the events.
  public var notes: [String] = []
  /// One past the last event verified.
  public var position = Position.zero
  public var root = Digest.emptyRoot
  public var logTime = Timestamp.none

  public init() {}

  public var isSound: Bool {
    if case .differs = leaves { return false }
    return damage == nil
  }

  public var bytes: Int { segments.reduce(0) { $0 + $1.bytes } }
  public var frames: UInt64 { segments.reduce(0) { $0 + $1.frames } }
  public var seals: Int { segments.count { $0.isSealed } }
}
