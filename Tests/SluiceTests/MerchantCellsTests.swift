// Merchants read cell by cell, and rows that are left to the daemon's own reader.

import Events
import Testing
import Text

@testable import sluice

@Suite struct MerchantCellsTests {
  private static let header = "daily_payments,merchant,note,tier,platform,city,category\n"

  /// What is made of the first row of a table; nil where nothing is.
  private static func read(
    _ header: String, _ row: String, sets: [String] = []
  ) throws -> MerchantRegistered? {
    let fields = try ImportFields(.merchants, maps: [], sets: sets)
    let bytes = Array((header + row + "\n").utf8)
    var reader = CSVReader()
    var offset = 0
    guard case .row = reader.next(in: bytes.span, at: &offset) else { return nil }
    let targets = (0..<reader.fieldCount).map { fields.field(ofColumn: reader.text($0)) }
    guard let cells = MerchantCells(targets, fields) else { return nil }
    guard case .row = reader.next(in: bytes.span, at: &offset) else { return nil }
    return cells.merchant(reader)
  }

  private static func id(_ text: String) throws -> ExternalID {
    try #require(ExternalID(text))
  }

  @Test func `every column goes to its field`() throws {
    let merchant = try MerchantCellsTests.read(
      MerchantCellsTests.header, "120,shop-7,x,N1,taobao,\"Yi,wu\",tea")
    #expect(
      merchant
        == MerchantRegistered(
          platform: .taobao, tier: .n1, dailyPayments: 120,
          external: try MerchantCellsTests.id("shop-7"),
          category: try MerchantCellsTests.id("tea"), city: try MerchantCellsTests.id("Yi,wu")))
  }

  @Test func `what may be absent is none`() throws {
    let wanted = MerchantRegistered(
      platform: .tmall, tier: .t5, dailyPayments: 0, external: try MerchantCellsTests.id("店"),
      category: .none, city: .none)
    #expect(
      try MerchantCellsTests.read(MerchantCellsTests.header, ",店,,T5,tmall,,") == wanted)
    #expect(try MerchantCellsTests.read("merchant,tier,platform\n", "店,T5,tmall") == wanted)
  }

  @Test(arguments: [
    "1,,x,T1,taobao,a,b", "1,shop,x,T9,taobao,a,b", "1,shop,x,,taobao,a,b",
    "1,shop,x,T1,,a,b", "1,shop,x,T1,Taobao,a,b", "-1,shop,x,T1,taobao,a,b",
    "1.5,shop,x,T1,taobao,a,b", "01,shop,x,T1,taobao,a,b", "4294967296,shop,x,T1,taobao,a,b",
    "1, shop,x,T1,taobao,a,b", "1,shop,x,T1,taobao,a ,b", "1,shop,x,T1,taobao,a,b\u{202E}",
  ])
  func `an unusual row is left to the daemon's reader`(row: String) throws {
    #expect(try MerchantCellsTests.read(MerchantCellsTests.header, row) == nil)
  }

  @Test func `a table that says more is left to it as a whole`() throws {
    let row = "shop,T1,taobao,a"
    #expect(try MerchantCellsTests.read("merchant,tier,platform,x\n", row) != nil)
    #expect(try MerchantCellsTests.read("merchant,tier,platform,id\n", row) == nil)
    #expect(try MerchantCellsTests.read("merchant,tier,platform,tier\n", row) == nil)
    #expect(
      try MerchantCellsTests.read("merchant,tier,platform,x\n", row, sets: ["city=a"]) == nil)
  }
}
