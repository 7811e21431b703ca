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

  /// A signed head whose root is that of the events hashed anew.
  public struct Head: Hashable, Sendable {
    public var path: String
    public var size: UInt64
    /// The log's keys that signed it, by their labels.
    public var signers: [String]
    /// How many witnesses that the policy knows have signed it too.
    public var cosigners: Int
    /// Whether it was kept elsewhere than in the log's folder.
    public var isOutside: Bool
  }

  public var segments: [SegmentPart] = []
  public var damage: Damage?
  public var heads: [Head] = []
  /// The first thing wrong with a file beside the segments: a key, a signed head, what is derived.
  ///
  /// The events are sound all the same, or else are less than what was signed.
  public var beside: Damage?
  /// Whether heads were given that had been kept elsewhere.
  public var hasKept = false
  /// Whether the keys are those that the folder itself tells of: whoever wrote it chose them.
  public var areKeysItsOwn = true
  public var leaves = Leaves.absent
  /// A batch stands at the end that was never acknowledged.
  public var isTorn = false
  /// What is not as it should be and does not matter for the events.
  public var notes: [String] = []
  /// One past the last event verified.
  public var position = Position.zero
  public var root = Digest.emptyRoot
  public var logTime = Timestamp.none

  public init() {}

  public var isSound: Bool {
    if case .differs = leaves { return false }
    return damage == nil && beside == nil
  }

  /// The largest head from elsewhere: what stands before it was not cut off or changed since.
  public var anchor: Head? { heads.filter { $0.isOutside }.max { $0.size < $1.size } }

  public var bytes: Int { segments.reduce(0) { $0 + $1.bytes } }
  public var frames: UInt64 { segments.reduce(0) { $0 + $1.frames } }
  public var seals: Int { segments.count { $0.isSealed } }
}
