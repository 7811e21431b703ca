// A daemon on a thread of its own over a real folder and a real socket, and clients to knock on it.

import EventLog
import Events
import Orchestrator
import Platform
import Synchronization
import Testing
import Text
import Vault

@testable import Daemon

/// A running daemon.
final class Door: Sendable {
  static let logID = LogID(low: 3, high: 4)
  let socket: String
  private let worker: Worker
  private let end = Mutex("")
  /// Where doors on other threads put what they bring.
  let queue: NoticeQueue
  /// Where doors on other threads ask for pages.
  let pages: PageQueue
  /// The daemon's own, for signals.
  private let thread: Mailbox<ThreadOfDoor>

  /// Starts a daemon on a folder; the log is created where there is none.
  ///
  /// - Parameters:
  ///   - hasReserve: what the daemon is told of its reserve.
  ///   - notice: the way to a service manager.
  ///   - hangUps: how many SIGHUP wait for the daemon when it begins to serve.
  ///   - doorkeeper: what it is told of roles.
  ///   - desk: reads what institutions send.
  ///   - vault: where words are sealed; `vault` in the folder where absent.
  ///   - publication: what it publishes.
  ///   - linePatience: how long a line may take, in nanoseconds.
  ///   - say: takes its lines for the operator.
  /// - Throws: what kept it from serving.
  init(
    _ folder: String, socket: String? = nil, hasReserve: Bool = true, notice: ServiceNotice? = nil,
    hangUps: Int = 0, doorkeeper: Doorkeeper = Doorkeeper(), desk: NoticeDesk? = nil,
    vault: Vault? = nil, publication: Publication? = nil,
    linePatience: Int64 = Server<DoorCarrier>.lineNanoseconds,
    say: @escaping @Sendable (Severity, String) -> Void = { _, _ in }
  ) throws {
    let socket = socket ?? folder + "/door.sock"
    self.socket = socket
    let news = Mailbox<String>()
    let end = Mailbox<String>()
    let thread = Mailbox<ThreadOfDoor>()
    let queue = Mailbox<NoticeQueue>()
    let pages = Mailbox<PageQueue>()
    self.thread = thread
    worker = try Worker("door") {
      do {
        let vault = try vault ?? Vault(folder + "/vault")
        let server = try Door.open(
          folder, socket, hasReserve, notice, doorkeeper, desk, vault, publication, linePatience,
          say)
        _ = thread.put(.this)
        for _ in 0..<hangUps { hangUpThisThread() }
        _ = queue.put(server.queue)
        _ = pages.put(server.pages)
        _ = news.put("")
        let result = try server.run()
        _ = end.put("\(result)")
      } catch {
        _ = news.put("\(error)")
        _ = end.put("\(error)")
      }
    }
    ended = end
    let fault = news.take() ?? "nothing"
    guard fault.isEmpty, let queue = queue.take(), let pages = pages.take() else {
      throw DoorFault(reason: fault)
    }
    self.queue = queue
    self.pages = pages
  }

  private let ended: Mailbox<String>

  /// How it ended, once it has.
  func wait() -> String {
    let result = ended.take() ?? "nothing"
    worker.join()
    return result
  }

  /// Ends it by SIGTERM; once.
  func terminate() -> String {
    thread.take()?.terminate()
    return wait()
  }

  /// Sends SIGHUP to it.
  func hangUp() {
    guard let thread = self.thread.take() else { return }
    thread.hangUp()
    _ = self.thread.put(thread)
  }

  static func options() -> LogOptions {
    var options = LogOptions()
    options.segmentCapacity = 20 << 20
    options.reserveLength = 64 << 10
    return options
  }

  private static func open(
    _ folder: String, _ socket: String, _ hasReserve: Bool, _ notice: ServiceNotice?,
    _ doorkeeper: Doorkeeper, _ desk: NoticeDesk?, _ vault: Vault,
    _ publication: Publication?, _ linePatience: Int64,
    _ say: @escaping @Sendable (Severity, String) -> Void
  ) throws -> Server<FileCarrier<SystemDisk>> {
    let disk = SystemDisk()
    let clock = WallClock()
    if try !disk.exists(folder + "/segments") { try create(folder, clock) }
    let (carrier, _) = try FileCarrier.open(disk, folder, options: options())
    let housekeeper = try Housekeeper(disk, folder)
    var replay = Replay(sealed: housekeeper.index)
    try carrier.read(from: .zero, to: carrier.durableEnd) {
      (batch: borrowing EventBatch) throws in
      try replay.apply(batch)
    }
    let log = try #require(replay.state.log)
    let runtime = Runtime(
      after: replay, root: carrier.root, promised: carrier.lastLogTime, time: clock)
    let context = ServerContext(log: log, release: "0", folder: folder, say: say)
    return try Server(
      runtime: runtime, carrier: carrier, time: clock, socketPath: socket, context: context,
      hasReserve: hasReserve, notice: notice, doorkeeper: doorkeeper, desk: desk,
      vault: vault, housekeeper: housekeeper, publication: publication,
      linePatience: linePatience)
  }

  private static func create(_ folder: String, _ clock: WallClock) throws {
    let (carrier, _) = try FileCarrier.create(
      SystemDisk(), folder, logID: logID, created: clock.now(), options: options())
    let runtime = Runtime(after: Replay(hashesLeaves: false), root: carrier.root, time: clock)
    var committer = Committer(carrier: carrier)
    _ = try runtime.submit(
      Command(
        id: CommandID(low: 1, high: 1), digest: 1, actor: .system,
        body: .createLog(
          LogCreated(
            origin: ShortText("door.test") ?? .none, clock: .wall, clockStart: clock.now(),
            clockSpeed: 1, logIDLow: 3, logIDHigh: 4), openToAll: [.alipay])))
    let job = try #require(runtime.seal())
    try committer.commit(job)
    runtime.finish(job)
    try committer.close(at: runtime.currentTime())
  }
}

