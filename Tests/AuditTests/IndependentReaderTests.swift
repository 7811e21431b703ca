// The reader that shares no code with the product, on logs that no golden folder holds: beside a
// daemon, and with combined payments.

import Dumps
import EventLog
import Events
import Glibc
import Merkle
import Platform
import Testing

@Suite(.enabled(if: IndependentReader.isThere, "python3 is not installed"))
struct IndependentReaderTests {
  private static let start = Timestamp(seconds: 1_725_400_000)

  /// A log in a real folder whose lock is held until it is let go.
  private final class Held {
    let folder = "/tmp/sluice-reader-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    var carrier: FileCarrier<SystemDisk>

    init() throws {
      var options = LogOptions()
      options.segmentCapacity = 1 << 20
      options.reserveLength = 4_096
      carrier = try FileCarrier.create(
        SystemDisk(), folder, logID: LogID(low: 7, high: 9), created: start, options: options
      ).carrier
    }

    deinit {
      for name in ["segments", "quarantine", ""] {
        let path = folder + "/" + name
        for file in (try? SystemDisk().list(path)) ?? [] { _ = unsafe remove(path + "/" + file) }
        _ = unsafe remove(path)
      }
    }

    func append(_ events: [[UInt8]]) throws {
      let buffer = BatchBuffer()
      for bytes in events { buffer.append(bytes) }
      let leaves = events.map { Digest.eventLeaf(unsafe $0.span.bytes) }
      try carrier.append(
        buffer, expecting: carrier.durableEnd, logTime: start, leaves: leaves.span)
    }

    func file(_ name: String) throws -> [UInt8] {
      var input = try InputFile(folder + "/" + name)
      return try input.readAll(limit: 1 << 24)
    }

    func put(_ name: String, _ bytes: [UInt8]) throws {
      try SystemDisk().replaceFile(folder + "/" + name, with: unsafe bytes.span.bytes)
    }
  }

  private static func bytes(_ payload: Payload) -> [UInt8] {
    var encoder = FieldEncoder()
    Event(EventHeader(logTime: start), payload).encode(into: &encoder)
    return encoder.bytes
  }

  private static let created = bytes(
    .logCreated(
      LogCreated(
        origin: ShortText("reader.test") ?? .none, clock: .wall, clockStart: start, clockSpeed: 1,
        logIDLow: 7, logIDHigh: 9)))

  @Test func `beside a daemon it judges nothing behind sync.mark`() throws {
    let log = try Held()
    let opened = IndependentReaderTests.bytes(
      .institutionOpened(InstitutionOpened(institution: .alipay)))
    try log.append([IndependentReaderTests.created])
    let mark = try log.file("sync.mark")
    try log.append([opened])
    try log.append([opened])
    // What a daemon has written and not yet synchronized.
    try log.put("sync.mark", mark)
    let segment = try #require(try SystemDisk().list(log.folder + "/segments").first)
    let whole = try log.file("segments/" + segment)
    var broken = whole
    // The last byte of the frame in the middle.
    let last = try #require(broken.indices.last { broken[$0...].starts(with: Array("SLCF".utf8)) })
    broken[last - 1] ^= 1
    try log.put("segments/" + segment, broken)
    let beside = try IndependentReader.run(log.folder)
    #expect(beside.code == 0, "\(beside.text)")
    #expect(beside.text.contains("a daemon holds the log"), "\(beside.text)")
    #expect(beside.text.contains("events    1\n"), "\(beside.text)")
    log.carrier.abandon()
    let alone = try IndependentReader.run(log.folder)
    #expect(alone.code == 3 && alone.text.contains("frame body checksum"), "\(alone.text)")
    try log.put("segments/" + segment, whole)
    let sound = try IndependentReader.run(log.folder)
    #expect(sound.code == 0 && sound.text.contains("events    3\n"), "\(sound.text)")
    #expect(sound.text.contains("2 frames stand behind sync.mark"), "\(sound.text)")
  }

  /// A combined payment whose parts stand in its bytes as given here.
  private static func combined(_ parts: [(transaction: String, fen: Int64)]) -> [UInt8] {
    var encoder = FieldEncoder()
    var bytes = IndependentReaderTests.bytes(.clockConfirmed)
    encoder.u8("institution", Institution.weChatPay.rawValue)
    encoder.text8("combined", ShortText("C1") ?? .none)
    encoder.text8("initiator", .none)
    encoder.u8("parts", UInt8(parts.count))
    for part in parts {
      encoder.i64("amount", part.fen)
      encoder.u16("currency", Payment.yuan)
      encoder.text8("transaction", ShortText(part.transaction) ?? .none)
      encoder.text8("order", ShortText("支付") ?? .none)
      encoder.text8("merchant", .none)
    }
    encoder.optionalDigest("payload_digest", Digest(words: (1, 2, 3, 4)))
    bytes += encoder.bytes
    bytes[0] = UInt8(EventKind.paymentCombined.rawValue)
    (bytes[68], bytes[69]) = (UInt8(bytes.count & 255), UInt8(bytes.count >> 8))
    return bytes
  }

  private static let most: [(transaction: String, fen: Int64)] = (10...59).map { ("t\($0)", 1) }

  @Test(arguments: [[("a", 1), ("b", 100_000_000_000)], most])
  func `it prints a combined payment as the product does`(
    parts: [(transaction: String, fen: Int64)]
  ) throws {
    let log = try Held()
    let combined = IndependentReaderTests.combined(parts)
    try log.append([IndependentReaderTests.created, combined])
    log.carrier.abandon()
    let (code, text) = try IndependentReader.run(
      log.folder, ["--json", log.folder + "/events.ndjson"])
    #expect(code == 0, "\(text)")
    let event = try Event(decoding: unsafe combined.span.bytes)
    let wanted = EventPrinter.line(event, at: Position(1))
    let printed = String(decoding: try log.file("events.ndjson"), as: UTF8.self)
    #expect(printed.split(separator: "\n").last.map { $0 + "\n" } ?? "" == wanted)
  }

  @Test(arguments: [
    [], [("b", 1), ("a", 1)], [("a", 1), ("a", 1)], [("a", -1)], [("a", 100_000_000_001)],
    most + [("u", 1)],
  ])
  func `it refuses a combined payment that the product refuses`(
    parts: [(transaction: String, fen: Int64)]
  ) throws {
    let log = try Held()
    let combined = IndependentReaderTests.combined(parts)
    #expect(throws: DecodeFault.self) { try Event(decoding: unsafe combined.span.bytes) }
    try log.append([IndependentReaderTests.created, combined])
    log.carrier.abandon()
    let (code, text) = try IndependentReader.run(log.folder)
    #expect(code == 3 && text.contains(" position 1, "), "\(text)")
  }
}
