// What was done about discrepancies: each row is closed by the first event that answers it.

public import Events

/// The answers to discrepancies, few beside the payments: a person gives each.
struct DiscrepancyAnswers: Sendable {
  /// 24 bytes without padding, of integers alone: a snapshot holds them as they lie in memory.
  struct Answer: Sendable, BitwiseCopyable {
    /// The event that was flagged.
    var position: Position
    /// The event that answers.
    var at: Position
    var flags: UInt16
    var reserved: UInt16 = 0
    var reservedWord: UInt32 = 0

    var isPlain: Bool { reserved == 0 && reservedWord == 0 }
    var policyFlags: PolicyFlags { PolicyFlags(rawValue: flags) }
  }

  private(set) var all: [Answer] = []
  private var byPosition: [Position: [Int]] = [:]

  mutating func append(_ answer: Answer) {
    byPosition[answer.position, default: []].append(all.count)
    all.append(answer)
  }

  /// The event that answered a flag of an event first; `.none` where none did.
  func first(of position: Position, _ flag: PolicyFlags) -> Position {
    guard !all.isEmpty, let places = byPosition[position] else { return .none }
    let place = places.first { all[$0].policyFlags.contains(flag) }
    return place.map { all[$0].at } ?? .none
  }
}

extension Discrepancies {
  /// Folds an event that is no payment.
  ///
  /// - Throws: `DecodeFault` where it answers what was never a discrepancy.
  mutating func fold(_ event: Event, at position: Position) throws(DecodeFault) {
    guard case .discrepancyResolved(let fields) = event.payload else {
      return fold(besidePayments: event, at: position)
    }
    let answer = DiscrepancyAnswers.Answer(
      position: fields.position, at: position, flags: fields.flags.rawValue)
    guard close(answer) else {
      throw .unknownReference(.init("position"), fields.position.rawValue)
    }
  }

  /// Closes the rows that an answer is to; false where one of them does not exist.
  mutating func close(_ answer: DiscrepancyAnswers.Answer) -> Bool {
    guard let record = record(at: answer.position), !answer.policyFlags.isEmpty,
      answer.policyFlags.isSubset(of: record.policyFlags)
    else { return false }
    for known in PolicyFlags.names where answer.policyFlags.contains(known.flag) {
      let isJoined = known.flag == record.joining && record.capturedAt != .none
      if !isJoined, answers.first(of: answer.position, known.flag) == .none { openCount -= 1 }
    }
    answers.append(answer)
    return true
  }

  /// The record of an event; nil where it carries no flag of a discrepancy.
  private func record(at position: Position) -> Record? {
    let place = records.firstPlace { $0.position >= position }
    guard place < records.count, records[place].position == position else { return nil }
    return records[place]
  }

  /// Calls `body` with every flagged event and those of its flags that nothing has closed.
  public func forEachOpen(_ body: (Position, PolicyFlags) -> Void) {
    for record in records {
      var open = record.policyFlags
      for known in PolicyFlags.names where open.contains(known.flag) {
        let isJoined = known.flag == record.joining && record.capturedAt != .none
        if isJoined || answers.first(of: record.position, known.flag) != .none {
          open.remove(known.flag)
        }
      }
      if !open.isEmpty { body(record.position, open) }
    }
  }
}
