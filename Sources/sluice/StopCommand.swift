// sluice stop: asks the daemon to drain and exit, and waits until it has.

import Platform
import Text

struct StopCommand: Subcommand {
  static let guide = Guide(
    name: "stop", sentence: "Asks the daemon to drain its queue and exit, and waits until it has.",
    options: [.data, .socket],
    examples: ["sluice stop --data events/log", "sluice stop --socket /run/sluice/sluice.sock"])

  /// How long it may take: a full queue and a slow disk.
  static let waitMax: Int64 = 120_000_000_000

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let path = try Client.socketPath(arguments)
    let client = try Client(path)
    try stop(client)
    say("Stopped.\n")
    return .done
  }

  /// Asks, and returns when the socket is gone; one that is stopping already is waited for.
  static func stop(_ client: Client) throws {
    do {
      try accept(try client.ask(Document.object { $0.put("command", "stop") }))
    } catch let away as TurnedAway where away.isStopping {}
    let clock = WallClock()
    let began = clock.monotonicNanoseconds()
    let disk = SystemDisk()
    while try disk.exists(client.path) {
      guard clock.monotonicNanoseconds() - began < waitMax else {
        throw CommandFailure(
          .fault, "the daemon on \(client.path) is still draining", hint: "See its last lines")
      }
      try Pause.milliseconds(20)
    }
  }

  /// Takes the one answer after which the daemon ends.
  private static func accept(_ answer: ClientAnswer) throws {
    switch answer {
    case .other(let value) where value["stopping"] != nil: return
    case .refused(let refusal): throw refusal.failure
    case .wrong(_, let reason, let hint):
      throw CommandFailure(.fault, "the daemon answered: \(reason)", hint: hint)
    default:
      throw CommandFailure(
        .fault, "the daemon's answer is not that of a stop",
        hint: "See that daemon and program are of one release")
    }
  }
}

/// Waits, where nothing tells when it is over.
enum Pause {
  static func milliseconds(_ count: Int32) throws {
    var poller = try Poller()
    try poller.wait(milliseconds: count)
  }
}
