// The generations of the tables: they end with their segment, and go once the index covers it.

import EventLog
import Events
import Projections
import Support
import Testing

@testable import Orchestrator

@Suite struct GenerationTests {
  @Test func `a generation ends before its segment, so that the index of that lets it go`() throws {
    let desk = try Desk.with(
      until: .running, segmentCapacity: 64 << 10, generationEventsMax: 1_000_000)
    var notices = Notices(seed: 6)
    var seals = 0
    var older: [Int] = []
    while seals < 4 {
      let end = desk.runtime.sealed?.end
      for _ in 0..<4 {
        let (payment, occurredAt) = notices.next()
        _ = try? desk.runtime.submit(notices.command(payment, occurredAt))
      }
      try desk.flush()
      if desk.runtime.sealed?.end != end {
        seals += 1
        #expect(desk.state.ledger.transactions.olderGenerations == 0, "seal \(seals)")
      }
      older.append(desk.state.ledger.transactions.olderGenerations)
    }
    #expect(older.max() == 1, "an older generation is there only at the end of a segment")
    let share = older.count { $0 > 0 } * 100 / older.count
    #expect(share > 0 && share <= 10, "\(share) of 100 batches have an older generation")
  }
}
