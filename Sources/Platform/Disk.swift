// The one door to storage: everything the product writes goes through a Disk, so that a simulator
// can stand in for it.

/// An open file of a `Disk`.
public struct DiskFile: RawRepresentable, Hashable, Sendable {
  public var rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// How `Disk.open` opens a file.
public enum OpenMode: Sendable {
  /// For reading; it must exist.
  case read
  /// For reading and writing; it must exist.
  case write
  /// For reading and writing; created with mode 0600 where absent.
  case createOrOpen
  /// For reading and writing; it must not exist yet; created with mode 0600.
  case createNew
}

/// The calls that storage needs.
///
/// `SystemDisk` is the machine's; the simulator has another.
///
/// No call retries a failed synchronization. Calls interrupted by a signal are repeated inside.
public protocol Disk: Sendable {
  func open(_ path: String, _ mode: OpenMode) throws(Fault) -> DiskFile
  /// Closes the file; an error here is an error of what was written.
  func close(_ file: DiskFile) throws(Fault)
  /// Reads up to `bytes.byteCount` bytes at an offset; 0 means the end of the file.
  func read(_ file: DiskFile, into bytes: inout MutableRawSpan, at offset: Int) throws(Fault) -> Int
  /// Writes at an offset and says how many bytes it took, which may be fewer than asked.
  func write(_ file: DiskFile, _ bytes: RawSpan, at offset: Int) throws(Fault) -> Int
  /// Lets the disk begin with what was written in a range, so that a later `synchronize` has less
  /// to wait for; it promises nothing, and a disk that cannot do it leaves it.
  func beginWriting(_ file: DiskFile, _ range: Range<Int>)
  /// fdatasync: returns only when what was written is durable.
  func synchronize(_ file: DiskFile) throws(Fault)
  /// fsync of a directory: returns only when its names are durable.
  func synchronizeDirectory(_ path: String) throws(Fault)
  /// Makes the file `length` bytes long and takes the room for it; what it gains reads as zeros.
  func reserve(_ file: DiskFile, length: Int) throws(Fault)
  func truncate(_ file: DiskFile, length: Int) throws(Fault)
  func size(_ file: DiskFile) throws(Fault) -> Int
  /// Tells the system to forget its cached copy from an offset on.
  func dropCache(_ file: DiskFile, from offset: Int) throws(Fault)
  /// Renames; where `replacing` is false an existing target is the fault EEXIST.
  func rename(_ source: String, to target: String, replacing: Bool) throws(Fault)
  func remove(_ path: String) throws(Fault)
  /// Takes all write permission from a file.
  func protect(_ path: String) throws(Fault)
  /// The names in a directory, in the order of their bytes.
  func list(_ path: String) throws(Fault) -> [String]
  func exists(_ path: String) throws(Fault) -> Bool
  func makeDirectory(_ path: String) throws(Fault)
  /// Whether anybody but its owner may read, write or reach into a file or a directory.
  func isOpenToOthers(_ path: String) throws(Fault) -> Bool
  /// Whether another user owns a file or a directory.
  func isOfAnother(_ path: String) throws(Fault) -> Bool
  /// Takes the exclusive lock of a directory (flock) until it is given back; nil where another
  /// process has it.
  func lock(_ directory: String) throws(Fault) -> DiskFile?
  /// Gives a lock back and closes its file.
  func unlock(_ lock: DiskFile) throws(Fault)
}

/// What a disk writes where it writes zeros.
private let zeros = [UInt8](repeating: 0, count: 1 << 20)

extension Disk {
  public func beginWriting(_ file: DiskFile, _ range: Range<Int>) {}

  public func unlock(_ lock: DiskFile) throws(Fault) { try close(lock) }

  /// A disk without users is open to nobody.
  public func isOpenToOthers(_ path: String) throws(Fault) -> Bool { false }

  public func isOfAnother(_ path: String) throws(Fault) -> Bool { false }

  /// Writes zeros.
  public func writeZeros(_ file: DiskFile, _ range: Range<Int>, path: String) throws(Fault) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = min(zeros.count, range.upperBound - offset)
      let bytes = unsafe zeros.span.bytes
      try writeAll(file, bytes.extracting(0..<count), at: offset, path: path)
      offset += count
    }
  }

  /// Writes all bytes, going on after short writes.
  public func writeAll(
    _ file: DiskFile, _ bytes: RawSpan, at offset: Int, path: String
  ) throws(Fault) {
    var done = 0
    while done < bytes.byteCount {
      let taken = try write(file, bytes.extracting(done..<bytes.byteCount), at: offset + done)
      guard taken > 0 else {
        throw Fault(
          "pwrite", .noSpace, path: path, offset: offset + done,
          hint: "The write took no bytes; see that the disk has room.")
      }
      done += taken
    }
  }

  /// Reads until the buffer is full or the file ends; says how many bytes it holds.
  public func readAll(
    _ file: DiskFile, into bytes: inout MutableRawSpan, at offset: Int
  ) throws(Fault) -> Int {
    var done = 0
    while done < bytes.byteCount {
      var rest = bytes._mutatingExtracting(done..<bytes.byteCount)
      let taken = try read(file, into: &rest, at: offset + done)
      if taken == 0 { break }
      done += taken
    }
    return done
  }
}
