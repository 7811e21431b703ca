// The play itself: a loop around the pure parts that asks the daemon what is open, lets shoppers
// order up to the daemon's time, and keeps their books.
//
// Time is the daemon's alone. Its answer to "what is open?" names an instant; whatever changed up
// to that instant is durable once the answer is here, and told by the next one at the latest. So
// orders go up to the instant of the answer before the last, with the changes of the last: never
// ahead of the daemon, and never by an openness that is not known whole.
//
// A daemon that dies takes nothing with it: what has no answer is written again to the one that
// comes up next, which answers a repeat with its first receipt.

import Events
import Platform
import Simulation
import Text

/// Where moments come from: one of the two is there.
struct DriveSource {
  var drawn: MarketMoments?
  var counted: MarketTrace?

  mutating func next() throws(MarketFault) -> MarketMoment? {
    if drawn != nil { return drawn?.next() }
    return try counted?.next()
  }
}

/// A play against a daemon.
final class Drive {
  /// How many requests may be without an answer.
  private static let windowMax = 20_000
  private static let millisecond: Int64 = 1_000_000
  /// How often the daemon is asked what is open.
  private static let stepNanoseconds = 40 * millisecond
  /// How long a refused line waits.
  private static let pauseNanoseconds = 200 * millisecond
  /// How often the books are saved and a line is told.
  private static let saveNanoseconds = 5000 * millisecond
  /// How long a daemon may be away: at first, and once it had answered.
  private static let patienceFirst = 10_000 * millisecond
  private static let patienceLater = 600_000 * millisecond
  private static let backOffFirst = 20 * millisecond
  private static let backOffMax = 1000 * millisecond
  private static let signalTag: UInt64 = 1
  private static let socketTag: UInt64 = 2

  private let options: DriveOptions
  private let machine = WallClock()
  private let merchants: [MarketMerchant]
  private let numbers: [ExternalID: UInt32]
  private let shopper: Shopper
  private var lines: ShopperLines
  private var source: DriveSource
  private var openness: ShopperOpenness
  private var agenda = ShopperAgenda()
  private var queue = OutstandingQueue(limit: Drive.windowMax)
  private var ledger = ShopperLedger()
  private var notices: [ShopperNotice] = []
  private let books: DriveBooks
  private var progress: DriveProgress
  private var poller: Poller
  private let signals: SignalSource
  private var connection: DriveConnection?
  private var isWatched = Interest.readable
  private var hasAnswered = false

  private var upcoming: MarketMoment?
  /// Orders are placed before it, notices are due by it.
  private var horizon = Timestamp.none
  /// The instant of the last answer of this connection.
  private var told: Timestamp?
  private var since = Position.zero
  private var isAsked = false
  private var askAt: Int64 = 0
  private var resumeAt: Int64 = 0
  private var saveAt: Int64 = 0
  private let begun: Int64
  private var produced: UInt64 = 0
  private var isStopped = false

  init(_ options: DriveOptions) throws {
    self.options = options
    merchants = try Market.read(options.merchants, columns: options.columns)
    var numbers: [ExternalID: UInt32] = [:]
    numbers.reserveCapacity(merchants.count)
    for (row, merchant) in merchants.enumerated() { numbers[merchant.external] = UInt32(row) }
    guard numbers.count == merchants.count else {
      throw DriveFault(
        exitCode: 4, description: "\(options.merchants): a shop comes twice. Keep one of them.")
    }
    self.numbers = numbers
    if let path = options.payments {
      source = DriveSource(
        counted: try MarketTrace(
          path, columns: options.columns, start: options.from, merchants: numbers))
    } else {
      source = DriveSource(
        drawn: MarketMoments(
          volumes: merchants.map { $0.dailyPayments }, start: options.from, days: options.days,
          count: options.count, seed: options.seed))
    }
    shopper = Shopper(
      seed: options.seed, until: options.end, cashierSample: options.cashierSample)
    lines = ShopperLines(seed: options.seed, merchants: merchants.map { $0.external })
    openness = ShopperOpenness(merchants: merchants.count)
    signals = try SignalSource()
    books = try DriveBooks(ledger: options.ledger, acknowledged: options.acknowledged)
    progress = DriveProgress(from: options.from, to: options.windowEnd)
    poller = try Poller()
    begun = machine.monotonicNanoseconds()
    try poller.add(signals.number, tag: Drive.signalTag, .readable)
    try advanceSource()
  }

