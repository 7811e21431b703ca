// Which terms were in force when, and what a log may not say of them.

import Events
import Merkle
import Support
import Testing

@testable import Projections

@Suite struct TermsBookTests {
  private static let day: Int64 = 86_400
  /// So many days after 12 September 2024.
  private static func day(_ count: Int64) -> Timestamp {
    LogFixture.opening.advanced(bySeconds: count * day)
  }

  /// What the event of a document says; `supersedes` is the position of the version before it.
  private static func published(
    _ document: TermsDocument, supersedes: Position = .none
  ) throws -> TermsPublished {
    let bytes = document.bytes
    let terms = try TermsReader.read(bytes)
    return TermsPublished(
      version: terms.version, effectiveAt: terms.effectiveAt, name: terms.name,
      digest: SHA256.hash(unsafe bytes.span.bytes),
      edition: TermsPublished.Edition(supersedes: supersedes, document: bytes))
  }

  private func book(_ steps: [(day: Int64, fields: TermsPublished)]) throws -> TermsBook {
    var book = TermsBook()
    for (index, step) in steps.enumerated() {
      let header = EventHeader(logTime: TermsBookTests.day(step.day))
      try book.fold(
        Event(header, .termsPublished(step.fields)), at: Position(UInt64(index) * 10))
    }
    return book
  }

  private func versions(_ book: TermsBook, _ days: ClosedRange<Int64>) -> [UInt32] {
    days.map { book.inForce(at: TermsBookTests.day($0))?.version ?? 0 }
  }

  @Test func `terms count from their own instant on and not from their publication`() throws {
    let book = try book([(-8, TermsBookTests.published(TermsDocument()))])
    #expect(versions(book, -8...2) == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
    let effect = LogFixture.opening
    #expect(book.inForce(at: effect.advanced(byNanoseconds: -1)) == nil)
    #expect(book.inForce(at: effect)?.version == 1)
  }

  @Test func `subtlety 34: a correction before the effect takes the place of what it corrects`()
    throws
  {
    let book = try book([
      (-8, TermsBookTests.published(TermsDocument())),
      (
        -5,
        TermsBookTests.published(
          TermsDocument(version: 2, effective: "2024-09-14"), supersedes: .zero)
      ),
    ])
    #expect(versions(book, -1...3) == [0, 0, 0, 2, 2])
    #expect(book.editions[0].withdrawnBy == Position(10))
    #expect(book.editions[1].supersedes == .zero)
  }

  @Test func `a version after the effect leaves the one before it in force until its own`() throws {
    let book = try book([
      (-8, TermsBookTests.published(TermsDocument())),
      (
        1,
        TermsBookTests.published(
          TermsDocument(version: 2, published: "2024-09-13", effective: "2024-09-20"),
          supersedes: .zero)
      ),
    ])
    #expect(versions(book, -1...9) == [0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2])
    #expect(book.editions[0].withdrawnBy == .none)
  }

  @Test func `a payment keeps the terms it was recorded under, whatever is published later`() throws
  {
    var log = LogFixture()
    log.now = TermsBookTests.day(-8)
    log.add(.termsPublished(try TermsBookTests.published(TermsDocument())))
    log.now = TermsBookTests.day(1)
    log.register(1)
    let payment = log.pay()
    let before = try log.model().terms.inForce(at: TermsBookTests.day(1), before: payment)
    log.add(
      .termsPublished(
        try TermsBookTests.published(
          TermsDocument(version: 2, published: "2024-09-13", effective: "2024-09-20"),
          supersedes: .zero)))
    log.now = TermsBookTests.day(30)
    log.pay(.captured, fen: 100, "tx-2")
    let model = try log.model()
    #expect(before?.version == 1)
    #expect(model.terms.inForce(at: TermsBookTests.day(1), before: payment) == before)
    #expect(model.termsInForce?.version == 2)
  }

  @Test func `of two names the one that took effect last is in force`() throws {
    let book = try book([
      (-8, TermsBookTests.published(TermsDocument())),
      (-7, TermsBookTests.published(TermsDocument("u", effective: "2024-09-15"))),
    ])
    let names = (0...4).map { book.inForce(at: TermsBookTests.day(Int64($0)))?.name }
    #expect(names == ["t", "t", "t", "u", "u"].map { id($0) })
  }

  @Test func `an event of version 1 is listed without words and counts all the same`() throws {
    let old = TermsPublished(
      version: 3, effectiveAt: LogFixture.opening, name: id("t"),
      digest: Digest(words: (1, 0, 0, 0)))
    let book = try book([
      (-9, old),
      (
        -8,
        TermsBookTests.published(
          TermsDocument(version: 4, effective: "2024-09-13"), supersedes: .zero)
      ),
    ])
    #expect(versions(book, 0...1) == [0, 4])
    #expect(book.editions[0].terms == nil && book.rowCount == 2)
  }

  /// What an event says that does not follow from those before it.
  static let lies: [(String, @Sendable (inout TermsPublished) -> Void)] = [
    ("document", { $0.edition?.document = [] }),
    ("document", { $0.edition?.document.append(0x20) }),
    ("document", { $0.digest = .zero }),
    ("document", { $0.version = 3 }),
    ("document", { $0.effectiveAt = LogFixture.opening }),
    ("document", { $0.name = id("other") }),
    ("supersedes", { $0.edition?.supersedes = .none }),
    ("supersedes", { $0.edition?.supersedes = Position(7) }),
  ]

  @Test(arguments: lies.indices)
  func `an event whose fields are not those of its document stops the fold`(_ index: Int) throws {
    let (field, change) = TermsBookTests.lies[index]
    var lie = try TermsBookTests.published(
      TermsDocument(version: 2, effective: "2024-09-14"), supersedes: .zero)
    change(&lie)
    let found = try #require(throws: DecodeFault.self) {
      try book([(-8, TermsBookTests.published(TermsDocument())), (-5, lie)])
    }
    guard case .unknownReference(let name, _) = found else {
      Issue.record("\(found)")
      return
    }
    #expect(name.description == field)
  }

  @Test func `a version that leaves one out stops the fold`() throws {
    #expect(throws: DecodeFault.unknownReference(.init("version"), 2)) {
      try book([(-8, TermsBookTests.published(TermsDocument(version: 2)))])
    }
  }

  @Test func `the table has a row a word`() throws {
    var log = LogFixture()
    log.now = TermsBookTests.day(-8)
    log.add(.termsPublished(try TermsBookTests.published(TermsDocument(english: "order amount"))))
    let model = try log.model()
    let rows = table(.terms, model)
    #expect(rows.count == 2 && DumpName.terms.rowCount(model) == 1)
    #expect(rows[1].hasPrefix("0|t|1|t+-691200|t+0|||digest "))
    #expect(rows[1].hasSuffix("|order_amount|实付金额|订单成交金额|order amount"))
  }
}
