// What a play tells while it lasts: a bar on a terminal, a line every few seconds elsewhere.

import Events
import Platform
import Simulation
import Text

/// Tells how far a play is.
struct DriveProgress {
  private static let lineNanoseconds: Int64 = 5_000_000_000
  private static let redrawNanoseconds: Int64 = 250_000_000

  private let from: Timestamp
  private let to: Timestamp
  private let isTerminal = StandardStream.error.isTerminal
  private var showAt: Int64 = 0
  private var began: Int64 = 0
  private var last: (at: Int64, payments: UInt64) = (0, 0)

  init(from: Timestamp, to: Timestamp) {
    self.from = from
    self.to = to
  }

  /// Tells where the play is, where it is time to.
  mutating func show(
    _ now: Int64, _ horizon: Timestamp, _ ledger: ShopperLedger, _ openness: ShopperOpenness,
    unanswered: Int
  ) throws(Fault) {
    guard now >= showAt else { return }
    showAt = now + (isTerminal ? Self.redrawNanoseconds : Self.lineNanoseconds)
    let done = ledger.payments
    let elapsed = max(1, now - last.at)
    let rate = last.at == 0 ? 0 : (done - last.payments) * 1_000_000_000 / UInt64(elapsed)
    last = (now, done)
    var text = horizon == .none ? "waiting for the daemon's time" : RFC3339.beijing(horizon)
    if let point = text.firstIndex(of: ".") {
      text = String(text[..<point]) + "+08:00"
    }
    text += "  \(done) payments, \(rate)/s, \(unanswered) unanswered; open at"
    for institution in Institution.allCases {
      text += " \(institution.name) \(openness.count(institution))"
    }
    if began == 0, horizon > from { began = now }
    let whole = UInt64(max(1, to.rawValue - from.rawValue))
    let part = UInt64(max(0, horizon.rawValue - from.rawValue))
    let reading = MeterReading(
      done: done, unit: "payments", part: part, whole: whole, elapsed: now - began)
    if began > 0, let left = reading.secondsLeft { text += "; \(MeterReading.span(left)) left" }
    guard isTerminal else { return try StandardStream.error.write(text + "\n") }
    let columns = StandardStream.error.columns ?? 80
    let line = "[\(MeterReading.bar(part, whole))] \(text)".prefix(max(1, columns - 1))
    try StandardStream.error.write("\r\u{1B}[K" + line)
  }

  /// Tells one thing on a line of its own.
  func note(_ text: String) throws(Fault) {
    try StandardStream.error.write((isTerminal ? "\r\u{1B}[K" : "") + text + "\n")
  }

  func finish(_ ledger: ShopperLedger, isComplete: Bool) throws(Fault) {
    let end = isComplete ? "complete" : "stopped before the end"
    try note(
      "The play is \(end): \(ledger.orders) orders, \(ledger.unserved) of them found nothing open;"
        + " \(ledger.sent) lines sent, \(ledger.accepted) accepted, \(ledger.repeated) repeated,"
        + " \(ledger.refused) refused for a moment, \(ledger.reconnections) reconnections.")
  }
}