  /// Plays to the end; 0 where all was acknowledged.
  func run() throws -> Int32 {
    saveAt = machine.monotonicNanoseconds() + Drive.saveNanoseconds
    while !isStopped, !isDone {
      try connectIfNeeded()
      guard let connection, !isStopped else { break }
      try poller.wait(milliseconds: timeout(connection))
      try readSignals()
      try step(connection)
      if connection.isClosed { lose() }
      try tell()
    }
    let isComplete = isDone
    try books.save(ledger, isComplete: isComplete, asOf: horizon)
    try progress.finish(ledger, isComplete: isComplete)
    return isComplete ? 0 : 1
  }

  private var isDone: Bool { upcoming == nil && agenda.count == 0 && queue.count == 0 }

  private func step(_ connection: DriveConnection) throws {
    do {
      try connection.receive { try take($0) }
      let now = machine.monotonicNanoseconds()
      if queue.hasPostponed, now >= resumeAt { queue.resume() }
      if !isAsked, now >= askAt { ask(now) }
      try produce(now)
      write(connection)
      try connection.flush()
      connection.trim()
    } catch let fault as OutstandingFault {
      throw DriveFault(exitCode: 1, description: "\(fault)")
    } catch let fault as ShopperAnswerFault {
      throw DriveFault(exitCode: 1, description: "\(fault)")
    }
    let wanted: Interest = connection.hasOutput ? [.readable, .writable] : .readable
    if wanted != isWatched, !connection.isClosed {
      try poller.modify(connection.number, tag: Drive.socketTag, wanted)
      isWatched = wanted
    }
  }

  /// How long to wait: not at all while more can be written.
  private func timeout(_ connection: DriveConnection) -> Int32 {
    if queue.hasUnwritten, !connection.hasOutput { return 0 }
    let rest = max(0, askAt - machine.monotonicNanoseconds()) / Drive.millisecond
    return isAsked ? 20 : Int32(clamping: min(40, rest + 1))
  }

  private func readSignals() throws(Fault) {
    while let signal = try signals.next() {
      if signal != .hangUp { isStopped = true }
    }
  }

  private func tell() throws {
    let now = machine.monotonicNanoseconds()
    try progress.show(now, horizon, ledger, openness, unanswered: queue.count)
    guard now >= saveAt else { return }
    saveAt = now + Drive.saveNanoseconds
    try books.save(ledger, isComplete: false, asOf: horizon)
  }
}

// Out.
extension Drive {
  private func ask(_ now: Int64) {
    queue.add(.question(since: since))
    isAsked = true
    askAt = now + Drive.stepNanoseconds
  }

  /// Queues everything that is due, in the order of time, while there is room.
  private func produce(_ now: Int64) throws(MarketFault) {
    var most = UInt64.max
    if let rate = options.rate {
      let elapsed = UInt64(max(0, now - begun) / Drive.millisecond)
      most = rate / 10 + rate * elapsed / 1000
    }
    while queue.room > 0, produced < most {
      let due = agenda.nextDue ?? Timestamp.latest
      if let moment = upcoming, moment.at < horizon, moment.at <= due {
        place(moment)
        try advanceSource()
      } else if let notice = agenda.next(by: horizon) {
        queue.add(.notice(notice))
        produced += 1
      } else {
        return
      }
    }
  }

  private func place(_ moment: MarketMoment) {
    let open = openness.institutions(at: moment.merchant, when: moment.at)
    notices.removeAll(keepingCapacity: true)
    let isServed = shopper.place(
      moment, merchantTier: merchants[Int(moment.merchant)].tier, open: open, into: &notices)
    ledger.orders += 1
    if !isServed { ledger.unserved += 1 }
    for notice in notices { agenda.add(notice) }
  }

  private func advanceSource() throws(MarketFault) {
    upcoming = try source.next()
    if let moment = upcoming, moment.at >= options.end { upcoming = nil }
  }

