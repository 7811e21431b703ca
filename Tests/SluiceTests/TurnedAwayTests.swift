// What the program makes of a daemon that does not let it in.

import Platform
import Testing

@testable import sluice

/// A socket whose daemon says one line to whoever comes, and closes.
private final class Porter {
  let path: String
  private let worker: Worker

  /// - Parameters:
  ///   - clients: how many come; then the socket is removed, as by a daemon that ends.
  init(_ line: String, clients: Int = 1) throws {
    let path = "/tmp/sluice-porter-\(UInt64.random(in: 0...UInt64.max))"
    self.path = path
    let listener = Mailbox<Descriptor>()
    _ = try listener.put(UnixSocket.listen(path))
    worker = try Worker("porter") {
      guard let listener = listener.take(), var poller = try? Poller() else { return }
      try? poller.add(listener.number, tag: 0, .readable)
      var left = clients
      while left > 0, (try? poller.wait(milliseconds: 60_000)) != nil, !poller.ready.isEmpty {
        guard let socket = try? UnixSocket.accept(listener) else { continue }
        _ = try? UnixSocket.write(socket, unsafe Array((line + "\n").utf8).span.bytes)
        left -= 1
      }
      try? SystemDisk().remove(path)
    }
  }

  deinit { worker.join() }
}

@Suite(.serialized) struct TurnedAwayTests {
  private static func line(_ reason: String, _ more: String = "") -> String {
    "{\"error\":{\"line\":0,\"field\":\"\",\"reason\":\"\(reason)\",\"hint\":\"Try later.\"\(more)}}"
  }
  private static let full = line("256 clients are connected")

  @Test(arguments: [
    ["stop"], ["merchant", "close", "m1", "--reason", "r"],
    ["rollout", "pause", "p", "--reason", "r"], ["dump", "mix", "--live"],
  ])
  func `a full house ends a command with 4 and what the daemon answered`(_ words: [String]) throws {
    let porter = try Porter(TurnedAwayTests.full)
    let run = try BuiltProgram.run(words + ["--socket", porter.path])
    #expect(run.code == ExitCode.fault.rawValue)
    #expect(run.output.isEmpty)
    #expect(run.error.contains("the daemon answered: 256 clients are connected. Try later."))
  }

  @Test func `a stop waits for a daemon that is stopping already`() throws {
    let porter = try Porter(
      TurnedAwayTests.line("the daemon is stopping", ",\"stopping\":true"))
    let run = try BuiltProgram.run(["stop", "--socket", porter.path])
    #expect(run.code == 0 && run.output == "Stopped.\n", "\(run.error)")
  }

  @Test func `a refusal of the connection is that of no row, and ends the command`() throws {
    let words =
      "\"number\":70,\"name\":\"role-missing\",\"message\":\"m\",\"hint\":\"h\",\"retry\":false}}"
    let failure = #expect(throws: CommandFailure.self) {
      try ClientAnswer(Array("{\"refused\":{\"line\":0,\(words)".utf8))
    }
    #expect(failure?.code == .refused && failure?.what.contains("role-missing") == true)
    guard case .refused = try ClientAnswer(Array("{\"refused\":{\"line\":1,\(words)".utf8)) else {
      Issue.record("it is of a row")
      return
    }
  }

  @Test func `an error of a line that was sent is a usage error as before`() throws {
    let porter = try Porter(TurnedAwayTests.full.replacing("\"line\":0", with: "\"line\":1"))
    let run = try BuiltProgram.run(
      ["merchant", "close", "m1", "--reason", "r", "--socket", porter.path])
    #expect(run.code == ExitCode.usage.rawValue)
  }
}
