// The one thread of the HTTP door. It accepts, lets the library read and write, and looks at the
// clock; nothing on it waits for anybody, and the handler that it calls may not either.
//
//   listener ─▶ accept ── limits ──▶ library ── whole request ──▶ handler (returns at once)
//                  └─ turned away      ▲  │ suspended                  │ HTTPAnswering
//                                      └──┴──── desk ◀── any thread ◀──┘

import Platform

/// Accepts connections, hands requests on and answers them until it is told to stop.
///
/// It is made by the door and from then on used by the thread that runs it alone.
final class HTTPLoop: @unchecked Sendable {
  private static var listenerTag: UInt64 { 0 }
  private static var wakeTag: UInt64 { 1 }
  private static var libraryTag: UInt64 { 2 }
  private static var firstTag: UInt64 { 16 }
  /// How many are let in before those that are in have their turn.
  private static var acceptsMax: Int { 64 }
  /// How long nobody is let in after the system had no descriptor left.
  private static var acceptPauseNanoseconds: Int64 { 100_000_000 }
  /// How long answers have to leave when the door stops.
  private static var farewellNanoseconds: Int64 { 500_000_000 }
  /// What is thrown away of who was refused while sending, at most: so many bytes for so long, of
  /// so many connections.
  private static var lingerBytes: Int { 1 << 20 }
  private static var lingerNanoseconds: Int64 { 1_000_000_000 }
  private static var lingersMax: Int { 64 }

  let limits: HTTPLimits
  let routes: HTTPRoutes
  let handler: @Sendable (HTTPRequest, HTTPAnswering) -> Void
  let desk: HTTPDesk
  let port: UInt16
  private let machine = WallClock()
  private let listener: Descriptor
  private var poller: Poller
  private var library: HTTPLibrary?
  private var lingering: [UInt64: Lingerer] = [:]
  private var scratch = [UInt8](repeating: 0, count: 1 << 14)
  private var nextTag = firstTag
  /// Who is being handed to the library.
  private var entering: TCPPeer?
  /// When the listener is looked at again.
  private var acceptAt: Int64?
  /// Before this no connection's time is over.
  private var nextLook = Int64.max
  private(set) var isStopping = false
  private var connections: [UInt64: HTTPConnection] = [:]
  private var ofAddress: [TCPPeer.Network: Int] = [:]
  /// Whether the library is to run though no descriptor says so.
  ///
  /// It rings no bell when a connection is resumed by the thread that runs it.
  var hasResumed = false
  var rates: AddressRates
  /// The number of the last request that was handed on.
  var lastRequest: UInt64 = 0
  var waiting: [UInt64: (connection: HTTPConnection, answering: HTTPAnswering)] = [:]

  /// A socket that the library has closed, until its other end has heard why.
  private final class Lingerer {
    let socket: Descriptor
    let until: Int64
    var bytes = HTTPLoop.lingerBytes
    init(_ socket: consuming Descriptor, until: Int64) {
      self.socket = socket
      self.until = until
    }
  }

  init(
    at address: HTTPAddress, _ limits: HTTPLimits, _ routes: HTTPRoutes, _ desk: HTTPDesk,
    _ handler: @escaping @Sendable (HTTPRequest, HTTPAnswering) -> Void
  ) throws(Fault) {
    self.limits = limits
    self.routes = routes
    self.handler = handler
    self.desk = desk
    rates = AddressRates(perSecond: limits.requestsOfAddress, burst: limits.burstOfAddress)
    listener = try TCPSocket.listen(address.host, port: address.port)
    port = try TCPSocket.port(of: listener)
    poller = try Poller()
    let library = try HTTPLibrary(self, limits)
    self.library = library
    try poller.add(listener.number, tag: Self.listenerTag, .readable)
    try poller.add(desk.wakeUp.number, tag: Self.wakeTag, .readable)
    try poller.add(library.poller, tag: Self.libraryTag, .readable)
  }

  var now: Int64 { machine.monotonicNanoseconds() }

  /// Serves until the desk says stop; then answers who waits, and closes everything.
  func run() throws(Fault) {
    defer { close() }
    while !isStopping { try turn(until: .max) }
    try poller.remove(listener.number)
    acceptAt = nil
    for (number, entry) in waiting where entry.answering.take() {
      waiting[number] = nil
      answer(entry.connection, HTTPRefusal.stopping.response)
    }
    let end = now + Self.farewellNanoseconds
    while now < end, connections.values.contains(where: { $0.isOwing }) { try turn(until: end) }
  }

  private func close() {
    // The library must have none that is suspended when it ends.
    for entry in waiting.values { answer(entry.connection, HTTPRefusal.stopping.response) }
    waiting = [:]
    library?.run()
    library?.close()
    lingering = [:]
  }

  private func turn(until end: Int64) throws(Fault) {
    try poller.wait(milliseconds: timeout(until: end))
    for ready in poller.ready {
      switch ready.tag {
      case Self.listenerTag: try accept()
      case Self.wakeTag: _ = desk.wakeUp.drain()
      case Self.libraryTag: break
      default: discard(ready.tag)
      }
    }
    let pile = desk.take()
    isStopping = isStopping || pile.isStopping
    for (number, response) in pile.answers {
      if let entry = waiting.removeValue(forKey: number) { answer(entry.connection, response) }
    }
    hasResumed = false
    library?.run()
    look()
    try openDoor()
  }

