// Deliveries on their way from the desk into the log.

import Events
import Institutions
import Orchestrator
import Text

extension Server {
  /// How many errands are taken in one turn, so that no other client waits for all of them.
  private static var errandsPerTurn: Int { 128 }

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
    case .commands(let commands, _):
      let before = runtime.state.next
      do throws(Refusal) {
        let receipt = try record(commands)
        return .receipt(receipt, isRepeat: receipt.last < before)
      } catch { return .refusal(error) }
    case .kept(let held, _): return .text(AnswerText.held(held), needs: .zero)
    case .refused(let fault, _): return .wrong(WireFault("body", fault.reason, hint: fault.hint))
    case .unread(let reason):
      return .wrong(WireFault("institution", reason, hint: "Send it again later."))
    }
  }

  /// Takes the commands of one delivery; the receipt is of all of them.
  ///
  /// - Throws: `Refusal` of the first that is refused. What was taken before stays taken: handed in
  ///   again, it is a repeat.
  private func record(_ commands: [Command]) throws(Refusal) -> Receipt {
    var all: Receipt?
    for command in commands {
      let receipt = try runtime.accept(command).receipt
      all = Receipt(
        first: min(all?.first ?? receipt.first, receipt.first),
        last: max(all?.last ?? receipt.last, receipt.last))
    }
    guard let all else { preconditionFailure("a delivery says nothing") }
    return all
  }

  /// Whether errands lie here that can be taken.
  var hasErrands: Bool { stopReason == nil && !queue.isEmpty }

  /// Records what came through doors on other threads.
  func runErrands() {
    if stopReason != nil { queue.close() }
    var left = Self.errandsPerTurn
    while left > 0, runtime.hasRoom, !context.hasSaidGoodbye {
      guard let errand = queue.take(1).first else { return }
      left -= 1
      guard !isDiskFull else {
        errand.answer(errand.refused)
        continue
      }
      do throws(Refusal) {
        let receipt = try record(errand.commands)
        errands.add(errand, needs: receipt.last.advanced(by: 1))
      } catch { errand.answer(errand.refused) }
    }
  }

  /// Tells everybody who still waits that nothing is sure.
  func endErrands() {
    queue.close()
    pages.close()
    showPages()
    errands.refuse()
    for errand in queue.take(NoticeQueue.errandsMax) { errand.answer(errand.refused) }
  }
}
