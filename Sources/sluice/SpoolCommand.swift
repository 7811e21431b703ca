// sluice spool: takes files that other systems drop into a folder.

import Events
import Platform

struct SpoolCommand: Subcommand {
  static let guide = Guide(
    name: "spool",
    sentence: "Takes files that are renamed into FOLDER/new, hands their rows to the daemon, and "
      + "puts each into done or failed.",
    operands: ["FOLDER"],
    options: [.data, .socket, .flag("once", "end when nothing is left to be taken")],
    examples: [
      "sluice spool /var/spool/sluice --data /var/lib/sluice",
      "sluice spool drop --once --data events/log",
    ])

  private static let pauseMilliseconds: Int32 = 1_000

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let spool = try Spool(arguments.operands[0])
    let socket = try Client.socketPath(arguments)
    let isOnce = arguments.flag("once")
    let lines = OperatorLines.standardError(least: .info)
    var client: Client?
    var hasFailed = false
    var hasToldOfNobody = false
    while true {
      do {
        guard let name = try spool.next() else {
          if isOnce { return hasFailed ? .refused : .done }
          try Pause.milliseconds(pauseMilliseconds)
          continue
        }
        let connected = try client ?? Client(socket)
        client = connected
        hasToldOfNobody = false
        let end = try spool.take(name, connected)
        tell(end, of: name, lines)
        if case .done = end {} else { hasFailed = true }
      } catch {
        let failure = CommandFailure(of: error)
        guard failure.code == .fault, !isOnce else { throw error }
        // A daemon that is not there, or has gone: the file stays where it is until one is.
        client = nil
        if !hasToldOfNobody { lines.write(.warning, failure.text(guide.name)) }
        hasToldOfNobody = true
        try Pause.milliseconds(pauseMilliseconds)
      }
    }
  }

  private static func tell(_ end: Spool.End, of name: String, _ lines: OperatorLines) {
    let name = Screen.plain(name)
    switch end {
    case .done(let tally):
      lines.write(
        .info, "\(name): \(tally.accepted) accepted, \(tally.repeated) repeated; it is in done")
    case .failed(let tally):
      lines.write(
        .warning,
        "\(name): \(tally.rejected) of \(tally.total) rejected; it is in failed, and "
          + "\(name).rejected says why")
    case .unreadable(let reason):
      lines.write(.warning, "\(name): \(Screen.plain(reason)); it is in failed")
    }
  }
}
