// Tests of work that is cut in two.

import Glibc
import Platform
import Testing

@Suite struct RelayTests {
  private struct Full: Error, Equatable { var item: Int }

  /// Hands over the numbers up to a count; gives back what the user met.
  private func relay(
    _ count: Int, last: Int, failingAt: Int = .max
  ) throws(Full) -> (met: [Int], made: Int) {
    let relay = Relay<[Int], [Int], Full>("user", []) { (met, item) throws(Full) in
      guard item[0] < failingAt else { throw Full(item: item[0]) }
      met.append(item[0])
    }
    var item = [0]
    var made = 1
    for number in 0..<count {
      item[0] = number
      relay.hand(&item) { _ in
        made += 1
        return [0]
      }
    }
    item[0] = last
    return (try relay.finish(item), made)
  }

  @Test(arguments: [0, 1, 2, 3, 4, 1_000])
  func `every item is used in its order, by three items at most`(count: Int) throws {
    let (met, made) = try relay(count, last: count)
    #expect(met == Array(0...count))
    #expect(made <= 3)
  }

  @Test(arguments: [0, 1, 7, 999, 1_000])
  func `the first failure is the one that is told`(failing: Int) {
    #expect(throws: Full(item: failing)) { try relay(1_000, last: 1_000, failingAt: failing) }
  }

  /// An item of a hundred steps, which either thread may do.
  private struct Steps: Sendable {
    var number: Int
    var byMaker = 0
  }

  @Test func `what the maker does of an item while it waits is not done again`() throws {
    let relay = Relay<Steps, [Steps], Never>("user", []) { (met, item) throws(Never) in
      // The maker finds no item that has come back.
      if item.number < 3 { usleep(20_000) }
      met.append(item)
    }
    var item = Steps(number: 0)
    for number in 0..<50 {
      item = Steps(number: number)
      relay.hand(
        &item,
        meanwhile: { item in
          guard item.byMaker < 100 else { return false }
          item.byMaker += 1
          return true
        }, { _ in Steps(number: 0) })
    }
    let met = relay.finish()
    #expect(met.map(\.number) == Array(0..<50))
    #expect(met.allSatisfy { $0.byMaker <= 100 })
    #expect(met.contains { $0.byMaker > 0 })
  }

  @Test func `a relay that is let go of ends its thread`() {
    let relay = Relay<[Int], Int, Never>("user", 0) { (sum, item) throws(Never) in sum += item[0] }
    var item = [1]
    for _ in 0..<5 { relay.hand(&item) { _ in [1] } }
  }
}
