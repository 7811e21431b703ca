// A copy that is made while a log is written.

import EventLog
import Events
import Platform
import Testing

@testable import sluice

@Suite struct BackupTests {
  /// The events of a folder, as their canonical bytes.
  private func events(_ folder: String) throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    try LogReader(SystemDisk(), folder).read(from: .zero) {
      (batch: borrowing EventBatch) throws in
      for index in 0..<batch.count {
        found.append(unsafe batch.bytes(of: index).withUnsafeBytes { unsafe [UInt8]($0) })
      }
    }
    return found
  }

  @Test func `a copy has every durable event, and the next one copies what is new`() throws {
    let log = try RealLog()
    let other = try RealLog()
    let target = other.folder + "/copy"
    for number in 0..<200 { try log.pay(.captured, "a\(number)", fen: 100) }
    let first = try LogReader(SystemDisk(), log.folder).copy(to: target)
    #expect(first.segments > 1 && first.kept == 0)
    #expect(try events(target) == events(log.folder))
    for number in 0..<200 { try log.pay(.captured, "b\(number)", fen: 100) }
    let second = try LogReader(SystemDisk(), log.folder).copy(to: target)
    #expect(second.kept >= first.segments - 1)
    #expect(second.segments > first.segments)
    #expect(try events(target) == events(log.folder))
    #expect(try LogReader(SystemDisk(), target).verdict() == .clean)
  }

  @Test func `what stands behind the mark is not copied`() throws {
    let log = try RealLog()
    let other = try RealLog()
    for number in 0..<20 { try log.pay(.captured, "a\(number)", fen: 100) }
    let reader = try LogReader(SystemDisk(), log.folder)
    let path = try #require(reader.segmentPaths.last?.path)
    // A frame in the making: bytes behind the end that the mark names.
    let disk = SystemDisk()
    let file = try disk.open(path, .write)
    let size = try disk.size(file)
    let torn = [UInt8](repeating: 0x53, count: 64)
    try disk.writeAll(file, unsafe torn.span.bytes, at: size - 64, path: path)
    try disk.close(file)
    #expect(try LogReader(disk, log.folder).verdict() != .clean)
    _ = try LogReader(disk, log.folder).copy(to: other.folder + "/copy")
    #expect(try LogReader(disk, other.folder + "/copy").verdict() == .clean)
  }

  @Test func `a copy that has more of the log is not overwritten`() throws {
    let log = try RealLog()
    let other = try RealLog()
    let target = other.folder + "/copy"
    try log.pay(.captured, "a", fen: 100)
    _ = try LogReader(SystemDisk(), log.folder).copy(to: target)
    let old = try RealLog()
    #expect(throws: LogFault.alreadyALog(directory: target)) {
      try LogReader(SystemDisk(), old.folder).copy(to: target)
    }
  }

  @Test func `neither the log itself nor a log that is served is written over`() throws {
    let log = try RealLog()
    let other = try RealLog()
    try log.pay(.captured, "a", fen: 100)
    let fault = #expect(throws: UsageFault.self) {
      try BackupCommand.run(
        Arguments(["--data", log.folder, log.folder + "/."], guide: BackupCommand.guide))
    }
    #expect(fault?.hint == "Name another folder")
    let served = LogFault.locked(directory: other.folder, holder: "")
    #expect(throws: served) { try LogReader(SystemDisk(), log.folder).copy(to: other.folder) }
  }
}
