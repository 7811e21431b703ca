// Tests of dumps of many pieces, which a second thread uses up beside the printing.

import Dumps
import Events
import Merkle
import Platform
import Projections
import Simulation
import Synchronization
import Testing

@Suite struct LongDumpTests {
  private static let merchants: UInt32 = 14_000

  /// Enough merchants for several pieces of every format.
  private static func model() throws -> ReadModel {
    var log = LogFixture()
    for number in 1...merchants {
      log.add(
        .merchantRegistered(
          MerchantRegistered(
            platform: .taobao, tier: .t3, dailyPayments: number,
            external: id("a-shop-with-a-very-long-and-rather-tedious-name-\(number)"),
            category: id("household"), city: id("Quanzhou"))),
        merchant: number)
    }
    log.add(.clockConfirmed)
    return try log.model()
  }

  @Test func `the pieces come in their order, whoever passes them on`() throws {
    let model = try LongDumpTests.model()
    let gathered = Mutex<(bytes: [UInt8], pieces: Int)>(([], 0))
    let manifest = Dump.write(.merchants, .csv, model, context(model)) { (piece) throws(Never) in
      gathered.withLock { gathered in
        for index in piece.indices { gathered.bytes.append(piece[index]) }
        gathered.pieces += 1
      }
    }
    let (bytes, pieces) = gathered.withLock { $0 }
    #expect(pieces > 1)
    #expect(manifest.rows == Int(LongDumpTests.merchants))
    #expect(manifest.digest == SHA256.hash(unsafe bytes.span.bytes))
    let lines = bytes.split(separator: 10)
    #expect(lines.count == Int(LongDumpTests.merchants) + 1)
    for (index, line) in lines.enumerated() where index > 0 {
      #expect(line.starts(with: "\(index),a-shop".utf8))
    }
  }

  /// Keeps what it is told of rows.
  private final class Told { var rows: [Int] = [] }

  @Test(arguments: DumpFormatName.allCases)
  func `whoever waits is told of every row, up to the last`(format: DumpFormatName) throws {
    let (model, told, disk) = (try LongDumpTests.model(), Told(), SimulatedDisk(seed: 1))
    let count = Int(LongDumpTests.merchants)
    _ = Dump.write(
      .merchants, format, model, context(model), progress: { told.rows.append($0) }
    ) { (_) throws(Never) in }
    #expect(told.rows.count > 1)
    #expect(told.rows == told.rows.sorted())
    #expect(told.rows.last == count)
    let whole = told.rows
    told.rows = []
    _ = try Dump.write(
      .merchants, format, model, context(model), toPath: "/file", on: disk,
      progress: { told.rows.append($0) })
    #expect(told.rows == whole)
  }

  @Test func `of a database one count is told, over its tables`() throws {
    let (model, told) = (try LongDumpTests.model(), Told())
    let path = "/tmp/sluice-database-\(UInt64.random(in: 0 ... .max))"
    defer { try? SystemDisk().remove(path) }
    let names = [DumpName.timeline, .merchants]
    let count = names.reduce(0) { $0 + $1.rowCount(model) }
    #expect(count > DumpName.merchants.rowCount(model))
    _ = try Dump.writeDatabase(
      names, model, context(model), toPath: path, on: SystemDisk(),
      progress: { told.rows.append($0) })
    #expect(told.rows == told.rows.sorted())
    #expect(told.rows.last == count)
  }

  @Test(arguments: 0..<3)
  func `an error of the receiver is thrown, whichever piece it meets`(failing: Int) throws {
    struct Full: Error {}
    let model = try LongDumpTests.model()
    let met = Mutex(0)
    #expect(throws: Full.self) {
      try Dump.write(.merchants, .ndjson, model, context(model)) { (_) throws(Full) in
        let piece = met.withLock { met in
          met += 1
          return met - 1
        }
        if piece == failing { throw Full() }
      }
    }
    #expect(met.withLock { $0 } == failing + 1)
  }

  @Test(arguments: DumpFormatName.allCases)
  func `a disk that fills up is told by the write that met it`(format: DumpFormatName) throws {
    let model = try LongDumpTests.model()
    for capacity in [100_000, 1_500_000] {
      let disk = SimulatedDisk(seed: 7)
      try disk.makeDirectory("/dumps")
      disk.capacity = capacity
      let fault = #expect(throws: Fault.self) {
        try Dump.write(
          .merchants, format, model, context(model), toPath: "/dumps/merchants", on: disk)
      }
      #expect(fault?.operation == "pwrite")
      #expect(fault?.errno == .noSpace)
      #expect(disk.paths.isEmpty)
    }
  }
}
