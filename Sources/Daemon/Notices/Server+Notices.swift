// Deliveries on their way from the desk into the log.

import Events
import Institutions
import Orchestrator
import Text

extension Server {
  /// Records what a delivery says that somebody hands in by the socket.
  func deliver(_ request: Request.NoticeRequest) -> Reply {
    guard let desk else {
      return .wrong(
        WireFault(
          "command", "this daemon reads no notices", hint: "Start it with --keys FOLDER."))
    }
    if isDiskFull { return .refusal(.diskFull) }
    let taken = desk.take(
      request.delivery, from: request.institution, at: request.receivedAt ?? runtime.currentTime(),
      user: request.user)
    switch taken {
    case .commands(let commands, _): return record(commands)
    case .kept(let held, _): return .text(AnswerText.held(held), needs: .zero)
    case .refused(let fault, _): return .wrong(WireFault("body", fault.reason, hint: fault.hint))
    case .unread(let reason):
      return .wrong(WireFault("institution", reason, hint: "Send it again later."))
    }
  }

  /// Takes the commands of one delivery; the answer is of all of them.
  private func record(_ commands: [Command]) -> Reply {
    let before = runtime.state.next
    var all: Receipt?
    for command in commands {
      do {
        let receipt = try runtime.accept(command).receipt
        all = Receipt(
          first: min(all?.first ?? receipt.first, receipt.first),
          last: max(all?.last ?? receipt.last, receipt.last))
      } catch {
        // What was taken of it stays taken: handed in again, it is a repeat.
        return .refusal(error)
      }
    }
    guard let all else { preconditionFailure("a delivery says nothing") }
    return .receipt(all, isRepeat: all.last < before)
  }
}
