// Tests of the printed bytes: they are golden, for digests of them are published.

import Events
import Merkle
import Platform
import Projections
import Testing

@testable import Dumps

func context(_ model: ReadModel) -> LogContext {
  LogContext(
    origin: id("sluice.example/test"), id: LogID(low: 0x0706_0504_0302_0100, high: 0),
    position: model.position, root: .emptyRoot, logTime: model.logTime, release: "0.1.0")
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func dump(_ name: DumpName, _ format: DumpFormatName, _ model: ReadModel) -> String {
  text(Dump.bytes(name, format, model, context(model)).bytes)
}

@Suite struct DumpTests {
  let model: ReadModel

  init() throws { model = try LogFixture.story().model() }

  @Test func `CSV has a header, a line a row and nothing a spreadsheet would run`() {
    #expect(
      dump(.discrepancies, .csv, model) == """
        position,flag,institution,transaction,order,merchant,outcome,amount_fen,occurred_at,\
        log_time,state,resolved_at
        12,refund-before-capture,wechat-pay,tx-3,order-tx-3,shop-1,refunded,1000,,\
        2024-09-12T00:00:12+08:00,resolved,13
        15,not-open,wechat-pay,tx-5,order-tx-5,shop-3,captured,700,,\
        2024-09-12T00:00:15+08:00,open,
        16,merchant-unknown,wechat-pay,tx-6,order-tx-6,'=cmd(),captured,900,,\
        2024-09-12T00:00:16+08:00,open,

        """)
  }

  @Test func `CSV of version 1 is printed as it was, for manifests that name it, and not offered`()
  {
    #expect(DumpFormatName(name: "csv") == .csv)
    #expect(DumpFormatName(name: "csv", version: 2) == .csv)
    #expect(DumpFormatName(name: "csv", version: 1) == .csvOfVersion1)
    #expect(DumpFormatName(name: "csv", version: 3) == nil)
    #expect(DumpFormatName(name: "csvOfVersion1") == nil)
    #expect(!DumpFormatName.allCases.contains(.csvOfVersion1))
    var context = context(ReadModel())
    var log = LogFixture()
    log.register(1)
    log.pay(.captured, "a\\\u{1B}\nb", merchant: 0, flags: .merchantUnknown, external: "＝1,'x")
    let model = (try? log.model()) ?? ReadModel()
    context.position = model.position
    let old = Dump.bytes(.discrepancies, .csvOfVersion1, model, context)
    let new = Dump.bytes(.discrepancies, .csv, model, context)
    #expect(text(old.bytes).contains("\"a\\\u{1B}\nb\",\"order-a\\\u{1B}\nb\",\"＝1,'x\","))
    #expect(text(new.bytes).contains(#"a\\\u001b\u000ab,order-a\\\u001b\u000ab,"'＝1,'x","#))
    #expect((old.manifest.format, old.manifest.formatVersion) == ("csv", 1))
    #expect((new.manifest.format, new.manifest.formatVersion) == ("csv", 2))
  }

  @Test func `CSV quotes a cell with a comma`() {
    #expect(
      dump(.timeline, .csv, model).contains(
        ",rollout-announced,operator,1001,,1,,,\"wechat-pay-2024-09, version 1, wechat-pay\"\n"))
  }

  @Test func `NDJSON begins with its manifest and has an object a line`() {
    let sum = SHA256.hash(unsafe Array(waveLine.utf8).span.bytes).hex
    #expect(
      dump(.waves, .ndjson, model) == "{\"manifest\":\(manifest("ndjson", sum))}\n" + waveLine)
  }

  @Test func `JSON is one document whose rows stand on lines of their own`() {
    let sum = SHA256.hash(unsafe Array(waveLine.utf8).span.bytes).hex
    #expect(
      dump(.waves, .json, model) == "{\"manifest\":\(manifest("json", sum)),\"rows\":[\n"
        + waveLine + "]}\n")
  }

  private var waveLine: String {
    """
    {"rollout":1,"plan":"wechat-pay-2024-09","wave":1,"planned_at":"2024-09-12T00:00:00+08:00",\
    "opened_at":"2024-09-12T00:00:07+08:00","completed_at":null,"merchants":2,"enabled":2,\
    "rolled_back":1}

    """
  }

  private func manifest(_ format: String, _ digest: String) -> String {
    """
    {"dump":"waves","format":"\(format)","format_version":1,"projection_version":1,\
    "log_origin":"sluice.example/test","log_id":"00010203040506070000000000000000",\
    "position":19,"root":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",\
    "log_time":"2024-09-12T00:00:18+08:00","parameters":{},"order":"rollout, wave","rows":1,\
    "sha256":"\(digest)","release":"0.1.0"}
    """
  }

  @Test(arguments: DumpName.allCases, DumpFormatName.allCases)
  func `the manifest's digest covers the rows' lines`(
    name: DumpName, format: DumpFormatName
  ) throws {
    let made = Dump.bytes(name, format, model, context(model))
    var lines = made.bytes.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
    #expect(lines.removeLast().isEmpty)
    if format != .csv { lines.removeFirst() }
    if format == .json { lines.removeLast() }
    var covered: [UInt8] = []
    for line in lines { covered += line + [UInt8(10)] }
    #expect(made.manifest.digest == SHA256.hash(unsafe covered.span.bytes))
    #expect(made.manifest.rows == lines.count - (format == .csv ? 1 : 0))
  }

  @Test(arguments: DumpName.allCases, DumpFormatName.allCases)
  func `the cut into batches changes no byte`(name: DumpName, format: DumpFormatName) throws {
    let other = try LogFixture.story().model(cut: 3)
    #expect(dump(name, format, other) == dump(name, format, model))
  }

  @Test func `a table without rows is a document all the same`() {
    let empty = ReadModel()
    #expect(dump(.waves, .json, empty).hasSuffix(",\"rows\":[\n]}\n"))
    #expect(dump(.reconciliation, .csv, empty).hasSuffix(",apart_fen\n"))
    #expect(dump(.waves, .json, empty).contains("\"log_time\":null"))
  }

  @Test func `an error of the receiver ends the dump and is thrown`() {
    struct Full: Error {}
    #expect(throws: Full.self) {
      try Dump.write(.waves, .csv, model, context(model)) { (_) throws(Full) in throw Full() }
    }
  }
}

