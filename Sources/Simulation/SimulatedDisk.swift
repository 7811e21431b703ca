// A disk in memory that forgets what was not synchronized, fails on request and repeats itself
// exactly under one seed.
//
// A file has two images. The durable one is what a power cut leaves. The cached one is what reads
// see. Between them stands a list of writes that no synchronization has covered yet. A power cut
// decides by the seed what becomes of that list: nothing of it, all of it, the first few, or a
// random choice of its 512-byte sectors. A sector is never torn: that much every disk promises.
//
// A name has two images too. Creating, renaming and removing change the live directory; only
// `synchronizeDirectory` makes it durable. Synchronizing a file does not make its name durable.
//
// A synchronization that fails behaves as Linux does: the pages are marked clean, reads still show
// the new bytes, the next synchronization succeeds, and the bytes are nowhere. `dropCache` shows
// the truth.

public import Platform
import Synchronization

/// A `Disk` for tests and the simulator.
public final class SimulatedDisk: Disk {
  /// What a planned fault does to the call it meets.
  public enum Effect: Hashable, Sendable {
    /// The call fails with this number.
    case fail(Errno)
    /// A read or write takes half of what was asked; other calls are left alone.
    case short
    /// The power goes out during the call: it and all later ones fail until `restart`.
    case powerCut
  }

  /// Which calls fail.
  public struct FaultPlan: Sendable {
    /// Effects by the number of the call, counted from 1.
    public var atOperation: [Int: Effect] = [:]
    /// Effects by the name of the call, as `fdatasync`, for its next occurrence only.
    public var nextNamed: [String: Effect] = [:]
    /// The chance, in thousandths, that a call meets `randomEffect`.
    public var perMille = 0
    public var randomEffect = Effect.short
    public init() {}
  }

  private let state: Mutex<SimulatedDiskState>

  public init(seed: UInt64) {
    state = Mutex(SimulatedDiskState(seed: seed))
  }

  private init(_ copied: SimulatedDiskState) {
    state = Mutex(copied)
  }

  /// Another disk with the same content, on which nothing is open; with a seed of its own where one
  /// is given.
  public func copy(seed: UInt64? = nil) -> SimulatedDisk {
    var copied = state.withLock { $0 }
    copied.kill()
    if let seed { copied.numbers = SeededNumbers(seed: seed) }
    return SimulatedDisk(copied)
  }

  // MARK: Disk

  public func open(_ path: String, _ mode: OpenMode) throws(Fault) -> DiskFile {
    try state.withLock { (state) throws(Fault) in try state.open(path, mode) }
  }

  public func close(_ file: DiskFile) throws(Fault) {
    try state.withLock { (state) throws(Fault) in try state.close(file) }
  }

  public func read(
    _ file: DiskFile, into bytes: inout MutableRawSpan, at offset: Int
  ) throws(Fault) -> Int {
    let asked = bytes.byteCount
    let found = try state.withLock { (state) throws(Fault) in
      try state.read(file, count: asked, at: offset)
    }
    unsafe bytes.withUnsafeMutableBytes { target in
      unsafe target.copyBytes(from: found)
    }
    return found.count
  }

  public func write(
    _ file: DiskFile, _ bytes: RawSpan, at offset: Int
  ) throws(Fault) -> Int {
    let copied = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
    return try state.withLock { (state) throws(Fault) in
      try state.write(file, copied, at: offset)
    }
  }

  public func synchronize(_ file: DiskFile) throws(Fault) {
    try state.withLock { (state) throws(Fault) in try state.synchronize(file) }
  }

  public func synchronizeDirectory(_ path: String) throws(Fault) {
    try state.withLock { (state) throws(Fault) in try state.synchronizeDirectory(path) }
  }

  public func reserve(_ file: DiskFile, length: Int) throws(Fault) {
    try state.withLock { (state) throws(Fault) in try state.reserve(file, length: length) }
  }

  public func truncate(_ file: DiskFile, length: Int) throws(Fault) {
    try state.withLock { (state) throws(Fault) in try state.truncate(file, length: length) }
  }

  public func size(_ file: DiskFile) throws(Fault) -> Int {
    try state.withLock { (state) throws(Fault) in try state.size(file) }
  }

  public func dropCache(_ file: DiskFile, from offset: Int) throws(Fault) {
    try state.withLock { (state) throws(Fault) in try state.dropCache(file, from: offset) }
  }

