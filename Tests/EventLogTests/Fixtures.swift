// Logs for the tests of this module: events whose bytes say which they are.

import EventLog
import Events
import Merkle
import Platform
import Simulation
import Testing

let testLogID = LogID(low: 0x1122_3344_5566_7788, high: 0x99aa_bbcc_ddee_ff00)
let testStart = Timestamp(seconds: 1_725_000_000)
let testDirectory = "/log"

/// An event that names its position in every byte behind its head.
func testEvent(_ position: UInt64, length: Int = 120) -> [UInt8] {
  var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: position &* 31 &+ 7), count: length)
  for index in 0..<72 { bytes[index] = 0 }
  bytes[0] = 40
  bytes[2] = 1
  for shift in 0..<8 { bytes[24 + shift] = UInt8(truncatingIfNeeded: position >> (8 * shift)) }
  bytes[68] = UInt8(truncatingIfNeeded: length)
  bytes[69] = UInt8(truncatingIfNeeded: length >> 8)
  return bytes
}

func testLeaf(_ event: [UInt8]) -> Digest {
  let bytes = unsafe event.span.bytes
  return Digest.eventLeaf(bytes)
}

/// The root of the first events.
func testRoot(_ count: UInt64, length: Int = 120) -> Digest {
  var tree = CompactTree()
  for position in 0..<count { tree.append(testLeaf(testEvent(position, length: length))) }
  return tree.root
}

func testOptions(capacity: Int = 16_384) -> LogOptions {
  var options = LogOptions()
  options.segmentCapacity = capacity
  options.reserveLength = 16_384
  options.zerosLength = 2_048
  return options
}

extension Carrier {
  /// Appends the next events of the test log as one batch.
  mutating func appendTest(
    _ count: Int, length: Int = 120, isControl: Bool = false
  ) throws(LogFault) {
    let buffer = BatchBuffer()
    var leaves: [Digest] = []
    for index in 0..<count {
      let event = testEvent(durableEnd.rawValue + UInt64(index), length: length)
      buffer.append(event)
      leaves.append(testLeaf(event))
    }
    try append(
      buffer, expecting: durableEnd, logTime: lastLogTime.advanced(byNanoseconds: 1),
      leaves: leaves.span, isControl: isControl)
  }

  /// Reads everything and says how many events are as they were written.
  func intactCount(length: Int = 120) throws -> UInt64 {
    var next: UInt64 = 0
    var isIntact = true
    try read(from: .zero, to: durableEnd) { batch in
      for index in 0..<batch.count {
        let bytes = batch.bytes(of: index)
        let found = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
        if batch.position(index).rawValue != next || found != testEvent(next, length: length) {
          isIntact = false
        }
        next += 1
      }
    }
    #expect(isIntact, "an event is not what was written")
    return isIntact ? next : 0
  }
}

typealias SimulatedCarrier = FileCarrier<SimulatedDisk>

func newLog(
  _ disk: SimulatedDisk, _ options: LogOptions = testOptions()
) throws -> SimulatedCarrier {
  disk.place("/anchor", [])
  return try FileCarrier.create(
    disk, testDirectory, logID: testLogID, created: testStart, options: options
  ).carrier
}

func reopen(
  _ disk: SimulatedDisk, _ options: LogOptions = testOptions()
) throws(LogFault) -> (carrier: SimulatedCarrier, report: RecoveryReport) {
  try FileCarrier.open(disk, testDirectory, options: options)
}

/// A log of some batches of ten events, left as a process leaves it that dies after an answer.
func oldLog(
  batches: Int, seed: UInt64 = 1, _ options: LogOptions = testOptions()
) throws -> SimulatedDisk {
  let disk = SimulatedDisk(seed: seed)
  var carrier = try newLog(disk, options)
  for _ in 0..<batches { try carrier.appendTest(10) }
  carrier.abandon()
  return disk
}

/// The segments of a disk, in order.
func segmentPaths(_ disk: SimulatedDisk) -> [String] {
  disk.paths.filter { $0.hasSuffix(".seg") }
}

/// The corruption that a call meets; nil where it meets none.
func corruption<Result>(_ call: () throws(LogFault) -> Result) -> Corruption? {
  do {
    _ = try call()
    return nil
  } catch {
    guard case .corrupt(let corruption) = error else { return nil }
    return corruption
  }
}