  private func write(_ connection: DriveConnection) {
    connection.append { output in
      let start = output.count
      while output.count - start < DriveConnection.outputMax, connection.hasRoom {
        guard let request = queue.nextToWrite() else { return }
        switch request {
        case .notice(let notice):
          lines.append(notice, to: &output)
          ledger.sent += 1
        case .question(let since):
          output.append(contentsOf: "{\"query\":\"open\",\"since\":".utf8)
          appendDecimal(since.rawValue, to: &output)
          output.append(contentsOf: "}\n".utf8)
        }
      }
    }
  }
}

// In.
extension Drive {
  private func take(_ line: Span<UInt8>) throws {
    hasAnswered = true
    switch try ShopperAnswer.read(line) {
    case .accepted(let run): try acknowledge(run, isRepeat: false)
    case .repeated(let run): try acknowledge(run, isRepeat: true)
    case .open(let news):
      try queue.answerQuestion()
      learn(news)
    case .refused(let name, let message, let isRetryable):
      // A log that failed ends its daemon; the line is for the one that comes up next.
      guard isRetryable || name == "log-failed" else { throw try stopped(name, message) }
      try queue.postpone()
      ledger.refused += 1
      resumeAt = machine.monotonicNanoseconds() + Drive.pauseNanoseconds
    case .wrong(let message): throw try stopped("error", message)
    }
  }

  private func acknowledge(_ run: ShopperRun, isRepeat: Bool) throws {
    var fault: Fault?
    try queue.acknowledge(run.count) { place, notice in
      ledger.acknowledge(notice, isRepeat: isRepeat)
      guard books.keepsList else { return }
      do throws(Fault) {
        try books.add { lines.acknowledged(notice, at: run.position(of: place), to: &$0) }
      } catch {
        fault = fault ?? error
      }
    }
    if let fault { throw fault }
  }

  /// The fault of a line that will never be taken, with the line.
  private func stopped(_ name: String, _ message: String) throws(OutstandingFault) -> DriveFault {
    let notice = try queue.takeNotice()
    var line: [UInt8] = []
    lines.append(notice, to: &line)
    return DriveFault(
      exitCode: 1,
      description: "the daemon answered \(name): \(message)\nto the line: "
        + String(decoding: line.dropLast(), as: UTF8.self))
  }

  private func learn(_ news: OpenNews) {
    isAsked = false
    since = news.position
    for change in news.changes {
      var merchant: UInt32?
      if let name = change.merchant {
        // A shop that is not played changes nothing here.
        guard let number = numbers[name] else { continue }
        merchant = number
      }
      openness.add(
        OpenChange(
          at: change.at, institution: change.institution, merchant: merchant, isOn: change.isOn))
    }
    if news.hasMore {
      askAt = 0
    } else if let told, told > horizon {
      horizon = told
    }
    told = news.asOf
  }
}

// The connection.
extension Drive {
  private func lose() {
    connection = nil
    queue.reconnect()
    told = nil
    isAsked = false
    askAt = 0
  }

  /// Connects, waiting longer after each attempt; says once that the daemon is away.
  private func connectIfNeeded() throws {
    guard connection == nil else { return }
    let start = machine.monotonicNanoseconds()
    let patience = hasAnswered ? Drive.patienceLater : Drive.patienceFirst
    var pause = Drive.backOffFirst
    var isTold = false
    while connection == nil, !isStopped {
      do throws(Fault) {
        let fresh = try DriveConnection(options.socket)
        try poller.add(fresh.number, tag: Drive.socketTag, .readable)
        isWatched = .readable
        connection = fresh
        if hasAnswered { ledger.reconnections += 1 }
        if isTold { try progress.note("The daemon answers again.") }
      } catch {
        guard machine.monotonicNanoseconds() - start < patience else { throw error }
        if !isTold {
          isTold = true
          try progress.note("The daemon at \(options.socket) is away; trying again until it answers.")
        }
        try poller.wait(milliseconds: Int32(pause / Drive.millisecond))
        try readSignals()
        pause = min(pause * 2, Drive.backOffMax)
        if machine.monotonicNanoseconds() >= saveAt { try tell() }
      }
    }
  }
}
