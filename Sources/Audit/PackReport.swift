// What a verification of an audit pack covered, and the first thing that it found wrong.

public import Merkle

/// The account of a verification of a pack.
public struct PackReport: Sendable {
  /// The first bad place.
  public struct Damage: Hashable, Sendable {
    /// From the pack's folder on; of a head that was kept elsewhere as it was given.
    public var path: String
    /// The first byte that is not as it should be, where that is known.
    public var offset: Int?
    /// Of a text, counted from 1.
    public var line: Int?
    public var what: String
    /// Not so where a head that was kept elsewhere says that the pack is not what was signed.
    public var isInPack = true
  }

  public var damage: Damage?
  /// Why a dump could not be made again, though nothing is wrong with it: it is of another release.
  public var refusal: String?
  /// All files but the note, and their bytes: all of them were hashed.
  public var files = 0
  public var bytes = 0
  /// The signed head that the tiles were rebuilt to.
  public var head: TreeHead?
  public var origin = ""
  /// The keys that signed the note, by their labels.
  public var signers: [String] = []
  public var areKeysItsOwn = true
  /// Signed heads whose root is that of the entries hashed anew.
  public var heads = 0
  /// The heads that were given from outside and agree.
  public var anchor: UInt64?
  /// The tables that were made again from the entries, byte for byte.
  public var dumps: [String] = []
  public var plans = 0
  /// What a whole pack has and this one has not.
  public var missing: [String] = []

  public init() {}

  public var isSound: Bool { damage == nil && refusal == nil }
}
