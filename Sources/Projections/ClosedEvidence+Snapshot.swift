// The evidence of a rollout in a snapshot.

import Events
import Platform

extension ClosedEvidence {
  func write(to section: inout SectionWriter) {
    section.instant(closedUntil)
    section.u64(late)
    section.u64(unclassified)
    section.instant(beganAt)
    section.u32(restarts)
    section.count(blocks.count)
    for block in blocks {
      section.position(block.position)
      section.instant(block.from)
      section.instant(block.to)
      section.u8(block.gap.rawValue)
      section.plain(EvidenceTable.write(block.rows))
      section.plain(EvidenceTable.write(block.merchants))
    }
    section.count(breaches.count)
    for breach in breaches {
      section.position(breach.position)
      section.u8(breach.kind.rawValue)
      section.u16(breach.wave.rawValue)
      section.u32(breach.merchant.rawValue)
      section.instant(breach.breachedAt)
      section.instant(breach.clearedAt)
      section.position(breach.order)
    }
  }

  init(
    from section: inout SectionReader, end: Position, merchants count: Int
  ) throws(SectionFault) {
    closedUntil = section.instant()
    (late, unclassified, beganAt) = (section.u64(), section.u64(), section.instant())
    restarts = try section.count32()
    try section.require(
      max(late, unclassified) <= UInt64.max >> 8, "evidence counts more than can be")
    for _ in 0..<section.count(ofBytes: 29) {
      let position = try section.event(before: end)
      let (from, to) = (section.instant(), section.instant())
      let gap = section.u8(or: EvidenceGap.none)
      let table: [UInt8] = try section.plain()
      let merchants: [UInt8] = try section.plain()
      let rows = EvidenceTable.rows(table)
      let own = EvidenceTable.merchants(merchants)
      try section.require(rows != nil && own != nil, "the table of a block cannot be read")
      try section.require(from < to && to <= closedUntil, "a block ends before it begins")
      blocks.append(
        Block(
          position: position, from: from, to: to, gap: gap, rows: rows ?? [],
          merchants: own ?? []))
    }
    for _ in 0..<section.count(ofBytes: 39) {
      breaches.append(
        Breach(
          position: try section.event(before: end), kind: section.u8(or: .checkout),
          wave: WaveNumber(section.u16()), merchant: try section.merchant(of: count),
          breachedAt: section.instant(), clearedAt: section.instant(),
          order: try section.position(before: end)))
    }
  }
}
