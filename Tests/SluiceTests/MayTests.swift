// Whether a cart may be paid through an institution, on a log of every kind.

import Events
import Projections
import Support
import Testing

@testable import sluice

@Suite struct MayTests {
  private static func fold(at position: String? = nil) throws -> LogFold {
    let folder = PackageRoot.path("events/golden/every-kind-2")
    var words = ["m", "--institution", "alipay", "--data", folder]
    if let position { words += ["--at", position] }
    let view = try LogView(Arguments(words, guide: MayCommand.guide))
    var fold = LogFold(view, freezesOrders: true)
    try view.read(from: fold.next) { batch in try fold.apply(batch) }
    return fold
  }

  private static func obstacles(
    _ fold: LogFold, _ merchants: [String], _ institution: Institution = .alipay,
    currency: String = "CNY", categories: [ShortText] = []
  ) -> [String?] {
    MayQuestion(
      merchants: merchants, institution: institution, currency: currency, categories: categories
    ).answers(fold).map(\.obstacle)
  }

  @Test func `the answer is yes where an order placed now could be paid so, at any position`()
    throws
  {
    var answers: Set<Bool> = []
    let end = try MayTests.fold().next.rawValue
    for position in stride(from: 3, through: Int(end), by: 3) {
      let fold = try MayTests.fold(at: "\(position)")
      guard fold.book.count > 0 else { continue }
      for raw in 1...UInt32(fold.book.count) {
        let number = MerchantNumber(raw)
        for institution in Institution.allCases {
          let obstacle = try #require(
            MayTests.obstacles(fold, [fold.book.external(number).description], institution).first)
          let isOpen = fold.book.isOpen(institution, at: number, when: fold.logTime)
          #expect((obstacle == nil) == isOpen, "\(raw) \(institution) at \(position)")
          answers.insert(isOpen)
        }
      }
    }
    #expect(answers.count == 2)
  }

  @Test func `every merchant of a cart says its own reason`() throws {
    let fold = try MayTests.fold()
    let open = try #require(
      (1...UInt32(fold.book.count)).map { MerchantNumber($0) }.first {
        fold.book.isOpen(.alipay, at: $0, when: fold.logTime)
      })
    let name = fold.book.external(open).description
    let cart = MayTests.obstacles(fold, [name, "stranger"])
    #expect(cart == [nil, "it is not registered"])
    #expect(
      MayTests.obstacles(fold, [name], currency: "USD") == ["orders are paid in CNY, not in USD"])
  }
}
