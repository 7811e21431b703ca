// What the service manager is told and when: ready, one line of status, signs of life, the end.
// It is pure: the time and the daemon's standing come in, lines go out.
//
//   READY=1       once the socket listens, and again after a SIGHUP
//   STATUS=..     where the text changed, every two seconds at most
//   WATCHDOG=1    at half of the manager's patience, while the loop goes round and the back thread
//                 has not been at one task for longer than that patience: a disk that hangs is not
//                 papered over
//   STOPPING=1    once the daemon takes no more
//
// What did not arrive is said again a moment later.

import Events

/// What a daemon shows of itself.
struct Standing {
  enum State {
    case serving
    case diskFull
    case clockHeld
    case stopping
  }

  var state: State
  /// One past the last durable event.
  var position: Position
  var clients: Int
  /// Since when the back thread has been at one task; nil where it has none.
  var taskBegan: Int64?

  /// One line, with the events a second where they are known.
  func text(rate: Int64? = nil) -> String {
    let clients = clients == 1 ? "1 client" : "\(clients) clients"
    var parts = [words, "position \(position.rawValue)", clients]
    if let rate, rate > 0 { parts.append("\(Standing.rounded(rate)) events/s") }
    return parts.joined(separator: "; ")
  }

  private var words: String {
    switch state {
    case .serving: "serving"
    case .diskFull: "disk full, payments are refused until there is room"
    case .clockHeld: "clock held, the scheduler waits for `sluice clock confirm`"
    case .stopping: "stopping"
    }
  }

  /// Two digits that count: `7`, `71`, `710`, `7.1 k`, `71 k`.
  private static func rounded(_ number: Int64) -> String {
    var unit: Int64 = 1
    while number / unit >= 100 { unit *= 10 }
    let short = (number + unit / 2) / unit * unit
    guard short >= 1_000 else { return "\(short)" }
    let tenths = short % 1_000 / 100
    return short < 10_000 && tenths > 0 ? "\(short / 1_000).\(tenths) k" : "\(short / 1_000) k"
  }
}

/// The talk with the service manager.
struct ServiceReport {
  /// How long a status stands before another may replace it.
  static var statusNanoseconds: Int64 { 2_000_000_000 }
  /// How long nothing is said after something did not arrive.
  static var silenceNanoseconds: Int64 { 500_000_000 }

  private let watchdog: Int64?
  private let send: ([String]) -> Bool
  private var isReady = false
  private var hasSaidGoodbye = false
  private var status = ""
  private var statusAt: Int64?
  /// Where the log stood at the last status.
  private var base: (at: Int64, position: UInt64)?
  private var aliveAt: Int64?
  private var silentUntil = Int64.min

  /// - Parameters:
  ///   - watchdog: the manager's patience in nanoseconds; nil: without end.
  ///   - send: sends lines in one datagram; false where they did not arrive.
  init(watchdog: Int64?, send: @escaping ([String]) -> Bool) {
    self.watchdog = watchdog
    self.send = send
  }

  /// Says what is due.
  mutating func look(_ now: Int64, _ standing: Standing) {
    guard now >= silentUntil else { return }
    var lines: [String] = []
    if !isReady { lines.append("READY=1") }
    let isGoodbye = standing.state == .stopping && !hasSaidGoodbye
    if isGoodbye { lines.append("STOPPING=1") }
    let text = status(now, standing, isUrgent: !lines.isEmpty)
    if let text { lines.append("STATUS=\(text)") }
    let isAlive = isAliveDue(now, standing)
    if isAlive { lines.append("WATCHDOG=1") }
    guard !lines.isEmpty else { return }
    guard send(lines) else {
      silentUntil = now + ServiceReport.silenceNanoseconds
      return
    }
    isReady = true
    hasSaidGoodbye = hasSaidGoodbye || isGoodbye
    if let text { status = text }
    if isAlive { aliveAt = now }
  }

  /// The new text; nil where it is too early for one, or nothing has changed.
  private mutating func status(_ now: Int64, _ standing: Standing, isUrgent: Bool) -> String? {
    if !isUrgent, let at = statusAt, now - at < ServiceReport.statusNanoseconds { return nil }
    var rate: Int64?
    let position = standing.position.rawValue
    if let base, now > base.at {
      rate = Int64(
        clamping: Int128(position - base.position) * 1_000_000_000 / Int128(now - base.at))
    }
    base = (now, position)
    statusAt = now
    let text = standing.text(rate: rate)
    return text == status ? nil : text
  }

  private func isAliveDue(_ now: Int64, _ standing: Standing) -> Bool {
    guard let watchdog, isProgressing(now, standing) else { return false }
    return aliveAt.map { now - $0 >= watchdog / 2 } ?? true
  }

  private func isProgressing(_ now: Int64, _ standing: Standing) -> Bool {
    guard let watchdog, let began = standing.taskBegan else { return true }
    return now - began < watchdog
  }

  /// When a sign of life is due; nil where none is.
  func nextDue(_ now: Int64, _ standing: Standing) -> Int64? {
    guard let watchdog, isProgressing(now, standing) else { return nil }
    return max(aliveAt.map { $0 + watchdog / 2 } ?? now, silentUntil)
  }

  /// A SIGHUP is being followed; `look` then says that the daemon is ready again.
  mutating func reload(_ now: Int64) {
    _ = send(["RELOADING=1", "MONOTONIC_USEC=\(now / 1_000)"])
    isReady = false
  }
}
