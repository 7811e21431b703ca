// The bytes of the log, checked against numbers that were not computed by it.

import EventLog
import Events
import Platform
import Simulation
import Testing

@Suite struct FormatTests {
  @Test func `the checksum is CRC-32C`() {
    let digits: [UInt8] = Array("123456789".utf8)
    let zeros = [UInt8](repeating: 0, count: 32)
    #expect(unsafe checksum(digits.span.bytes) == 0xe306_9283)
    #expect(unsafe checksum(zeros.span.bytes) == 0x8a91_36aa)
  }

  @Test(
    arguments: [
      (0, "00000000000000000000.seg"), (1_234, "00000000000000001234.seg"),
      (UInt64.max, "18446744073709551615.seg"),
    ] as [(UInt64, String)])
  func `a segment is named by its first position`(position: UInt64, name: String) {
    #expect(Segment.name(Position(position)) == name)
    #expect(Segment.firstPosition(ofName: name) == Position(position))
  }

  @Test(arguments: [
    "0.seg", "0000000000000000000x.seg", "00000000000000000000.tmp", "next.tmp",
    "99999999999999999999.seg", "-0000000000000000001.seg",
  ])
  func `other names are no segments`(name: String) {
    #expect(Segment.firstPosition(ofName: name) == nil)
  }

  @Test func `a segment and its first frame begin with their magic numbers`() throws {
    let disk = try oldLog(batches: 1)
    let bytes = try #require(disk.contents("/log/segments/00000000000000000000.seg"))
    #expect(Array(bytes[0..<8]) == [0xff] + Array("SLCSEG\n".utf8))
    #expect(Array(bytes[512..<516]) == Array("SLCF".utf8))
    // The first frame is the mark of the first opening: batch 1, linked to nothing.
    #expect(Array(bytes[512 + 32..<512 + 48]) == [1] + [UInt8](repeating: 0, count: 15))
    // The batch stands right behind it, at byte 608, ten events of 120 bytes long.
    #expect(Array(bytes[608..<612]) == Array("SLCF".utf8))
    #expect(Array(bytes[608 + 64..<608 + 72]) == [10, 0, 0, 0, 0xb0, 4, 0, 0])
    let body = [UInt8](bytes[704..<704 + 1_200])
    #expect(body == (0..<10).flatMap { testEvent($0) })
    let mark = try #require(disk.contents("/log/sync.mark"))
    #expect(mark.count == 1_024)
    #expect(
      Array(mark[0..<4]) == Array("SLCM".utf8) || Array(mark[512..<516]) == Array("SLCM".utf8))
  }
}
