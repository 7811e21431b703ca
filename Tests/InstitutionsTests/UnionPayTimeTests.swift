// UnionPay's times: Beijing's clock without a zone, and dates without a year.

import Events
import Institutions
import Support
import Testing
import Text

@Suite struct UnionPayTimeTests {
  /// When a payment of that `txnTime` happened by that `traceTime`.
  private static func occurred(_ txnTime: String, _ traceTime: String) throws -> String {
    let notice = try UnionPayReaderTests.notice(
      UnionPayReaderTests.consume(
        ("txnTime", txnTime), ("traceTime", traceTime), ("settleDate", nil)))
    return RFC3339.beijing(notice.occurredAt)
  }

  @Test func `subtlety 13: a trace after New Year is of the new year`() throws {
    #expect(
      try UnionPayTimeTests.occurred("20241231235958", "0101000001") == "2025-01-01T00:00:01+08:00")
  }

  @Test func `a trace before New Year is of the old year`() throws {
    #expect(
      try UnionPayTimeTests.occurred("20250101000001", "1231235959") == "2024-12-31T23:59:59+08:00")
  }

  @Test func `29 February is of the leap year next to it`() throws {
    #expect(
      try UnionPayTimeTests.occurred("20240301000001", "0229235959") == "2024-02-29T23:59:59+08:00")
    #expect(
      try UnionPayTimeTests.occurred("20230301000001", "0229235959") == "2024-02-29T23:59:59+08:00")
    #expect(
      try UnionPayTimeTests.occurred("20250228000001", "0229235959") == "2024-02-29T23:59:59+08:00")
  }

  @Test func `29 February far from a leap year is no day`() throws {
    #expect(
      try UnionPayReaderTests.faultyField(
        UnionPayReaderTests.consume(
          ("txnTime", "20220301000001"), ("traceTime", "0301000001"), ("settleDate", "0229")))
        == "settleDate")
  }

  @Test(arguments: [
    ("20241231235958", "0101"), ("20250101000001", "1231"), ("20240912000000", "0912"),
    ("20240912000000", "0311"),
  ])
  func `a settle date is of any year beside the payment`(time: String, date: String) throws {
    _ = try UnionPayReaderTests.notice(
      UnionPayReaderTests.consume(
        ("txnTime", time), ("traceTime", nil), ("settleDate", date)))
  }

  @Test(arguments: ["0000", "1301", "0230", "0431", "912", "09123", "09-2", "+912", "９９９９"])
  func `a settle date that is no day is named`(date: String) throws {
    #expect(
      try UnionPayReaderTests.faultyField(UnionPayReaderTests.consume(("settleDate", date)))
        == "settleDate")
  }

  @Test(arguments: [
    "0912240000", "0912236000", "0912235960", "0900101010", "091210101", "0912 01010",
  ])
  func `a trace that is no time is named`(time: String) throws {
    #expect(
      try UnionPayReaderTests.faultyField(UnionPayReaderTests.consume(("traceTime", time)))
        == "traceTime")
  }

  @Test(arguments: [
    "20240230000000", "20240912240000", "2024091210111", "202409121011123", "19691231235959",
    "22000101000000", "20230229000000", "2024-09-12 10:", "", "-0240912101112",
  ])
  func `a time that is none is named`(time: String) throws {
    #expect(
      try UnionPayReaderTests.faultyField(UnionPayReaderTests.consume(("txnTime", time)))
        == "txnTime")
  }

  @Test
  func `subtlety 14: a time without a zone is Beijing's, and midnight belongs to the new day`()
    throws
  {
    let notice = try UnionPayReaderTests.notice(
      UnionPayReaderTests.consume(("txnTime", "20240912000000"), ("traceTime", nil)))
    #expect(notice.occurredAt == Timestamp(seconds: 1_726_070_400))
    #expect(notice.occurredAt.beijingDay.text == "2024-09-12")
  }
}
