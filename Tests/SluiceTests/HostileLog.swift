// A log in which every text is hostile: the golden log of every kind of event, each text in front of
// which another hostile one stands. What was one text stays one, so that payments join as before.

import EventLog
import Events
import Glibc
import Merkle
import Orchestrator
import Platform
import Support
import Testing

/// A folder with such a log; it is removed when the owner lets go.
final class HostileLog {
  let folder: String
  /// Ids that stand in the log: of merchants, transactions and orders.
  private(set) var merchants: [ShortText] = []
  private(set) var payments: [ShortText] = []
  private(set) var end = Position.zero

  private let scratch: String
  private let isOfAll: Bool

  /// - Parameter isOfAll: whether one text that has everything stands before each, and not one of
  ///   `HostileTexts` after the other.
  init(isOfAll: Bool) throws {
    self.isOfAll = isOfAll
    var template = Array("/tmp/sluice-hostile-XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer -> String? in
      guard let start = buffer.baseAddress, let name = unsafe mkdtemp(start) else { return nil }
      return unsafe String(cString: name)
    }
    scratch = try #require(made)
    folder = scratch + "/log"
    let golden = try LogReader(SystemDisk(), PackageRoot.path("events/golden/every-kind-6"))
    var options = LogOptions()
    options.segmentCapacity = 1 << 20
    options.reserveLength = 65_536
    let carrier = try FileCarrier.create(
      SystemDisk(), folder, logID: golden.logID, created: Timestamp(seconds: 1_725_415_200),
      options: options
    ).carrier
    var committer = Committer(carrier: carrier)
    var last = Timestamp.none
    try golden.read(from: .zero) { (batch: borrowing EventBatch) throws in
      let buffer = BatchBuffer()
      for index in 0..<batch.count {
        let event = try batch.event(index)
        buffer.append(encode(event))
        note(event.payload)
      }
      last = batch.logTime
      try committer.commit(
        CommitJob(buffer: buffer, first: batch.first, logTime: batch.logTime, isControl: true))
    }
    try committer.close(at: last)
    end = golden.durableEnd
  }

  deinit { HostileLog.clear(scratch, depth: 0) }

  private static func clear(_ path: String, depth: Int) {
    guard depth < 5 else { return }
    for name in (try? SystemDisk().list(path)) ?? [] { clear(path + "/" + name, depth: depth + 1) }
    _ = unsafe remove(path)
  }

  private static let everything = Array("=\u{1B}[2J\u{202E}\r\n\u{9B}1m\u{61C}\u{2028}<i x>".utf8)

  /// What stands in the log for a text of the golden one.
  static func hostile(_ text: ShortText, isOfAll: Bool) -> ShortText {
    guard text != .none else { return text }
    // Of one text always the same; the golden text behind it keeps two apart.
    let sum = text.bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
    let hostile = isOfAll ? everything : HostileTexts.all[sum % HostileTexts.all.count]
    let room = ShortText.lengthMax - Int(text.count)
    return ShortText(Array(hostile.prefix(max(0, room)) + text.bytes).span) ?? text
  }

  private func encode(_ event: Event) -> [UInt8] {
    var plain = FieldEncoder()
    event.encode(into: &plain)
    // The head stays; the fields behind it are written anew.
    var sink = HostileSink(isOfAll: isOfAll, keepsTexts: event.kind == .termsPublished)
    event.payload.write(to: &sink)
    var own = FieldEncoder()
    event.payload.write(to: &own)
    var bytes = plain.bytes.dropLast(own.bytes.count) + sink.encoder.bytes
    // The head says how long the event is.
    bytes[68] = UInt8(truncatingIfNeeded: bytes.count)
    bytes[69] = UInt8(truncatingIfNeeded: bytes.count >> 8)
    return bytes
  }

  private func note(_ payload: Payload) {
    switch payload {
    case .merchantRegistered(let fields):
      merchants.append(HostileLog.hostile(fields.external, isOfAll: isOfAll))
    case .payment(let fields):
      payments += [fields.transaction, fields.order].map {
        HostileLog.hostile($0, isOfAll: isOfAll)
      }
    default: break
    }
  }
}

/// Encodes fields with hostile texts in place of the texts.
private struct HostileSink: FieldSink {
  var encoder = FieldEncoder()
  /// Whether texts stay as they are: those that a document in the event must agree with.
  let keepsTexts: Bool
  let isOfAll: Bool

  init(isOfAll: Bool, keepsTexts: Bool) {
    self.isOfAll = isOfAll
    self.keepsTexts = keepsTexts
  }

  mutating func u8(_ name: StaticString, _ value: UInt8) { encoder.u8(name, value) }
  mutating func u16(_ name: StaticString, _ value: UInt16) { encoder.u16(name, value) }
  mutating func u32(_ name: StaticString, _ value: UInt32) { encoder.u32(name, value) }
  mutating func u64(_ name: StaticString, _ value: UInt64) { encoder.u64(name, value) }
  mutating func i64(_ name: StaticString, _ value: Int64) { encoder.i64(name, value) }
  mutating func digest(_ name: StaticString, _ value: Digest) { encoder.digest(name, value) }
  mutating func optionalDigest(_ name: StaticString, _ value: Digest?) {
    encoder.optionalDigest(name, value)
  }
  mutating func text8(_ name: StaticString, _ value: ShortText) {
    encoder.text8(name, keepsTexts ? value : HostileLog.hostile(value, isOfAll: isOfAll))
  }
  mutating func text16(_ name: StaticString, _ value: [UInt8]) { encoder.text16(name, value) }
  mutating func beginList(_ name: StaticString, _ count: Int) { encoder.beginList(name, count) }
  mutating func beginElement() { encoder.beginElement() }
  mutating func endElement() { encoder.endElement() }
  mutating func endList() { encoder.endList() }
}
