// Tests of work that two threads share out between them.

import Platform
import Synchronization
import Testing

@Suite struct SharedWorkTests {
  @Test(arguments: [0, 1, 2, 3, 1_000])
  func `every piece is worked on once, and all are done at the end`(count: Int) {
    let met = Mutex([Int](repeating: 0, count: count))
    SharedWork.run("pieces", count) { number in met.withLock { $0[number] += 1 } }
    #expect(met.withLock { $0 } == [Int](repeating: 1, count: count))
  }

  @Test func `two threads are at work side by side`() {
    // Each of two pieces waits for the other: one thread alone would never come to the second.
    let there = Mailbox<Int>()
    let back = Mailbox<Int>()
    let sums = SharedWork.map("pieces", 2) { number in
      if number == 0 {
        _ = there.put(1)
        return back.take()
      }
      _ = back.put(2)
      return there.take()
    }
    #expect(sums == [2, 1])
  }

  @Test(arguments: [0, 1, 5, 1_000])
  func `results stand in the order of the pieces`(count: Int) {
    #expect(SharedWork.map("pieces", count) { $0 * 3 } == (0..<count).map { $0 * 3 })
  }

  @Test(arguments: [0, 1, 6, 7, 8, 10_000], [1, 7, 4_096])
  func `an array is filled to its end, whatever the length of a piece`(count: Int, length: Int) {
    let made: [UInt32] = SharedWork.array("pieces", count: count, piece: length) { range, part in
      for index in part.indices { part[index] += UInt32(range.lowerBound + index) }
    }
    #expect(made == (0..<UInt32(count)).map { $0 })
  }

  @Test(arguments: [[0, 0], [0, 10], [0, 3, 3, 9, 10]])
  func `each piece of an array is changed where it stands`(starts: [Int]) {
    var array = [UInt64](repeating: 1, count: starts.last ?? 0)
    SharedWork.change("pieces", &array, at: starts) { number, part in
      for index in part.indices { part[index] += UInt64(number * 100 + index) }
    }
    var wanted: [UInt64] = []
    for number in starts.indices.dropLast() {
      let length = starts[number + 1] - starts[number]
      wanted += (0..<length).map { UInt64(1 + number * 100 + $0) }
    }
    #expect(array == wanted)
  }
}
