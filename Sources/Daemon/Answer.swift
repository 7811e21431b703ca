// What goes back to a client: one answer a request, in the order of the requests, runs of receipts
// put together.
//
//   {"accepted":334,"first":1200,"last":1533}                 334 commands, one event each
//   {"accepted":1,"first":1534,"last":1535}                   one command that led to two events
//   {"repeated":2,"first":17,"last":18}                       these came before: first receipts
//   {"already":{"position":17,"since":"2024-09-12T08:00:00+08:00"}}   it was so before; no event
//   {"refused":{"line":9,"number":10,"name":"merchant-unknown","message":..,"hint":..,
//    "retry":false}}
//   {"error":{"line":10,"field":"outcome","reason":..,"hint":..}}
//   {"error":{"line":0,..}}  {"refused":{"line":0,..}}        about the connection, which ends
//   {"held":{"institution":..,"why":"unknown-key","detail":..,"payload_digest":..}}
//   {"clock":{..}}  {"open":{..}}  {"dump":{.., "bytes":N}} followed by N bytes

import Events
import Merkle
import Orchestrator
import Text

/// An answer that waits for its turn and for the disk.
struct Answer {
  enum Kind {
    case accepted(count: Int, Receipt)
    case repeated(count: Int, Receipt)
    case bytes([UInt8])
    /// Written when it leaves, of what is durable then.
    case late(() -> [UInt8])
  }

  var kind: Kind
  /// It may leave once every event before this position is durable.
  var needs: Position
}

/// The answers of one connection, in order.
struct AnswerQueue {
  private var answers: [Answer] = []
  private var head = 0
  /// The run of receipts that came last and is still growing; it stands behind all answers.
  private var run = Receipt(first: .zero, last: .zero)
  private var runCount = 0
  private var runIsRepeat = false
  /// How many bytes wait in answers that are written out already.
  private(set) var byteCount = 0

  /// How many answers wait; runs count once.
  var count: Int { answers.count - head + (runCount > 0 ? 1 : 0) }

  @inline(__always)
  mutating func accept(_ receipt: Receipt, isRepeat: Bool) {
    if runCount == 0 { takeRun() }
    if runCount > 0, runIsRepeat == isRepeat, receipt.first == receipt.last,
      AnswerQueue.isRun(runCount, run, receipt)
    {
      run.last = receipt.last
      runCount += 1
      return
    }
    endRun()
    run = receipt
    runCount = 1
    runIsRepeat = isRepeat
  }

  /// Takes the answers of notices that were submitted.
  mutating func accept(_ group: PaymentGroup, _ notices: Range<Int>) {
    for place in notices {
      if let (receipt, isRepeat) = group.receipt(place) {
        accept(receipt, isRepeat: isRepeat)
      } else if let refusal = group.refusal(place) {
        add(AnswerText.refused(refusal, line: group.line(place)), needs: .zero)
      }
    }
  }

  /// Goes on with a run that was put among the answers.
  private mutating func takeRun() {
    guard head < answers.count else { return }
    switch answers[answers.count - 1].kind {
    case .accepted(let count, let receipt): (runCount, run, runIsRepeat) = (count, receipt, false)
    case .repeated(let count, let receipt): (runCount, run, runIsRepeat) = (count, receipt, true)
    case .bytes, .late: return
    }
    answers.removeLast()
  }

  /// Puts the run among the answers.
  private mutating func endRun() {
    guard runCount > 0 else { return }
    answers.append(
      Answer(
        kind: runIsRepeat ? .repeated(count: runCount, run) : .accepted(count: runCount, run),
        needs: run.last.advanced(by: 1)))
    runCount = 0
  }

  mutating func add(_ write: @escaping () -> [UInt8], needs: Position) {
    endRun()
    answers.append(Answer(kind: .late(write), needs: needs))
  }

  mutating func add(_ bytes: [UInt8], needs: Position) {
    endRun()
    byteCount += bytes.count
    answers.append(Answer(kind: .bytes(bytes), needs: needs))
  }

  /// Cuts the durable part off a run of commands with one event each; nil where there is none.
  private func cut(_ answer: inout Answer, _ durable: Position) -> Answer.Kind? {
    switch answer.kind {
    case .accepted(let count, let run):
      guard let (first, rest) = AnswerQueue.cut(count, run, durable) else { return nil }
      answer.kind = .accepted(count: rest.count, rest.run)
      return .accepted(count: first.count, first.run)
    case .repeated(let count, let run):
      guard let (first, rest) = AnswerQueue.cut(count, run, durable) else { return nil }
      answer.kind = .repeated(count: rest.count, rest.run)
      return .repeated(count: first.count, first.run)
    case .bytes, .late: return nil
    }
  }

  private typealias Run = (count: Int, run: Receipt)

  private static func cut(
    _ count: Int, _ run: Receipt, _ durable: Position
  ) -> (durable: Run, rest: Run)? {
    guard run.last.rawValue - run.first.rawValue + 1 == UInt64(count), run.first < durable,
      durable <= run.last
    else { return nil }
    let done = Int(durable.rawValue - run.first.rawValue)
    return (
      (done, Receipt(first: run.first, last: run.first.advanced(by: done - 1))),
      (count - done, Receipt(first: durable, last: run.last))
    )
  }

