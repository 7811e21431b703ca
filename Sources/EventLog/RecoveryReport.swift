// What opening a log found and did.

import Events

/// The outcome of opening a log for writing.
public struct RecoveryReport: Hashable, Sendable {
  public var verdict: Recovery.Verdict
  /// Bytes from the first invalid one to the last that was not zero, copied to the quarantine.
  public var droppedBytes = 0
  /// 1 where a batch was dropped: only one is ever in flight.
  public var droppedFrames = 0
  public var quarantinePath: String?
  /// Which opening of the log this is, from 1.
  public var incarnation: UInt32
  /// Whether the last writer stopped in order.
  public var wasClean: Bool
  /// What is not as it should be and does not matter for the events.
  public var warnings: [String] = []
}

/// How a carrier keeps its files.
public struct LogOptions: Sendable {
  /// Bytes of a segment, room for about 740,000 payments.
  ///
  /// What stands behind the last seal is folded at each start, which is quicker the shorter
  /// segments are; but there are more files of the index then, and each new id is held against the
  /// filter of each.
  public var segmentCapacity = 128 * 1024 * 1024
  /// Bytes of the file that is given up so that control events fit on a full disk: half of it must
  /// take the batch that met the full disk and the one gathered meanwhile, 8 MiB each at most.
  public var reserveLength = 40 * 1024 * 1024
  /// How far zeros are laid ahead of small frames, which are at most half as long.
  public var zerosLength = 1 << 20
  /// Who opens the log, for the message that a second opener gets, as in `process 4711`.
  public var holder = ""
  /// Check every frame, every leaf and every seal when opening.
  public var verifyEverything = false
  #if PLANTED_BUGS
    public var bugs: PlantedBugs = []
  #endif

  public init() {}

  /// Smallest capacity that holds a header, a frame and a seal.
  static let segmentCapacityMin = 4_096
}

#if PLANTED_BUGS
  /// Mistakes that the tests switch on to see themselves turn red.
  public struct PlantedBugs: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// The directory is not synchronized after a rename.
    public static let skipDirectorySync = PlantedBugs(rawValue: 1 << 0)
    /// Recovery cuts at the first invalid byte whatever follows it.
    public static let truncateAtFirstDamage = PlantedBugs(rawValue: 1 << 1)
    /// A failed synchronization is tried once more.
    public static let retryFailedSync = PlantedBugs(rawValue: 1 << 2)
    /// A batch is acknowledged without a synchronization.
    public static let skipSync = PlantedBugs(rawValue: 1 << 3)
    /// sync.mark is not looked at when opening.
    public static let ignoreMark = PlantedBugs(rawValue: 1 << 4)
    /// The torn bytes are not overwritten with zeros.
    public static let noTailZeroing = PlantedBugs(rawValue: 1 << 5)
    /// The cache is trusted when opening.
    public static let keepCache = PlantedBugs(rawValue: 1 << 6)
    /// The link to the predecessor is not compared.
    public static let ignoreLink = PlantedBugs(rawValue: 1 << 7)
    /// The checksum of the body is not compared.
    public static let ignoreBodyChecksum = PlantedBugs(rawValue: 1 << 8)
    /// No room is left for the seal.
    public static let noRoomForSeal = PlantedBugs(rawValue: 1 << 9)
    /// The torn bytes are dropped without a copy.
    public static let noQuarantine = PlantedBugs(rawValue: 1 << 10)
    /// The leaves are not compared with the events when opening.
    public static let trustLeaves = PlantedBugs(rawValue: 1 << 11)
    /// A failed write does not poison the carrier.
    public static let noPoison = PlantedBugs(rawValue: 1 << 12)
  }
#endif

extension LogOptions {
  #if PLANTED_BUGS
    func has(_ bug: PlantedBugs) -> Bool { bugs.contains(bug) }
  #endif
}
