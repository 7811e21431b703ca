// A snapshot as a file: `snapshots/POSITION.snap` beside the segments, twenty digits a position.
//
// It is derived: it can be deleted, and a start folds the log from further back. All integers are
// little-endian.
//
//     offset  bytes
//          0      8  "sluicesn"
//          8      4  version of the format: 7
//         12      4  number of sections: 11
//         16     16  the log's id
//         32      8  position: one past the last event that was folded
//         40      8  log time of that event
//         48     32  root of the Merkle tree over the events before the position
//         80      8  length of the file
//         88     32  versions of the tables' rows in the order of their list, 2 bytes each; zeros
//        120      8  number of merchants
//        128    264  the sections, 24 bytes each: number (4), CRC-32C (4), offset (8), length (8)
//        392      4  CRC-32C of the bytes before
//        396         the sections, in the order of their numbers, without a gap up to the end
//
// The file is used if and only if the head has its checksum, its magic, this release's versions and
// the file's length, the sections lie one behind the other, and every section that is read has its
// checksum and holds what it may. What the sections hold is told by `SnapshotSections`, and field
// by field by the `write` of each type; every byte follows from the events, so that two makers of a
// snapshot at one position make the same file. Large tables lie in it as they lie in memory, so
// that they are read where they stay and nothing is hashed anew.
//
// A snapshot is written under another name, synchronized and renamed: under its own name it is
// whole or not there. It is to be used only with the log whose id it has and whose root at its
// position is the one in the head: the reader of the file knows neither, and its caller has to
// look.

import EventLog
public import Events
import Merkle
public import Platform
import Projections

/// Why a snapshot cannot be used: one sentence for the operator.
public enum SnapshotFault: Error, Hashable, Sendable {
  case disk(Fault)
  /// The bytes are not what they were; what is wrong with them.
  case damaged(String)
  /// It is whole and another release's.
  case foreign(String)
}

extension SnapshotFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .disk(let fault): fault.description
    case .damaged(let what): "The snapshot is damaged: \(what)."
    case .foreign(let what): "The snapshot is another release's: \(what)."
    }
  }
}

/// What the head of a snapshot says, enough to choose one.
public struct SnapshotHead: Hashable, Sendable {
  public var logID: LogID
  public var position: Position
  public var logTime: Timestamp
  public var root: Digest
  /// How many are registered.
  public var merchants: UInt64
  /// Of the file.
  public var length = 0
  var sections: [SnapshotFile.Section] = []
}

/// Snapshots as files of a directory.
public enum SnapshotFile {
  /// The directory's name under the log's.
  public static let folder = "snapshots"
  static let suffix = ".snap"
  static let digits = 20
  static let version: UInt32 = 7
  static let magic: UInt64 = 0x6e73_6563_6975_6c73
  static let sectionCount = 11
  /// How many tables the head has room for.
  static let tablesMax = 16
  static let sectionLength = 24
  static let versionsBegin = 88
  static let merchantsBegin = versionsBegin + 2 * tablesMax
  static let sectionsBegin = merchantsBegin + 8
  static let headLength = sectionsBegin + sectionCount * sectionLength + 4
  /// The longest log that a snapshot can be of.
  static let positionMax: UInt64 = 1 << 48

  struct Section: Hashable, Sendable {
    var sum: UInt32
    var offset: Int
    var length: Int
  }

  /// The name of the snapshot at a position.
  public static func name(_ position: Position) -> String {
    let number = String(position.rawValue)
    return String(repeating: "0", count: max(0, digits - number.count)) + number + suffix
  }

  /// The positions that a directory has snapshots of by their names, the earliest first.
  ///
  /// Nothing else is looked at; a directory that is not there has none.
  public static func list(_ directory: String, _ disk: some Disk) throws(Fault) -> [Position] {
    guard try disk.exists(directory) else { return [] }
    return try disk.list(directory).compactMap { found in
      guard let number = UInt64(found.prefix(digits)) else { return nil }
      let position = Position(number)
      return name(position) == found ? position : nil
    }
  }

  /// The head of a snapshot, checked; the sections are not looked at.
  public static func head(
    _ directory: String, _ position: Position, _ disk: some Disk
  ) throws(SnapshotFault) -> SnapshotHead {
    let file = try open(directory, position, disk)
    defer { try? disk.close(file) }
    return try head(file, position, disk)
  }

  static func open<D: Disk>(
    _ directory: String, _ position: Position, _ disk: D
  ) throws(SnapshotFault) -> DiskFile {
    do throws(Fault) {
      return try disk.open("\(directory)/\(name(position))", .read)
    } catch {
      throw .disk(error)
    }
  }