@Suite struct EventPrinterTests {
  @Test func `a payment prints its header and its fields by name`() {
    var log = LogFixture()
    log.pay(
      .failed, fen: 100, "tx\"1", merchant: 7, flags: [.notOpen, .late],
      occurredAt: LogFixture.opening.advanced(byNanoseconds: 5), failure: .risk)
    var event = log.events[0]
    event.header.commandID = CommandID(low: 0x0706_0504_0302_0100, high: 0xFF)
    event.header.commandDigest = 0x01
    #expect(
      EventPrinter.line(event, at: Position(3)) == """
        {"position":3,"kind":"payment-failed","kind_version":1,\
        "log_time":"2024-09-11T16:00:00.000000000Z",\
        "occurred_at":"2024-09-11T16:00:00.000000005Z","actor":"institution","actor_id":0,\
        "cause":null,"command_id":"0001020304050607ff00000000000000",\
        "command_digest":"0100000000000000","previous":null,"merchant_number":7,\
        "flags":["not-open","late"],"fields":{"ordered_at":"2024-09-11T16:00:00.000000000Z",\
        "order_amount":100,"paid_amount":90,"balance_amount":null,"institution":"wechat-pay",\
        "failure_class":"risk","merchant_tier":"T3","buyer_tier":"T4","currency":156,\
        "transaction":"tx\\"1","order":"order-tx\\"1","account":null,"code":null,"refund":null,\
        "merchant":null,"payload_digest":null}}

        """)
  }

  @Test func `a log's id is one field and bytes that are no text are hexadecimal`() {
    let created = Event(
      EventHeader(logTime: LogFixture.opening),
      .logCreated(
        LogCreated(
          origin: ExternalID([0xFF, 0x41]) ?? .none, clock: .scaled, clockStart: .none,
          clockSpeed: 600, logIDLow: 1, logIDHigh: 2)))
    #expect(
      EventPrinter.line(created, at: .zero).hasSuffix(
        """
        "merchant_number":null,"flags":[],"fields":{"origin":{"hex":"ff41"},"clock":"scaled",\
        "clock_start":null,"clock_speed":600,\
        "log_id":"01000000000000000200000000000000"}}

        """))
  }
}
