// What a preview folds, against what every other reading command folds.

import Events
import Projections
import Support
import Testing

@testable import sluice

@Suite struct RegistryFoldTests {
  private static func view() throws -> LogView {
    let folder = PackageRoot.path("events/golden/every-kind")
    return try LogView(Arguments(["merchants", "--data", folder], guide: DumpCommand.guide))
  }

  @Test(arguments: [false, true])
  func `a registry that is folded alone is the one that is folded with everything`(
    findsIDs: Bool
  ) throws {
    let view = try RegistryFoldTests.view()
    var alone = RegistryFold(view, findsIDs: findsIDs)
    var whole = LogFold(view, freezesOrders: false)
    try view.read(from: alone.next) { try alone.apply($0) }
    try view.read(from: whole.next) { try whole.apply($0) }
    #expect(alone.next == whole.next)
    try #require(alone.book.count == whole.book.count && whole.book.count > 0)
    for raw in 1...UInt32(whole.book.count) {
      let number = MerchantNumber(raw)
      let (left, right) = (alone.book, whole.book)
      #expect(left.external(number) == right.external(number))
      #expect(left.tier(number) == right.tier(number))
      #expect(left.platform(number) == right.platform(number))
      #expect(left.category(number) == right.category(number))
      #expect(left.dailyPayments(number) == right.dailyPayments(number))
      #expect(left.isClosed(number) == right.isClosed(number))
    }
  }
}