  static func head<D: Disk>(
    _ file: DiskFile, _ position: Position, _ disk: D
  ) throws(SnapshotFault) -> SnapshotHead {
    var bytes = [UInt8](repeating: 0, count: headLength)
    let length: Int
    let held: Int
    do throws(Fault) {
      length = try disk.size(file)
      var elements = bytes.mutableSpan
      var span = unsafe elements.mutableBytes
      held = try disk.readAll(file, into: &span, at: 0)
    } catch {
      throw .disk(error)
    }
    guard held == headLength else { throw .damaged("it ends inside its head") }
    let head = try SnapshotHead(bytes, length: length)
    guard head.position == position else {
      throw .damaged("its name is not that of position \(head.position.rawValue)")
    }
    return head
  }
}

// MARK: - The head as bytes

extension SnapshotHead {
  /// The versions of all tables' rows, and zeros for those to come.
  private static let tableVersions: [UInt16] = {
    let versions = DumpName.allCases.map { UInt16($0.version) }
    precondition(versions.count <= SnapshotFile.tablesMax, "there are more tables than room")
    return versions + Array(repeating: 0, count: SnapshotFile.tablesMax - versions.count)
  }()

  /// The head's bytes; `sections` has all of them.
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
      unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    put(SnapshotFile.magic)
    put(SnapshotFile.version)
    put(UInt32(sections.count))
    put(logID.low)
    put(logID.high)
    put(position.rawValue)
    put(logTime.rawValue)
    bytes += root.bytes
    put(UInt64(length))
    for version in SnapshotHead.tableVersions { put(version) }
    put(merchants)
    for (number, section) in sections.enumerated() {
      put(UInt32(number))
      put(section.sum)
      put(UInt64(section.offset))
      put(UInt64(section.length))
    }
    put(checksum(unsafe bytes.span.bytes))
    precondition(bytes.count == SnapshotFile.headLength, "a snapshot's head has another length")
    return bytes
  }

  /// The head that bytes are; `length` is the file's.
  fileprivate init(_ bytes: [UInt8], length: Int) throws(SnapshotFault) {
    let span = unsafe bytes.span.bytes
    func load<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _: Value.Type) -> Value {
      Value(littleEndian: unsafe span.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }
    let end = SnapshotFile.headLength - 4
    guard load(0, UInt64.self) == SnapshotFile.magic else {
      throw .damaged("it does not begin like a snapshot")
    }
    guard load(end, UInt32.self) == checksum(span.extracting(0..<end)) else {
      throw .damaged("its head does not have its checksum")
    }
    guard load(8, UInt32.self) == SnapshotFile.version,
      load(12, UInt32.self) == UInt32(SnapshotFile.sectionCount)
    else { throw .foreign("its format has version \(load(8, UInt32.self))") }
    for (index, known) in SnapshotHead.tableVersions.enumerated() {
      let version = load(SnapshotFile.versionsBegin + index * 2, UInt16.self)
      guard version == known else {
        throw .foreign("the rows of its table \(index + 1) have version \(version)")
      }
    }
    logID = LogID(low: load(16, UInt64.self), high: load(24, UInt64.self))
    position = Position(load(32, UInt64.self))
    logTime = Timestamp(rawValue: load(40, Int64.self))
    root = Digest(span, at: 48)
    self.length = length
    guard load(80, UInt64.self) == UInt64(length) else {
      throw .damaged("it has \(length) bytes in place of \(load(80, UInt64.self))")
    }
    guard position.rawValue <= SnapshotFile.positionMax else {
      throw .damaged("position \(position.rawValue) is no log's")
    }
    merchants = load(SnapshotFile.merchantsBegin, UInt64.self)
    guard merchants < UInt64(UInt32.max) else { throw .damaged("it is of \(merchants) merchants") }
    var next = SnapshotFile.headLength
    for number in 0..<SnapshotFile.sectionCount {
      let place = SnapshotFile.sectionsBegin + number * SnapshotFile.sectionLength
      let (offset, count) = (load(place + 8, UInt64.self), load(place + 16, UInt64.self))
      guard load(place, UInt32.self) == UInt32(number), offset == UInt64(next),
        count <= UInt64(length - next)
      else { throw .damaged("its sections do not lie one behind the other") }
      sections.append(
        SnapshotFile.Section(sum: load(place + 4, UInt32.self), offset: next, length: Int(count)))
      next += Int(count)
    }
    guard next == length else { throw .damaged("bytes stand behind its last section") }
  }
}