struct DoorFault: Error, CustomStringConvertible {
  var reason: String
  var description: String { reason }
}

/// A client that never waits for ever.
final class Caller {
  private static let roundsMax = 600
  private let socket: Descriptor
  private var poller: Poller
  private var input: [UInt8] = []
  private var taken = 0
  private(set) var isClosed = false

  init(_ path: String) throws {
    socket = try UnixSocket.connect(path)
    try UnixSocket.setNonblocking(socket)
    poller = try Poller()
    try poller.add(socket.number, tag: 0, [.readable, .writable])
  }

  /// Sends what the socket takes now.
  func offer(_ bytes: [UInt8], from start: Int = 0) throws -> Int {
    guard !isClosed else { return 0 }
    let span = unsafe bytes.span.bytes
    switch try UnixSocket.write(socket, span.extracting(start..<bytes.count)) {
    case .count(let count): return count
    case .wouldBlock: return 0
    case .closed:
      isClosed = true
      return 0
    }
  }

  /// Sends all, taking answers meanwhile.
  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    var rounds = 0
    while sent < bytes.count {
      let count = try offer(bytes, from: sent)
      sent += count
      if isClosed { throw DoorFault(reason: "the daemon has closed the connection") }
      if count == 0 {
        try pause(&rounds)
        try fill()
      }
    }
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  private func pause(_ rounds: inout Int) throws {
    rounds += 1
    guard rounds < Caller.roundsMax else { throw DoorFault(reason: "the daemon is silent") }
    try poller.modify(socket.number, tag: 0, rounds % 2 == 0 ? [.writable] : [.readable])
    try poller.wait(milliseconds: 50)
  }

  private func fill() throws {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    switch try UnixSocket.read(socket, into: &chunk) {
    case .count(let count): input.append(contentsOf: chunk[..<count])
    case .wouldBlock: break
    case .closed: isClosed = true
    }
  }

  /// The next answer; nil where the daemon has closed the connection.
  func line() throws -> JSONValue? {
    var rounds = 0
    while true {
      if let end = input[taken...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(input[taken..<end])
        taken = end + 1
        if taken > 1 << 20 {
          input.removeSubrange(..<taken)
          taken = 0
        }
        return try JSONReader.read(line)
      }
      if isClosed { return nil }
      let before = input.count
      try fill()
      if input.count == before, !isClosed {
        rounds += 1
        guard rounds < Caller.roundsMax else { throw DoorFault(reason: "no answer comes") }
        try poller.modify(socket.number, tag: 0, .readable)
        try poller.wait(milliseconds: 50)
      }
    }
  }

  /// Passes over the bytes behind the answer of a dump.
  func skip(_ count: Int) throws -> Int {
    var rounds = 0
    while input.count - taken < count, !isClosed, rounds < Caller.roundsMax {
      try fill()
      rounds += 1
    }
    let found = min(count, input.count - taken)
    taken += found
    return found
  }

  func ask(_ line: String) throws -> JSONValue {
    try send(line + "\n")
    guard let answer = try self.line() else { throw DoorFault(reason: "closed") }
    return answer
  }

  /// No more is sent; the daemon sees the end.
  func finish() { _ = shutdownWriting(socket.number) }
}

/// Answers counted by kind until so many requests are answered.
struct Tally: Equatable {
  var accepted = 0
  var repeated = 0
  var refused = 0
  var wrong = 0
  var other = 0
  var last: Int64 = -1
  var total: Int { accepted + repeated + refused + wrong + other }

  mutating func add(_ answer: JSONValue) {
    if let count = number(answer, "accepted") {
      accepted += Int(count)
      last = max(last, number(answer, "last") ?? -1)
    } else if let count = number(answer, "repeated") {
      repeated += Int(count)
    } else if answer["refused"] != nil {
      refused += 1
    } else if answer["error"] != nil {
      wrong += 1
    } else {
      other += 1
    }
  }

  static func take(_ count: Int, from caller: Caller) throws -> Tally {
    var tally = Tally()
    while tally.total < count, let answer = try caller.line() { tally.add(answer) }
    return tally
  }
}

/// The whole number at the end of a path of keys.
func number(_ answer: JSONValue?, _ keys: String...) -> Int64? {
  if case .number(let number)? = value(answer, keys) { return number.integer }
  return nil
}

/// The string at the end of a path of keys; empty where there is none.
func text(_ answer: JSONValue?, _ keys: String...) -> String {
  if case .string(let text)? = value(answer, keys) { return text }
  return ""
}

private func value(_ answer: JSONValue?, _ keys: [String]) -> JSONValue? {
  var value = answer
  for key in keys { value = value?[key] }
  return value
}

/// A payment line with its line feed.
func payment(_ transaction: String, amount: Int = 100) -> String {
  "{\"command\":\"payment\",\"institution\":\"alipay\",\"transaction\":\"\(transaction)\","
    + "\"order\":\"o-\(transaction)\",\"merchant\":\"shop-1\",\"outcome\":\"captured\","
    + "\"order_amount\":\(amount),\"occurred_at\":\"2024-09-12T10:00:00Z\"}\n"
}

func payments(_ name: String, _ range: Range<Int>) -> [UInt8] {
  var bytes: [UInt8] = []
  for index in range { bytes.append(contentsOf: payment("\(name)-\(index)").utf8) }
  return bytes
}

typealias DoorCarrier = FileCarrier<SystemDisk>
