// The table of keys against a Dictionary, and what its copies may not share.

import Events
import Platform
import Testing

@testable import Orchestrator

@Suite struct KeyTableTests {
  private func key(_ number: UInt64) -> IdentifierKey {
    // Few low bits, so that keys meet in their places and push each other on.
    IdentifierKey(low: number << 24, high: number / 3)
  }

  @Test func `what was put in is found, through growth, and nothing else`() {
    var table = KeyTable<UInt64>()
    var wanted: [UInt64: UInt64] = [:]
    var random = SeededRandom(seed: 7)
    for _ in 0..<20_000 {
      let number = UInt64(random.below(30_000)) + 1
      if table.place(key(number)) == nil {
        #expect(wanted[number] == nil)
        table.insert(key(number), number * 2)
        wanted[number] = number * 2
      } else {
        #expect(table.find(key(number)) == wanted[number])
      }
    }
    #expect(table.count == wanted.count)
    for number in 1...30_001 as ClosedRange<UInt64> {
      #expect(table.find(key(number)) == wanted[number])
    }
  }

  @Test func `a copy keeps every place and shares no change`() throws {
    var table = KeyTable<UInt64>()
    for number in 1...600 as ClosedRange<UInt64> { table.insert(key(number), number) }
    let places = (1...600).map { table.place(key($0)) }
    let before = table
    let place = try #require(table.place(key(300)))
    table[place] = 9
    #expect(table.find(key(300)) == 9 && before.find(key(300)) == 300)
    #expect((1...600).map { table.place(key($0)) } == places)
    #expect((1...600).map { before.place(key($0)) } == places)
  }

  /// A key whose look begins at a group of slots and that has a tag there; `number` makes it one of
  /// its own.
  private func key(group: UInt64, tag: UInt64, _ number: UInt64) -> IdentifierKey {
    // The low half times this constant says where, so this is its inverse modulo 2^64, by Newton.
    let factor: UInt64 = 0x9e37_79b9_7f4a_7c15
    var inverse = factor
    for _ in 0..<6 { inverse = inverse &* (2 &- factor &* inverse) }
    return IdentifierKey(low: inverse &* (tag << 57 | group << 24 | number), high: 0)
  }

  @Test func `keys of one place and one tag push each other on, past the last slot as well`() {
    var table = KeyTable<UInt64>()
    let last = UInt64(table.slotCount / 8 - 1)
    for number in 0..<40 as Range<UInt64> {
      table.insert(key(group: last, tag: number % 3, number), number)
    }
    #expect(table.slotCount == 1024, "the test means a table that has not grown")
    for number in 0..<40 as Range<UInt64> {
      for tag in 0..<4 as Range<UInt64> {
        let found = table.find(key(group: last, tag: tag, number))
        #expect(found == (tag == number % 3 ? number : nil))
      }
      #expect(table.find(key(group: 0, tag: number % 3, number)) == nil)
    }
    #expect(Set((0..<40).compactMap { table.place(key(group: last, tag: $0 % 3, $0)) }).count == 40)
  }

  @Test func `a table that was cleared knows nothing of before, whatever stands in its slots`() {
    var table = KeyTable<UInt64>()
    let shared = table
    for number in 0..<700 as Range<UInt64> { table.insert(key(number), number) }
    let before = table
    table.clear()
    #expect(table.count == 0 && table.slotCount == 1024)
    #expect((0..<700).allSatisfy { table.find(key($0)) == nil })
    for number in 350..<1050 as Range<UInt64> { table.insert(key(number), number * 3) }
    for number in 0..<1050 as Range<UInt64> {
      #expect(table.find(key(number)) == (number < 350 ? nil : number * 3))
      #expect(before.find(key(number)) == (number < 700 ? number : nil))
    }
    #expect(shared.count == 0 && shared.find(key(1)) == nil)
  }

  @Test func `a key of zeros is a key like any other`() {
    var table = KeyTable<UInt64>()
    let zeros = IdentifierKey(low: 0, high: 0)
    #expect(table.find(zeros) == nil)
    table.insert(zeros, 5)
    #expect(table.find(zeros) == 5)
  }
}

@Suite struct CommandIndexTests {
  @Test func `the events of one command are one receipt, though the table is shared meanwhile`() {
    var index = CommandIndex()
    for number in 1...700 as ClosedRange<UInt64> {
      let id = CommandID(low: number, high: 1)
      index.note(id, digest: number, at: Position(number * 3))
      var kept = index
      index.note(id, digest: number, at: Position(number * 3 + 1))
      index.note(id, digest: number, at: Position(number * 3 + 2))
      let receipt = Receipt(first: Position(number * 3), last: Position(number * 3 + 2))
      #expect(index.find(id) == KnownCommand(receipt: receipt, digest: number))
      #expect(kept.find(id)?.receipt.last == Position(number * 3))
    }
    #expect(index.find(CommandID(low: 701, high: 1)) == nil)
  }
}
