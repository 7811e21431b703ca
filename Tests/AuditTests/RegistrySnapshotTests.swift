// The registry of a snapshot read without the rest: what a preview begins with.

import Events
import Platform
import Projections
import Testing

@testable import Orchestrator

@Suite struct RegistrySnapshotTests {
  private static func read(
    _ bytes: [UInt8], at position: Position, findsIDs: Bool, parallelMin: Int = .max
  ) throws(SnapshotFault) -> MerchantBook {
    try SnapshotFile.readRegistry(
      SnapshotBytes.folder, position, FrozenFile(bytes: bytes), findsIDs: findsIDs,
      parallelMin: parallelMin
    ).book
  }

  private static func merchants(_ book: MerchantBook) -> [Merchant] {
    (book.numbers.map(Array.init) ?? []).map { book.merchant(MerchantNumber($0)) }
  }

  @Test(arguments: [0, Int.max])
  func `the registry alone is the one that the whole snapshot holds`(parallelMin: Int) throws {
    let log = try KeptLog(golden: "every-kind")
    var folds = Folds()
    try folds.fold(log, to: log.events.count)
    let bytes = try SnapshotBytes.write(folds.snapshot, log)
    let wanted = RegistrySnapshotTests.merchants(folds.model.merchants)
    #expect(!wanted.isEmpty)
    for findsIDs in [false, true] {
      let book = try RegistrySnapshotTests.read(
        bytes, at: folds.model.position, findsIDs: findsIDs, parallelMin: parallelMin)
      #expect(RegistrySnapshotTests.merchants(book) == wanted)
      #expect(book.standings.isEmpty)
      guard findsIDs else { continue }
      for merchant in wanted { #expect(book.number(merchant.external) == merchant.number) }
    }
  }

  @Test func `registrations, updates and closings fold on where ids are not found`() throws {
    let log = try KeptLog(golden: "every-kind")
    let end = log.events.count
    var whole = Folds()
    try whole.fold(log, to: end)
    let wanted = RegistrySnapshotTests.merchants(whole.model.merchants)
    var folds = Folds()
    for cut in stride(from: 0, to: end, by: 7) {
      try folds.fold(log, to: cut)
      let bytes = try SnapshotBytes.write(folds.snapshot, log)
      var book = try RegistrySnapshotTests.read(
        bytes, at: folds.model.position, findsIDs: false)
      for position in cut..<end {
        let kept = log.events[position]
        let event = try Event(decoding: unsafe kept.span.bytes)
        switch event.payload {
        case .merchantRegistered, .merchantUpdated, .merchantClosed:
          try book.apply(event, at: Position(UInt64(position)))
        default: break
        }
      }
      for (merchant, other) in zip(RegistrySnapshotTests.merchants(book), wanted) {
        var merchant = merchant
        // Events of other kinds count as well, and were passed over.
        (merchant.lastEvent, merchant.events) = (other.lastEvent, other.events)
        #expect(merchant == other, "from \(cut)")
      }
      #expect(book.count == wanted.count)
    }
  }

  @Test(arguments: [false, true])
  func `damage is refused, in the table that is passed over too`(findsIDs: Bool) throws {
    let log = KeptLog(first: 12, of: try KeptLog(golden: "every-kind"))
    var folds = Folds()
    try folds.fold(log, to: log.events.count)
    let bytes = try SnapshotBytes.write(folds.snapshot, log)
    let sections = SnapshotBytes.sections(bytes)
    let end = SnapshotBytes.headLength + sections[0].count + sections[1].count
    for offset in SnapshotBytes.headLength..<end {
      var damaged = bytes
      damaged[offset] ^= 4
      #expect(throws: SnapshotFault.self) {
        try RegistrySnapshotTests.read(
          damaged, at: folds.model.position, findsIDs: findsIDs,
          parallelMin: offset % 2 == 0 ? 0 : .max)
      }
    }
  }

  @Test func `whoever asks for an id that is not to be found is stopped`() async {
    await #expect(processExitsWith: .failure) {
      _ = MerchantBook(findsIDs: false).number(ExternalID("shop-1") ?? .none)
    }
  }
}
