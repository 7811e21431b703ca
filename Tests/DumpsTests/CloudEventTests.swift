// Tests of CloudEvents: the attributes that the specification asks for, made of the event alone.

import Events
import Support
import Testing
import Text

@testable import Dumps

@Suite struct CloudEventTests {
  private func log(_ origin: String) -> LogCreated {
    LogCreated(
      origin: id(origin), clock: .wall, clockStart: LogFixture.opening, clockSpeed: 1,
      logIDLow: 0x0706_0504_0302_0100, logIDHigh: 0x0F0E_0D0C_0B0A_0908)
  }

  private func printed(_ event: Event, _ origin: String = "sluice.example/test") -> String {
    var out: [UInt8] = []
    CloudEventPrinter(log(origin)).append(event, at: Position(7), to: &out)
    return text(out)
  }

  @Test func `a payment is golden`() throws {
    var log = LogFixture()
    log.pay(.captured, fen: 10_000, "tx-1", occurredAt: LogFixture.opening)
    let event = log.events[0]
    let line = EventPrinter.line(event, at: Position(7)).dropLast()
    #expect(
      printed(event) == """
        {"specversion":"1.0","id":"000102030405060708090a0b0c0d0e0f/7",\
        "source":"sluice.example/test","type":"sluice.payment-captured",\
        "subject":"wechat-pay/tx-1","time":"2024-09-11T16:00:00Z",\
        "datacontenttype":"application/json",\
        "dataschema":"https://sluice.example/schemas/event/payment-captured-1.json",\
        "data":\(line)}
        """)
  }

  @Test func `what is about the log has no subject, and the log's time where there is no other`() {
    let event = Event(
      EventHeader(logTime: LogFixture.opening), .daemonStopped(DaemonStopped(cause: id("SIGTERM"))))
    #expect(
      printed(event).contains(#""type":"sluice.daemon-stopped","time":"2024-09-11T16:00:00Z""#))
  }

  @Test(arguments: HostileTexts.all)
  func `attributes hold no control character, whatever the log holds`(bytes: [UInt8]) throws {
    var log = LogFixture()
    log.pay(.captured, String(decoding: bytes, as: UTF8.self))
    let cloud = printed(log.events[0], String(decoding: bytes, as: UTF8.self))
    // The strict reader takes no zero, and the data has the texts as they are.
    let data = try #require(cloud.firstRange(of: ",\"data\":"))
    let document = try JSONReader.read(Array((cloud[..<data.lowerBound] + "}").utf8))
    for key in ["id", "source", "type", "subject"] {
      guard case .string(let text)? = document[key] else {
        Issue.record("\(key) is no text")
        continue
      }
      #expect(!text.isEmpty)
      #expect(!text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
    }
    guard case .string(let source)? = document["source"] else { return }
    #expect(source.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") })
    #expect(!cloud.dropFirst().contains("\n"))
  }
}
