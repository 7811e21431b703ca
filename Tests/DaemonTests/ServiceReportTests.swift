// What the service manager is told, as tables of moments.

import Events
import Testing

@testable import Daemon

@Suite struct ServiceReportTests {
  /// Keeps what was said, and can be deaf.
  private final class Manager {
    var said: [[String]] = []
    var isDeaf = false
    func take() -> [[String]] {
      defer { said = [] }
      return said
    }
  }

  private static let second: Int64 = 1_000_000_000
  private let manager = Manager()

  private func report(watchdog: Int64? = nil) -> ServiceReport {
    ServiceReport(watchdog: watchdog) { [manager] lines in
      if !manager.isDeaf { manager.said.append(lines) }
      return !manager.isDeaf
    }
  }

  private func standing(
    _ state: Standing.State = .serving, at position: UInt64 = 5, clients: Int = 0,
    taskBegan: Int64? = nil
  ) -> Standing {
    Standing(state: state, position: Position(position), clients: clients, taskBegan: taskBegan)
  }

  @Test func `ready comes first and once, with the first status`() {
    var report = report()
    report.look(0, standing())
    report.look(1, standing())
    report.look(60 * Self.second, standing())
    #expect(manager.take() == [["READY=1", "STATUS=serving; position 5; 0 clients"]])
  }

  @Test func `a status waits two seconds, and tells only what has changed`() {
    var report = report()
    report.look(0, standing())
    _ = manager.take()
    report.look(1 * Self.second, standing(at: 9, clients: 1))
    #expect(manager.take().isEmpty)
    report.look(2 * Self.second, standing(.diskFull, at: 9, clients: 1))
    #expect(
      manager.take() == [
        [
          "STATUS=disk full, payments are refused until there is room; position 9; 1 client; "
            + "2 events/s"
        ]
      ])
    report.look(4 * Self.second, standing(.diskFull, at: 9, clients: 1))
    #expect(manager.take().count == 1)
    report.look(6 * Self.second, standing(.diskFull, at: 9, clients: 1))
    #expect(manager.take().isEmpty)
  }

  @Test(
    arguments: [
      (0, ""), (7, "; 7 events/s"), (71, "; 71 events/s"), (714, "; 710 events/s"),
      (996, "; 1 k events/s"), (7_149, "; 7.1 k events/s"), (71_499, "; 71 k events/s"),
      (1_234_567, "; 1200 k events/s"),
    ] as [(Int64, String)])
  func `a rate has two digits that count`(rate: Int64, text: String) {
    #expect(standing().text(rate: rate) == "serving; position 5; 0 clients" + text)
  }

  @Test func `a sign of life goes out at half of the patience`() {
    var report = report(watchdog: 10 * Self.second)
    report.look(0, standing())
    #expect(manager.take().joined().last == "WATCHDOG=1")
    #expect(report.nextDue(1, standing()) == 5 * Self.second)
    report.look(5 * Self.second - 1, standing())
    #expect(manager.take().isEmpty)
    report.look(5 * Self.second, standing())
    #expect(manager.take() == [["WATCHDOG=1"]])
  }

  @Test func `a batch that hangs on the disk gets no sign of life`() {
    var report = report(watchdog: 10 * Self.second)
    report.look(0, standing())
    _ = manager.take()
    report.look(5 * Self.second, standing(taskBegan: 1 * Self.second))
    #expect(manager.take() == [["WATCHDOG=1"]])
    let stuck = standing(taskBegan: 1 * Self.second)
    for now in 11..<60 { report.look(Int64(now) * Self.second, stuck) }
    #expect(manager.take().isEmpty)
    #expect(report.nextDue(11 * Self.second, stuck) == nil)
    report.look(60 * Self.second, standing())
    #expect(manager.take() == [["WATCHDOG=1"]])
  }

  @Test func `what did not arrive is said again, after a pause`() {
    var report = report(watchdog: 10 * Self.second)
    manager.isDeaf = true
    report.look(0, standing())
    manager.isDeaf = false
    report.look(1, standing())
    #expect(manager.take().isEmpty)
    report.look(ServiceReport.silenceNanoseconds, standing())
    #expect(
      manager.take() == [["READY=1", "STATUS=serving; position 5; 0 clients", "WATCHDOG=1"]])
  }

  @Test func `a reload is framed by reloading and ready`() {
    var report = report()
    report.look(0, standing())
    _ = manager.take()
    report.reload(3_000_000)
    report.look(3_000_001, standing())
    #expect(manager.take() == [["RELOADING=1", "MONOTONIC_USEC=3000"], ["READY=1"]])
  }

  @Test func `stopping is said once, without waiting for the next status`() {
    var report = report()
    report.look(0, standing())
    _ = manager.take()
    for now in [1, 2, 3] as [Int64] { report.look(now, standing(.stopping)) }
    #expect(manager.take() == [["STOPPING=1", "STATUS=stopping; position 5; 0 clients"]])
  }
}
