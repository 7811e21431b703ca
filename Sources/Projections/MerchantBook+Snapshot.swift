// The registry in a snapshot: three parts that are written and read one without the other.

public import Events
public import Platform

extension MerchantBook {
  /// A part of the registry.
  public enum Part: Sendable {
    /// The ids and the table that finds them.
    case ids
    /// The ids alone, of the same bytes: a book with them is one that does not find ids.
    case names
    /// What is known of each merchant.
    case records
    /// Where each merchant stands under each rollout.
    case standings
  }

  /// Writes a part, dictionaries in the order of their keys.
  public func write(_ part: Part, to section: inout SectionWriter) {
    switch part {
    case .ids, .names: index.write(to: &section)
    case .records: writeRecords(to: &section)
    case .standings:
      section.count(standings.count)
      for (standing, counts) in zip(standings, onCounts) {
        standing.write(to: &section)
        counts.write(to: &section)
      }
    }
  }

  /// Reads what `write` wrote, whatever the bytes are; the other parts stay as they are.
  ///
  /// - Parameters:
  ///   - end: one past the last event that was folded.
  ///   - merchants: how many are registered.
  public mutating func read(
    _ part: Part, from section: inout SectionReader, end: Position, merchants: Int
  ) throws(SectionFault) {
    let found: Int
    switch part {
    case .ids, .names:
      index = try MerchantIndex(from: &section, findsIDs: part == .ids)
      found = index.count
    case .records:
      try readRecords(from: &section, end)
      found = records.count
    case .standings:
      for _ in 0..<section.count(ofBytes: 1) {
        let standing = try Standing(from: &section, merchants: merchants)
        onCounts.append(try OnCounts(from: &section, on: standing.countOn))
        standings.append(standing)
      }
      found = merchants
    }
    try section.require(found == merchants, "there are \(found) of \(merchants) merchants")
  }

  /// Takes a part that another has read.
  public mutating func take(_ part: Part, of other: MerchantBook) {
    switch part {
    case .ids, .names: index = other.index
    case .records:
      (words, records, closings) = (other.words, other.records, other.closings)
      (genesis, openedToAll, updates) = (other.genesis, other.openedToAll, other.updates)
    case .standings: (standings, onCounts) = (other.standings, other.onCounts)
    }
  }
}

extension MerchantBook {
  private func writeRecords(to section: inout SectionWriter) {
    section.count(words.words.count)
    for word in words.words { section.text(word) }
    records.write(to: &section)
    section.count(closings.count)
    for (merchant, closing) in closings.sorted(by: { $0.key < $1.key }) {
      section.u32(merchant.rawValue)
      section.instant(closing.at)
      section.text(closing.reason)
    }
    section.optional(genesis)
    for opened in openedToAll { section.optional(opened) }
    section.u64(updates)
  }

  private mutating func readRecords(
    from section: inout SectionReader, _ end: Position
  ) throws(SectionFault) {
    words = try WordList(from: &section)
    let wordCount = UInt16(words.words.count)
    var closed = 0
    records = try LargeArray(from: &section) { records in
      var isSound = true
      for index in records.indices {
        let record = records[index]
        isSound = isSound && record.isSound(words: wordCount, end)
        closed += Int(record.closed)
      }
      return isSound
    }
    var last = MerchantNumber.none
    for _ in 0..<section.count(ofBytes: 13) {
      last = try section.merchant(after: last, of: records.count)
      closings[last] = Closing(at: section.instant(), reason: section.text())
      try section.require(
        records[Int(last.rawValue) - 1].closed == 1, "a merchant is closed and open")
    }
    try section.require(closed == closings.count, "\(closed) merchants are closed and not when")
    genesis = section.optionalInstant()
    for institution in openedToAll.indices {
      openedToAll[institution] = section.optionalInstant()
    }
    updates = section.u64()
    try section.require(updates <= end.rawValue, "\(updates) updates of merchants")
  }
}

extension MerchantBook.Record {
  /// Whether it can be what was folded of the events before `end`.
  @inline(__always)
  fileprivate func isSound(words: UInt16, _ end: Position) -> Bool {
    category < words && city < words && tier <= Tier.t5.rawValue && platform &- 1 < 2
      && closed < 2 && reserved == 0 && lastEvent < end && events <= section32Max
  }
}
