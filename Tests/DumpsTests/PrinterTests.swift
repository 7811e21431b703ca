// Tests of the printers against the writers: what is printed eight bytes at a time is what the
// writers of Text say, cell by cell.

import Events
import Merkle
import Projections
import Testing
import Text

@testable import Dumps

/// A table printed by the writers of Text.
private struct WriterSink: CellSink {
  private let isCSV: Bool
  private var names: [String] = []
  private var column = 0
  private var csv = CSVWriter()
  private var json = JSONWriter()
  private(set) var out: [UInt8] = []

  init(csv isCSV: Bool) { self.isCSV = isCSV }

  mutating func begin(_ columns: [Column]) {
    names = columns.map(\.name)
    guard isCSV else { return }
    for name in names { csv.text(name, to: &out) }
    csv.endRow(to: &out)
  }

  private mutating func key() {
    if column == 0 { json.beginObject(to: &out) }
    json.key(names[column], to: &out)
    column += 1
  }

  mutating func text(_ value: String) {
    if isCSV { return csv.text(value, to: &out) }
    key()
    json.string(value, to: &out)
  }

  mutating func integer(_ value: Int64) {
    if isCSV { return csv.integer(value, to: &out) }
    key()
    json.integer(value, to: &out)
  }

  mutating func instant(_ value: Timestamp) { text(RFC3339.beijing(value)) }
  mutating func day(_ value: BeijingDay) { text(value.text) }
  mutating func digest(_ value: Digest) { text(value.hex) }

  mutating func flag(_ value: Bool) {
    if isCSV { return csv.text(value ? "yes" : "no", to: &out) }
    key()
    json.boolean(value, to: &out)
  }

  mutating func null() {
    if isCSV { return csv.empty(to: &out) }
    key()
    json.null(to: &out)
  }

  mutating func endRow() {
    if isCSV { return csv.endRow(to: &out) }
    json.endObject(to: &out)
    out.append(UInt8(ascii: "\n"))
    json = JSONWriter()
    column = 0
  }
}

/// Counts the rows of each block.
private struct BlockCounter: RowSink {
  private(set) var counts: [Int] = []
  mutating func begin(_ columns: [Column]) {}
  mutating func take(_ rows: inout RowBlock) { counts.append(rows.count) }
}

@Suite struct PrinterTests {
  @Test(arguments: DumpName.allCases)
  func `the printers print what the writers write`(name: DumpName) throws {
    for model in [try LogFixture.odd().model(), try LogFixture.story().model()] {
      var csv = WriterSink(csv: true)
      name.write(model, to: &csv)
      #expect(dump(name, .csv, model) == text(csv.out))
      var json = WriterSink(csv: false)
      name.write(model, to: &json)
      let lines = dump(name, .ndjson, model)
      #expect(lines.drop { $0 != "\n" }.dropFirst() == text(json.out))
    }
  }

  @Test(arguments: DumpName.allCases)
  func `a table has as many rows as it says`(name: DumpName) throws {
    for model in [try LogFixture.odd().model(), try LogFixture.story().model(), ReadModel()] {
      var counter = BlockCounter()
      name.write(model, to: &counter)
      #expect(counter.counts.reduce(0, +) == name.rowCount(model))
    }
  }

  @Test func `rows cross in blocks that are full but for the last`() throws {
    var counter = BlockCounter()
    DumpName.merchants.write(try LogFixture.odd().model(), to: &counter)
    #expect(counter.counts == [128, 128, 44])
  }
}

extension LogFixture {
  /// Three hundred merchants and three hundred payments with ids of every length, in which every
  /// byte has its turn, at instants of every precision.
  static func odd() -> LogFixture {
    var log = LogFixture()
    log.add(
      .rolloutAnnounced(
        RolloutAnnounced(
          rollout: RolloutNumber(1), planVersion: 1, institution: .card, effectiveAt: opening,
          windowEnd: opening.advanced(bySeconds: 86_400), digest: .zero, plan: id("=\"plan\","),
          document: [])))
    for number: UInt32 in 1...300 {
      log.now = log.now.advanced(byNanoseconds: [0, 7, 1_000, 20_000_000][Int(number % 4)])
      log.now = log.now.advanced(bySeconds: number % 7 == 0 ? 86_400 : 1)
      log.add(
        .merchantRegistered(
          MerchantRegistered(
            platform: .tmall, tier: Tier.allCases[Int(number % 7)], dailyPayments: number / 2,
            external: odd(number, "shop"), category: odd(number / 3, ""), city: id("义乌"))),
        merchant: number)
    }
    for number: UInt32 in 1...300 {
      log.pay(
        fen: Int64(number) * 300_000_007, "t\(number)", merchant: 0, flags: .merchantUnknown,
        external: "\(odd(number, "at"))")
    }
    return log
  }

  /// An id of some text, of one byte that many rows have nowhere else, and of a filling.
  private static func odd(_ number: UInt32, _ text: String) -> ExternalID {
    let scalar = Unicode.Scalar(number % 301).map { String(Character($0)) } ?? ""
    let filling = String(repeating: "x", count: Int(number % 41))
    let wanted = number % 2 == 0 ? scalar + filling + text : filling + text + scalar
    return id(text.isEmpty ? wanted : wanted + "\(number)")
  }
}