  private func timeout(until end: Int64) -> Int32? {
    if hasResumed || library?.isDue == true { return 0 }
    let due = min(end, nextLook, acceptAt ?? .max)
    if due == .max { return nil }
    return Int32(clamping: max(0, (due - now + 999_999) / 1_000_000))
  }
}

// Coming and going.
extension HTTPLoop {
  private func accept() throws(Fault) {
    for _ in 0..<Self.acceptsMax {
      do throws(Fault) {
        guard !isStopping, let guest = try TCPSocket.accept(listener) else { return }
        admit(guest)
      } catch {
        guard Errno.passing.contains(error.errno) else { throw error }
        acceptAt = now + Self.acceptPauseNanoseconds
        try poller.modify(listener.number, tag: Self.listenerTag, [])
        return
      }
    }
  }

  private func openDoor() throws(Fault) {
    guard let at = acceptAt, now >= at else { return }
    try poller.modify(listener.number, tag: Self.listenerTag, .readable)
    acceptAt = nil
  }

  private func admit(_ guest: consuming TCPGuest) {
    let peer = guest.peer
    let socket = guest.release()
    let refusal: HTTPRefusal? =
      if connections.count >= limits.connections {
        .doorFull
      } else if ofAddress[peer.network, default: 0] >= limits.connectionsOfAddress {
        .tooManyOfAddress(limits.connectionsOfAddress)
      } else {
        nil
      }
    if let refusal {
      TCPSocket.say(socket.number, refusal.response.lastWords)
      TCPSocket.endWriting(socket.number)
      linger(socket)
    } else {
      entering = peer
      library?.add(socket)
      entering = nil
    }
  }

  /// The library has taken a connection over.
  func enter(_ handle: HTTPHandle) -> HTTPConnection {
    guard let peer = entering else { preconditionFailure("the library found a connection itself") }
    let connection = HTTPConnection(takeTag(), peer, handle, now: now)
    connections[connection.number] = connection
    ofAddress[peer.network, default: 0] += 1
    nextLook = min(nextLook, connection.since + limits.stageNanoseconds)
    return connection
  }

  /// The library is about to refuse the length of a body.
  func refuseLength() { refuseLength(Array(connections.values)) }

  /// The library is about to close a connection.
  func leave(_ connection: HTTPConnection) {
    connections[connection.number] = nil
    let network = connection.peer.network
    let rest = ofAddress[network, default: 1] - 1
    ofAddress[network] = rest > 0 ? rest : nil
    if connection.lingers, !isStopping,
      let copy = TCPSocket.duplicate(connection.handle.socket)
    {
      linger(copy)
    }
  }

  private func takeTag() -> UInt64 {
    nextTag += 1
    return nextTag
  }
}

// The last words of a refusal reach who is sending only if its bytes are taken from the socket; to
// close it over them is a reset, which may overtake the words.
extension HTTPLoop {
  private func linger(_ socket: consuming Descriptor) {
    let tag = takeTag()
    let number = socket.number
    let lingerer = Lingerer(socket, until: now + Self.lingerNanoseconds)
    guard lingering.count < Self.lingersMax else { return }
    do throws(Fault) { try poller.add(number, tag: tag, .readable) } catch { return }
    lingering[tag] = lingerer
    nextLook = min(nextLook, lingerer.until)
  }

  private func discard(_ tag: UInt64) {
    guard let lingerer = lingering[tag] else { return }
    if let transfer = try? UnixSocket.read(lingerer.socket, into: &scratch) {
      switch transfer {
      case .count(let count): lingerer.bytes -= count
      case .wouldBlock: break
      case .closed: lingerer.bytes = 0
      }
    } else {
      lingerer.bytes = 0
    }
    if lingerer.bytes <= 0 { forget(tag) }
  }

  private func forget(_ tag: UInt64) {
    guard let lingerer = lingering.removeValue(forKey: tag) else { return }
    // One that the poller has lost already is as good as removed.
    _ = try? poller.remove(lingerer.socket.number)
  }
}

// The clock.
extension HTTPLoop {
  /// Ends what takes too long.
  private func look() {
    let now = now
    guard now >= nextLook else { return }
    nextLook = .max
    for connection in connections.values {
      if connection.since + limits.stageNanoseconds <= now { expire(connection) }
      nextLook = min(nextLook, max(connection.since, now) + limits.stageNanoseconds)
    }
    for (tag, lingerer) in lingering {
      if lingerer.until <= now { forget(tag) } else { nextLook = min(nextLook, lingerer.until) }
    }
  }

  private func expire(_ connection: HTTPConnection) {
    switch connection.stage {
    case .idle where connection.requests > 0, .answered, .sending: end(connection)
    case .idle, .begun, .refused, .body:
      TCPSocket.say(connection.handle.socket, HTTPRefusal.tooSlow.response.lastWords)
      end(connection)
    case .waiting(let number):
      // Where somebody else has taken the right, its answer is on the way here.
      guard let entry = waiting[number], entry.answering.take() else { return }
      waiting[number] = nil
      answer(connection, HTTPRefusal.noAnswerYet.response)
    case .ended: break
    }
  }

  /// Closes both directions; the library is told by the system and closes the rest.
  private func end(_ connection: HTTPConnection) {
    connection.stage = .ended
    TCPSocket.end(connection.handle.socket)
  }
}