  public func rename(
    _ source: String, to target: String, replacing: Bool
  ) throws(Fault) {
    try state.withLock { (state) throws(Fault) in
      try state.rename(source, to: target, replacing: replacing)
    }
  }

  public func remove(_ path: String) throws(Fault) {
    try state.withLock { (state) throws(Fault) in try state.remove(path) }
  }

  public func protect(_ path: String) throws(Fault) {
    try state.withLock { (state) throws(Fault) in try state.protect(path) }
  }

  public func list(_ path: String) throws(Fault) -> [String] {
    try state.withLock { (state) throws(Fault) in try state.list(path) }
  }

  public func exists(_ path: String) throws(Fault) -> Bool {
    try state.withLock { (state) throws(Fault) in try state.exists(path) }
  }

  public func makeDirectory(_ path: String) throws(Fault) {
    try state.withLock { (state) throws(Fault) in try state.makeDirectory(path) }
  }

  public func lock(_ directory: String) throws(Fault) -> DiskFile? {
    try state.withLock { (state) throws(Fault) in try state.lock(directory) }
  }
}

// MARK: What the tests and the simulator do to it

extension SimulatedDisk {
  /// The power goes out and comes back: unsynchronized writes and names meet their fate, handles
  /// and locks are gone.
  public func crash() { state.withLock { $0.restart() } }

  /// The power comes back after a planned `powerCut`; the same as `crash` where there was none.
  public func restart() { state.withLock { $0.restart() } }

  /// The process dies and the machine lives: handles and locks are gone, the cache stays.
  ///
  /// After a planned `powerCut` has struck, it says that the process died in that call, and no
  /// more.
  public func kill() { state.withLock { $0.kill() } }

  public var plan: FaultPlan {
    get { state.withLock { $0.plan } }
    set { state.withLock { $0.plan = newValue } }
  }

  /// Whether a planned `powerCut` has struck and nobody has put it right.
  public var isDown: Bool { state.withLock { $0.isDown } }

  /// Calls so far.
  public var operations: Int { state.withLock { $0.operations } }

  /// Whether calls are written down in `trace`.
  public var isTracing: Bool {
    get { state.withLock { $0.isTracing } }
    set { state.withLock { $0.isTracing = newValue } }
  }

  /// The last calls, one line each, at most `SimulatedDiskState.traceMax` of them.
  public var trace: [String] { state.withLock { $0.trace } }

  /// What the calls would have taken on a machine, in nanoseconds.
  public var elapsedNanoseconds: Int64 { state.withLock { $0.elapsed } }

  /// The bytes all files may hold together; nil for no limit.
  public var capacity: Int? {
    get { state.withLock { $0.capacity } }
    set { state.withLock { $0.capacity = newValue } }
  }

  public var used: Int { state.withLock { $0.used } }

  /// The cached image of a file, nil where there is none.
  public func contents(_ path: String) -> [UInt8]? {
    state.withLock { $0.contents(path) }
  }

  /// Whether all write permission was taken from the file.
  public func isProtected(_ path: String) -> Bool { state.withLock { $0.isProtected(path) } }

  /// Every path of a file, in the order of their bytes.
  public var paths: [String] { state.withLock { $0.paths } }

  /// Turns one bit of a file in both images, as rot does.
  public func flip(_ path: String, offset: Int, bit: Int) {
    state.withLock { state in
      state.alter(path) { bytes in
        if offset < bytes.count { bytes[offset] ^= 1 << UInt8(bit & 7) }
      }
    }
  }

  /// Puts bytes into both images behind everybody's back.
  public func plant(_ path: String, _ bytes: [UInt8], at offset: Int) {
    state.withLock { state in
      state.alter(path) { image in
        let missing = offset + bytes.count - image.count
        if missing > 0 { image.append(contentsOf: repeatElement(0, count: missing)) }
        image.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      }
    }
  }

  /// Cuts both images behind everybody's back.
  public func cut(_ path: String, to length: Int) {
    state.withLock { state in
      state.alter(path) { $0.removeSubrange(min(length, $0.count)...) }
    }
  }

  /// Creates a durable file behind everybody's back.
  public func place(_ path: String, _ bytes: [UInt8]) {
    state.withLock { $0.place(path, bytes) }
  }

  /// Removes a file durably behind everybody's back.
  public func vanish(_ path: String) { state.withLock { $0.vanish(path) } }

  /// Makes every read that touches this 512-byte sector fail with EIO.
  public func spoil(_ path: String, sector: Int) { state.withLock { $0.spoil(path, sector) } }
}
