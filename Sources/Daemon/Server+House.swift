// The front's side of housekeeping: asking for it, and using what it made.

import EventLog
import Events
import Orchestrator
import Platform

extension Server {
  /// Uses what the housekeeper has made, and asks it again where a segment was sealed since.
  func keepHouse() {
    guard let house else { return }
    while let news = house.thread.takeNews() {
      switch news {
      case .index(let index): runtime.use(index)
      case .done: self.house?.isBusy = false
      case .failed(let fault):
        self.house?.isBusy = false
        // The tables hold on to what the index does not cover: nothing is lost but memory.
        context.say(.error, "the index of sealed segments does not go on: \(fault)")
      }
    }
    if sealedEnd > house.asked {
      self.house?.asked = sealedEnd
      house.thread.note()
    }
    // On a full disk nothing is written that is not ordered.
    if self.house?.isBusy == false, house.thread.isNoted, !isDiskFull {
      self.house?.isBusy = true
      house.thread.ask()
    }
  }
}

extension Server {
  /// Removes a file of the index that was found damaged: the next start makes it anew.
  func discarded(_ fault: LogFault) -> LogFault {
    if case .corrupt(let damage) = fault, damage.what == .index {
      try? SystemDisk().remove(damage.path)
    }
    return fault
  }
}

/// What the front knows of the housekeeper.
struct House {
  let thread: HouseThread
  let worker: Worker
  var isBusy = false
  /// Up to where it was told of sealed segments.
  var asked = Position.zero
}
