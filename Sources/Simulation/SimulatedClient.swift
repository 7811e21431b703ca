// A client of the simulated daemon: it keeps every command until it has the answer.

import Events
import Orchestrator

/// Sends its commands in order and, after a restart, again whatever was not answered.
struct SimulatedClient {
  /// How many commands may be on their way at once.
  static let windowMax = 24

  private enum Stand {
    case unsent
    case sent(Receipt)
    case answered
  }

  private(set) var commands: [Command] = []
  private var stands: [Stand] = []
  /// Everything before this has its answer.
  private(set) var first = 0

  var isDone: Bool { first == commands.count }

  mutating func take(_ more: [Command]) {
    commands += more
    stands += more.map { _ in .unsent }
  }

  /// The next command to send; nil where nothing is left or enough is on its way.
  var next: Int? {
    let end = min(commands.count, first + SimulatedClient.windowMax)
    var index = first
    while index < end {
      if case .unsent = stands[index] { return index }
      index += 1
    }
    return nil
  }

  mutating func note(_ index: Int, _ receipt: Receipt) { stands[index] = .sent(receipt) }

  /// A refusal is an answer.
  mutating func noteRefused(_ index: Int) {
    stands[index] = .answered
    skipAnswered()
  }

  /// Hands out what has become durable, in order.
  mutating func takeAnswers(upTo durableEnd: Position) -> [(command: Command, receipt: Receipt)] {
    var answers: [(command: Command, receipt: Receipt)] = []
    for index in first..<min(commands.count, first + SimulatedClient.windowMax) {
      guard case .sent(let receipt) = stands[index], receipt.last < durableEnd else { continue }
      stands[index] = .answered
      answers.append((commands[index], receipt))
    }
    skipAnswered()
    return answers
  }

  private mutating func skipAnswered() {
    while first < commands.count, case .answered = stands[first] { first += 1 }
  }

  /// The daemon is gone: what was sent and not answered is sent again.
  mutating func reconnect() {
    for index in first..<commands.count {
      if case .sent = stands[index] { stands[index] = .unsent }
    }
  }
}