  private static func isRun(_ count: Int, _ run: Receipt, _ next: Receipt) -> Bool {
    run.last.rawValue - run.first.rawValue + 1 == UInt64(count)
      && next.first == run.last.advanced(by: 1)
  }

  /// Moves answers whose events are durable to `output`, up to the first that must wait, or until
  /// the output is as long as it may be.
  mutating func flush(durable: Position, to output: inout [UInt8], upTo bytesMax: Int) {
    endRun()
    while head < answers.count, output.count < bytesMax {
      if answers[head].needs > durable {
        // A sender that never pauses makes its run longer all the time: what is durable of it goes.
        if let part = cut(&answers[head], durable) { AnswerQueue.write(part, to: &output) }
        break
      }
      if case .bytes(let bytes) = answers[head].kind { byteCount -= bytes.count }
      AnswerQueue.write(answers[head].kind, to: &output)
      // What a closure holds is let go of now, not when the queue is empty.
      answers[head].kind = .bytes([])
      head += 1
    }
    if head == answers.count {
      answers.removeAll(keepingCapacity: true)
      head = 0
    } else if head > 4096 {
      answers.removeSubrange(..<head)
      head = 0
    }
  }

  private static func write(_ kind: Answer.Kind, to output: inout [UInt8]) {
    switch kind {
    case .bytes(let bytes): output.append(contentsOf: bytes)
    case .late(let write): output.append(contentsOf: write())
    case .accepted(let count, let receipt):
      write("accepted", count, receipt, to: &output)
    case .repeated(let count, let receipt):
      write("repeated", count, receipt, to: &output)
    }
  }

  private static func write(
    _ word: String, _ count: Int, _ receipt: Receipt, to output: inout [UInt8]
  ) {
    output.append(contentsOf: "{\"".utf8)
    output.append(contentsOf: word.utf8)
    output.append(contentsOf: "\":".utf8)
    appendDecimal(count, to: &output)
    output.append(contentsOf: ",\"first\":".utf8)
    appendDecimal(receipt.first.rawValue, to: &output)
    output.append(contentsOf: ",\"last\":".utf8)
    appendDecimal(receipt.last.rawValue, to: &output)
    output.append(contentsOf: "}\n".utf8)
  }
}

/// The answers that are written out at once.
enum AnswerText {
  static func refused(_ refusal: Refusal, line: Int) -> [UInt8] {
    object("refused") { writer, out in
      writer.key("line", to: &out)
      writer.integer(line, to: &out)
      writer.key("number", to: &out)
      writer.integer(refusal.number, to: &out)
      writer.key("name", to: &out)
      writer.string(refusal.name, to: &out)
      writer.key("message", to: &out)
      writer.string(refusal.message, to: &out)
      writer.key("hint", to: &out)
      writer.string(refusal.hint, to: &out)
      writer.key("retry", to: &out)
      writer.boolean(refusal.isRetryable, to: &out)
    }
  }

  static func already(_ position: Position, since: Timestamp) -> [UInt8] {
    object("already") { writer, out in
      writer.key("position", to: &out)
      writer.integer(position.rawValue, to: &out)
      writer.key("since", to: &out)
      writer.string(RFC3339.beijing(since), to: &out)
    }
  }

  /// A delivery lies beside the log, and waits for a key or for a release that knows its type.
  static func held(_ held: NoticeHeld) -> [UInt8] {
    object("held") { writer, out in
      writer.key("institution", to: &out)
      writer.string(held.institution.name, to: &out)
      writer.key("why", to: &out)
      writer.string(held.why.name, to: &out)
      writer.key("detail", to: &out)
      writer.string(held.detail.description, to: &out)
      writer.key("payload_digest", to: &out)
      writer.string(held.payloadDigest.hex, to: &out)
    }
  }

  /// - Parameters:
  ///   - line: 0 where it is about the connection, which ends behind it.
  ///   - isStopping: whether that is because the daemon stops, which is then said in `stopping`.
  static func error(_ fault: WireFault, line: Int, isStopping: Bool = false) -> [UInt8] {
    object("error") { writer, out in
      writer.key("line", to: &out)
      writer.integer(line, to: &out)
      writer.key("field", to: &out)
      writer.string(fault.field, to: &out)
      writer.key("reason", to: &out)
      writer.string(fault.reason, to: &out)
      writer.key("hint", to: &out)
      writer.string(fault.hint, to: &out)
      if isStopping {
        writer.key("stopping", to: &out)
        writer.boolean(true, to: &out)
      }
    }
  }

  /// A line that is an object of one key whose value is an object.
  static func object(
    _ name: String, _ body: (inout JSONWriter, inout [UInt8]) -> Void
  ) -> [UInt8] {
    var writer = JSONWriter()
    var out: [UInt8] = []
    writer.beginObject(to: &out)
    writer.key(name, to: &out)
    writer.beginObject(to: &out)
    body(&writer, &out)
    writer.endObject(to: &out)
    writer.endObject(to: &out)
    out.append(UInt8(ascii: "\n"))
    return out
  }
}
