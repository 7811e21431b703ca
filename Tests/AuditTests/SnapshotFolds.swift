// A log folded as a daemon does, from its beginning or from a snapshot, and files that snapshots
// are read from.

import Dumps
import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections
import Simulation
import Testing

/// The events of a log in memory.
struct KeptLog {
  var id = GoldenStory.logID
  var events: [[UInt8]] = []
  var logTimes: [Timestamp] = []

  init(golden name: String) throws { try self.init(try GoldenFolder.copy(name)) }

  init(_ disk: SimulatedDisk) throws {
    let reader = try LogReader(disk, GoldenStory.folder)
    id = reader.logID
    try reader.read(from: .zero) { batch throws(DecodeFault) in
      for index in 0..<batch.count {
        let bytes = batch.bytes(of: index)
        events.append(unsafe bytes.withUnsafeBytes { unsafe Array($0) })
        logTimes.append(try batch.event(index).header.logTime)
      }
    }
  }

  /// A few events: the smallest log with a merchant in it.
  init(first count: Int, of log: KeptLog) {
    self = log
    events = Array(log.events.prefix(count))
    logTimes = Array(log.logTimes.prefix(count))
  }
}

/// The three folds.
struct Folds {
  var state = DecisionState()
  var model = ReadModel()
  var feed = SwitchFeed()

  init() {}

  init(_ snapshot: Snapshot) throws {
    state = try DecisionState(from: snapshot)
    model = snapshot.model
    feed = snapshot.feed
  }

  /// Folds the events of a log up to a position.
  mutating func fold(_ log: KeptLog, to end: Int) throws {
    let buffer = BatchBuffer()
    while model.position.rawValue < UInt64(end) {
      let first = Int(model.position.rawValue)
      buffer.reset()
      buffer.append(log.events[first])
      try buffer.withBatch(first: model.position, logTime: log.logTimes[first]) { batch in
        try state.apply(try batch.event(0))
        try feed.apply(batch)
        try model.apply(batch)
      }
    }
  }

  var snapshot: Snapshot { Snapshot(of: state, model, feed) }

  /// Every table in every format, and the page.
  func dumps(_ log: KeptLog) -> [String] {
    let context = LogContext(
      origin: state.log?.origin ?? .none, id: log.id, position: model.position, root: .zero,
      logTime: model.logTime, release: "test")
    var digests: [String] = []
    for name in DumpName.allCases {
      for format in DumpFormatName.allCases {
        let bytes = Dump.bytes(name, format, model, context).bytes
        digests.append("\(name) \(format) \(SHA256.hash(unsafe bytes.span.bytes).hex)")
      }
    }
    let page = DashboardPage.bytes(model, context)
    return digests + ["page \(SHA256.hash(unsafe page.span.bytes).hex)"]
  }
}

/// Snapshots as bytes.
enum SnapshotBytes {
  static let folder = "/log/snapshots"
  static let root = Digest(words: (1, 2, 3, 4))
  static let headLength = 396
  static let sectionCount = 11
  static let sectionsPlace = 128

  static func write(_ snapshot: Snapshot, _ log: KeptLog) throws -> [UInt8] {
    let disk = SimulatedDisk(seed: 1)
    disk.place("/log/holder", [])
    try snapshot.write(to: folder, on: disk, log: log.id, root: root)
    return try #require(disk.contents("\(folder)/\(SnapshotFile.name(snapshot.position))"))
  }

  static func read(
    _ bytes: [UInt8], at position: Position, sections: SnapshotSections = .all
  ) throws(SnapshotFault) -> Snapshot {
    try SnapshotFile.read(folder, position, FrozenFile(bytes: bytes), sections: sections).snapshot
  }

  /// The sections of a whole file.
  static func sections(_ bytes: [UInt8]) -> [[UInt8]] {
    (0..<sectionCount).map { number in
      let place = sectionsPlace + number * 24
      let offset = integer(bytes, at: place + 8)
      return Array(bytes[offset..<offset + integer(bytes, at: place + 16)])
    }
  }

  private static func integer(_ bytes: [UInt8], at offset: Int) -> Int {
    (0..<8).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }

  /// A file with the head of another and these sections, every checksum right.
  static func file(_ head: [UInt8], _ sections: [[UInt8]]) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var bytes = Array(head[0..<80])
    bytes += little(headLength + sections.reduce(0) { $0 + $1.count }, 8) + head[88..<sectionsPlace]
    var offset = headLength
    for (number, section) in sections.enumerated() {
      bytes += little(number, 4) + little(Int(checksum(unsafe section.span.bytes)), 4)
      bytes += little(offset, 8) + little(section.count, 8)
      offset += section.count
    }
    bytes += little(Int(checksum(unsafe bytes.span.bytes)), 4)
    return sections.reduce(bytes, +)
  }
}

/// A disk with one file, whatever it is called.
struct FrozenFile: Disk {
  let bytes: [UInt8]

  func open(_ path: String, _ mode: OpenMode) throws(Fault) -> DiskFile { DiskFile(rawValue: 3) }
  func close(_ file: DiskFile) throws(Fault) {}
  func size(_ file: DiskFile) throws(Fault) -> Int { bytes.count }

  func read(_ file: DiskFile, into target: inout MutableRawSpan, at offset: Int) throws(Fault)
    -> Int
  {
    let count = max(0, min(target.byteCount, bytes.count - offset))
    unsafe target.withUnsafeMutableBytes { buffer in
      unsafe bytes.withUnsafeBytes { source in
        guard count > 0 else { return }
        unsafe buffer.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + count]))
      }
    }
    return count
  }

  private var refusal: Fault { Fault("write", .access, path: "frozen") }
  func write(_ file: DiskFile, _ bytes: RawSpan, at offset: Int) throws(Fault) -> Int {
    throw refusal
  }
  func synchronize(_ file: DiskFile) throws(Fault) { throw refusal }
  func synchronizeDirectory(_ path: String) throws(Fault) { throw refusal }
  func reserve(_ file: DiskFile, length: Int) throws(Fault) { throw refusal }
  func truncate(_ file: DiskFile, length: Int) throws(Fault) { throw refusal }
  func dropCache(_ file: DiskFile, from offset: Int) throws(Fault) { throw refusal }
  func rename(_ source: String, to target: String, replacing: Bool) throws(Fault) { throw refusal }
  func remove(_ path: String) throws(Fault) { throw refusal }
  func protect(_ path: String) throws(Fault) { throw refusal }
  func list(_ path: String) throws(Fault) -> [String] { throw refusal }
  func exists(_ path: String) throws(Fault) -> Bool { throw refusal }
  func makeDirectory(_ path: String) throws(Fault) { throw refusal }
  func lock(_ directory: String) throws(Fault) -> DiskFile? { throw refusal }
}
