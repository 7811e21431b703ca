// What a verification covered, and the first thing that it found wrong.

package import Events
import Merkle

/// The account of a verification.
package struct VerifyReport: Hashable, Sendable {
  /// One file of the log.
  package struct SegmentPart: Hashable, Sendable {
    package var path: String
    package var first: Position
    /// Bytes of the file, all of them looked at.
    package var bytes: Int
    package var frames: UInt64 = 0
    package var events: UInt64 = 0
    /// It ends with a seal whose root is that of the events hashed anew.
    package var isSealed = false
  }

  /// The first bad place.
  package struct Damage: Hashable, Sendable {
    package var path: String
    package var offset: Int
    /// The position at which the good part of the log ends.
    package var position: Position
    package var what: String
  }

  /// How the derived file of leaves compares with the events.
  package enum Leaves: Hashable, Sendable {
    case absent
    /// It holds the leaves of so many events, all of them right.
    case same(UInt64)
    case differs(Position)
  }

  package var segments: [SegmentPart] = []
  package var damage: Damage?
  package var leaves = Leaves.absent
  /// What is not as it should be and does not matter for the events.
  package var notes: [String] = []
  /// One past the last event verified.
  package var position = Position.zero
  package var root = Digest.emptyRoot
  package var logTime = Timestamp.none

  package init() {}

  package var isSound: Bool {
    if case .differs = leaves { return false }
    return damage == nil
  }

  package var bytes: Int { segments.reduce(0) { $0 + $1.bytes } }
  package var frames: UInt64 { segments.reduce(0) { $0 + $1.frames } }
  package var seals: Int { segments.count { $0.isSealed } }
}
