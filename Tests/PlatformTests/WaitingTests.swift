import Glibc
import Platform
import Testing

@Suite struct WaitingTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func `A wake-up from another thread ends a wait, and is silent once drained`() throws {
    let bell = try WakeUp()
    var poller = try Poller()
    try poller.add(bell.number, tag: 42, .readable)
    try poller.wait(milliseconds: 0)
    #expect(poller.ready.isEmpty)
    let worker = try Worker("bell-ringer") {
      bell.signal()
      bell.signal()
    }
    try poller.wait(milliseconds: nil)
    worker.join()
    #expect(poller.ready.map(\.tag) == [42] && poller.ready[0].readable)
    #expect(bell.drain() && !bell.drain())
    try poller.remove(bell.number)
    #expect(throws: Fault.self) { try poller.modify(bell.number, tag: 1, .readable) }
  }

  @Test func `A mailbox hands values over in order and drains when closed`() throws {
    let box = Mailbox<Int>()
    let worker = try Worker("sender") {
      for number in 0..<1_000 { _ = box.put(number) }
      box.close()
    }
    var taken: [Int] = []
    while let number = box.take() { taken.append(number) }
    worker.join()
    #expect(taken == Array(0..<1_000))
    #expect(!box.put(1) && box.takeIfPresent() == nil)
  }

  @Test func `A socket carries bytes both ways and names its peer`() throws {
    let path = scratch("s")
    let listener = try UnixSocket.listen(path)
    #expect(try UnixSocket.accept(listener) == nil)
    let client = try UnixSocket.connect(path)
    guard let server = try UnixSocket.accept(listener) else {
      Issue.record("nobody knocked")
      return
    }
    #expect(try UnixSocket.peer(server) == Peer(process: getpid(), user: geteuid()))
    var buffer = [UInt8](repeating: 0, count: 8)
    var span = buffer.mutableSpan
    var raw = unsafe span.mutableBytes
    #expect(try UnixSocket.read(server, into: &raw) == .wouldBlock)
    let bytes: [UInt8] = [1, 2, 3]
    let message = bytes.span
    #expect(try UnixSocket.write(client, unsafe message.bytes) == .count(3))
    #expect(try UnixSocket.read(server, into: &raw) == .count(3))
    #expect(try UnixSocket.write(server, unsafe message.bytes) == .count(3))
    #expect(try UnixSocket.read(client, into: &raw) == .count(3))
    try client.close()
    #expect(try UnixSocket.read(server, into: &raw) == .closed)
    #expect(try UnixSocket.write(server, unsafe message.bytes) == .closed)
  }

  private func isListening(_ path: String) throws -> Bool {
    let listener = try UnixSocket.listen(path)
    return listener.number >= 0
  }

  @Test func `A stale socket is taken over, a living one and a plain file are not`() throws {
    #expect(try isListening(scratch("s")))
    let living = try UnixSocket.listen(scratch("s"))
    let taken = try #require(throws: Fault.self) { try isListening(scratch("s")) }
    #expect(taken.errno == .addressInUse)
    try living.close()
    let disk = SystemDisk()
    try disk.close(disk.open(scratch("plain"), .createNew))
    #expect(throws: Fault.self) { try isListening(scratch("plain")) }
    #expect(try disk.exists(scratch("plain")))
  }

  @Test func `Signals are read one by one, on the thread that blocks them`() throws {
    let box = Mailbox<[Signal?]>()
    // On a thread of its own, so that no other test runs with the signals blocked.
    let worker = try Worker("signals") {
      var found: [Signal?] = []
      if let source = try? SignalSource() {
        for number in [SIGHUP, SIGTERM] { pthread_kill(pthread_self(), number) }
        for _ in 0..<3 { found.append((try? source.next()) ?? nil) }
      }
      _ = box.put(found)
    }
    let found = box.take() ?? []
    worker.join()
    #expect(Set(found) == [.hangUp, .terminate, nil] && found.last == .some(nil))
  }

  @Test func `A path too long for a socket is a clear fault`() throws {
    let path = "/tmp/" + String(repeating: "x", count: 103)
    let fault = try #require(throws: Fault.self) { try isListening(path) }
    #expect(fault.errno == .nameTooLong && fault.hint.contains("107"))
  }

  @Test func `The machine describes itself`() throws {
    let machine = Machine.current()
    #expect(machine.cores >= 1 && machine.memoryBytes > 1 << 20 && machine.kernel != "unknown")
    #expect((CurrentProcess.memoryPeak ?? 0) > 1 << 20)
    #expect(CurrentProcess.environment("SLUICE_NO_SUCH_VARIABLE") == nil)
    #expect(try FileSystem(at: scratch.path).bytesTotal > 0)
  }
}
