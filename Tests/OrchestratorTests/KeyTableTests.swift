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

  @Test func `the key of zeros is nobody's`() async {
    await #expect(processExitsWith: .failure) {
      var table = KeyTable<UInt64>()
      table.insert(IdentifierKey(low: 0, high: 0), 1)
    }
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
