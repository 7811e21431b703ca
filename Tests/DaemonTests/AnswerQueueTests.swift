// Answers in order, runs put together and cut where the disk has come to.

import Events
import Orchestrator
import Testing

@testable import Daemon

@Suite struct AnswerQueueTests {
  private func receipt(_ first: UInt64, _ last: UInt64) -> Receipt {
    Receipt(first: Position(first), last: Position(last))
  }

  private func flush(_ queue: inout AnswerQueue, _ durable: UInt64, upTo: Int = 1 << 20) -> String {
    var output: [UInt8] = []
    queue.flush(durable: Position(durable), to: &output, upTo: upTo)
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `receipts that follow each other are one answer`() {
    var queue = AnswerQueue()
    for position: UInt64 in 5..<9 { queue.accept(receipt(position, position), isRepeat: false) }
    #expect(queue.count == 1)
    #expect(flush(&queue, 9) == "{\"accepted\":4,\"first\":5,\"last\":8}\n")
    #expect(queue.count == 0)
  }

  @Test func `a gap, a repeat and a command of two events each begin an answer`() {
    var queue = AnswerQueue()
    queue.accept(receipt(1, 1), isRepeat: false)
    queue.accept(receipt(3, 3), isRepeat: false)
    queue.accept(receipt(4, 5), isRepeat: false)
    queue.accept(receipt(6, 6), isRepeat: false)
    queue.accept(receipt(1, 1), isRepeat: true)
    #expect(queue.count == 5)
    #expect(
      flush(&queue, 7) == """
        {"accepted":1,"first":1,"last":1}
        {"accepted":1,"first":3,"last":3}
        {"accepted":1,"first":4,"last":5}
        {"accepted":1,"first":6,"last":6}
        {"repeated":1,"first":1,"last":1}

        """)
  }

  @Test func `a run leaves as far as it is durable, the rest later`() {
    var queue = AnswerQueue()
    for position: UInt64 in 0..<10 { queue.accept(receipt(position, position), isRepeat: false) }
    #expect(flush(&queue, 4) == "{\"accepted\":4,\"first\":0,\"last\":3}\n")
    #expect(flush(&queue, 4) == "")
    for position: UInt64 in 10..<12 { queue.accept(receipt(position, position), isRepeat: false) }
    #expect(flush(&queue, 11) == "{\"accepted\":7,\"first\":4,\"last\":10}\n")
    #expect(flush(&queue, 12) == "{\"accepted\":1,\"first\":11,\"last\":11}\n")
  }

  @Test func `an answer never overtakes one that waits`() {
    var queue = AnswerQueue()
    queue.accept(receipt(7, 7), isRepeat: false)
    queue.add(Array("x\n".utf8), needs: .zero)
    queue.add({ Array("y\n".utf8) }, needs: .zero)
    #expect(flush(&queue, 7) == "")
    #expect(flush(&queue, 8) == "{\"accepted\":1,\"first\":7,\"last\":7}\nx\ny\n")
  }

  @Test func `a command of two events waits for both`() {
    var queue = AnswerQueue()
    queue.accept(receipt(2, 3), isRepeat: false)
    #expect(flush(&queue, 3) == "")
    #expect(flush(&queue, 4) == "{\"accepted\":1,\"first\":2,\"last\":3}\n")
  }

  @Test func `the output's bound ends a flush, and waiting bytes are counted`() {
    var queue = AnswerQueue()
    var made = 0
    for _ in 0..<10 {
      queue.add(
        {
          made += 1
          return [UInt8](repeating: 1, count: 100)
        }, needs: .zero)
    }
    #expect(flush(&queue, 0, upTo: 250).utf8.count == 300)
    #expect(made == 3)
    queue.add([UInt8](repeating: 2, count: 50), needs: .zero)
    #expect(queue.byteCount == 50)
    #expect(flush(&queue, 0).utf8.count == 750)
    #expect(queue.byteCount == 0)
  }
}
