// What a comparison of a statement with the log says: as a table, as a document, and as an event.

import Dumps
import Events
import Institutions
import Merkle
import Text

/// Where a comparison was recorded.
struct ReconcileReceipt {
  var position: Position
  var isRepeat: Bool
}

/// A comparison that is done.
struct ReconcileReport {
  /// More findings than anybody reads on a screen.
  private static let shownMax = 100

  private let comparison: StatementComparison
  private let findings: [(finding: StatementFinding, isAnswered: Bool)]
  private let captured: StatementSums
  private let refunded: StatementSums
  private let digest: Digest
  /// Every capture, refund and adjustment of the institution before it was looked at.
  private let position: Position
  let closes: Bool

  init(_ comparison: StatementComparison, digest: Digest, position: Position) {
    self.comparison = comparison
    self.digest = digest
    self.position = position
    findings = comparison.findings()
    captured = comparison.sums(.captured)
    refunded = comparison.sums(.refunded)
    closes = comparison.closes
  }

  private var statement: Statement { comparison.statement }
  private var openCount: Int { findings.count { !$0.isAnswered } }

  private static func net(_ captured: StatementTally, _ refunded: StatementTally) -> Money {
    Money(fen: captured.fen - refunded.fen)
  }

  /// What the statement is more than the log with its adjustments.
  private var difference: Money {
    ReconcileReport.net(captured.statement, refunded.statement)
      - ReconcileReport.net(captured.log, refunded.log) - Money(fen: comparison.adjusted.fen)
  }
}

// MARK: - For the log

extension ReconcileReport {
  /// The comparison as the daemon takes it, without a line feed: the same for the same result.
  var record: [UInt8] {
    var document = Document.object { document in
      document.put("institution", statement.institution.name)
      document.put("day", statement.day.text)
      document.put("position", position.rawValue)
      document.put("digest", digest)
      document.put("lines", statement.count)
      document.put("incomparable", comparison.incomparableCount)
      document.put("fee", statement.fee.rawValue)
      ReconcileReport.pair("adjusted", comparison.adjusted, &document)
      document.put("findings", findings.count)
      document.put("open", openCount)
      for (name, sums) in [("captured", captured), ("refunded", refunded)] {
        document.object(name) { object in
          for (name, tally) in zip(StatementSums.names, sums.tallies) {
            ReconcileReport.pair(name, tally, &object)
          }
        }
      }
    }
    document.removeLast()
    return document
  }

  private static func pair(_ name: String, _ tally: StatementTally, _ document: inout Document) {
    document.array(name, [tally.count, tally.fen]) { $0.put(nil, $1) }
  }
}

// MARK: - For scripts

extension ReconcileReport {
  func document(_ receipt: ReconcileReceipt?) -> [UInt8] {
    Document.object { document in
      document.put("institution", statement.institution.name)
      document.put("day", statement.day.text)
      document.put("digest", digest)
      document.put("position", position.rawValue)
      document.put("closes", closes)
      document.put("lines", statement.count)
      document.put("incomparable_lines", comparison.incomparableCount)
      document.put("lines_of_another_day", statement.strayCount)
      document.put("fee_yuan", statement.fee.text)
      document.put("adjusted_count", comparison.adjusted.count)
      document.put("adjusted_fen", comparison.adjusted.fen)
      document.put("difference_fen", difference)
      for (name, sums) in [("captured", captured), ("refunded", refunded)] {
        document.object(name) { object in
          for (name, tally) in zip(StatementSums.names, sums.tallies) {
            object.put("\(name)_count", tally.count)
            object.put("\(name)_fen", tally.fen)
          }
        }
      }
      document.array("findings", findings) { document, entry in
        document.object(nil) { ReconcileReport.put(entry.finding, entry.isAnswered, &$0) }
      }
      if let receipt {
        document.put("recorded_at", receipt.position)
        document.put("repeated", receipt.isRepeat)
      }
    }
  }

  private static func put(
    _ finding: StatementFinding, _ isAnswered: Bool, _ document: inout Document
  ) {
    document.put("sort", finding.sort.name)
    document.put("kind", finding.kind.name)
    document.put("transaction", finding.transaction)
    document.put("order", finding.order)
    document.put("refund", finding.refund)
    put("line", finding.line, &document)
    put("first_line", finding.firstLine, &document)
    document.put("position", finding.position)
    put("statement_fen", finding.statementAmount.map { Int($0.rawValue) }, &document)
    put("log_fen", finding.logAmount.map { Int($0.rawValue) }, &document)
    document.put("effect_fen", finding.effect)
    document.put("statement_time", finding.statementTime ?? .none)
    document.put("log_time", finding.logTime ?? .none)
    document.put("kept_apart", finding.isApart)
    document.put("adjusted", isAnswered)
  }

  private static func put(_ name: String, _ value: Int?, _ document: inout Document) {
    if let value { document.put(name, value) } else { document.null(name) }
  }
}

// MARK: - For people

extension ReconcileReport {
  func text(_ receipt: ReconcileReceipt?, _ path: String, _ words: Wording) -> String {
    var out =
      Screen.toned("\(words.word(statement.institution))  \(statement.day.text)", .bold) + "\n"
    var facts = TextFacts()
    facts.add(
      words[ReconcileWords.statement],
      words[ReconcileWords.lines(of: Screen.plain(path), Screen.count(statement.count))])
    facts.add(words[ReconcileWords.digest], digest.hex)
    facts.add(words[ReconcileWords.log], words[ReconcileWords.before(position.rawValue)])
    facts.add(words[ReconcileWords.fees], "CNY \(statement.fee.text)")
    if comparison.incomparableCount > 0 {
      facts.add(
        words[ReconcileWords.inNoSum],
        words[ReconcileWords.incomparable(Screen.count(comparison.incomparableCount))])
    }
    if statement.strayCount > 0 {
      facts.add(
        words[ReconcileWords.ofAnotherDay],
        words[ReconcileWords.strays(Screen.count(statement.strayCount))])
    }
    out += facts.text() + "\n" + sumsText(words)
    if !findings.isEmpty { out += "\n" + findingsText(words) }
    out += "\n" + verdict(words) + "\n"
    if let receipt {
      let number = receipt.position.rawValue
      out +=
        words[
          receipt.isRepeat
            ? ReconcileWords.recordedBefore(number) : ReconcileWords.recorded(number)] + "\n"
    }
    return out
  }

  private func verdict(_ words: Wording) -> String {
    if closes {
      let closes = findings.isEmpty ? ReconcileWords.closes : ReconcileWords.closesAdjusted
      return Screen.toned(words[closes], .green)
    }
    return Screen.toned(
      words[ReconcileWords.open(Screen.count(openCount), Screen.money(difference))], .red)
  }

  private func sumsText(_ words: Wording) -> String {
    let amount = ">" + words[ReconcileWords.amount]
    var table = TextTable([
      "", ">" + words[.captured], amount, ">" + words[.refunded], amount,
      ">" + words[ReconcileWords.net],
    ])
    func add(_ name: String, _ captured: StatementTally, _ refunded: StatementTally) {
      table.add([
        name, Screen.count(captured.count), AmountText.yuan(Money(fen: captured.fen)),
        Screen.count(refunded.count), AmountText.yuan(Money(fen: refunded.fen)),
        AmountText.yuan(ReconcileReport.net(captured, refunded)),
      ])
    }
    let signs = ["", "", "", "+ ", "- ", "+ ", "+ ", "+ "]
    for index in [0, 4, 3, 6, 7, 5, 1, 2] {
      let name = signs[index] + words[ReconcileWords.tallies[index]]
      add(name, captured.tallies[index], refunded.tallies[index])
    }
    table.add([
      words[ReconcileWords.adjusted], Screen.count(comparison.adjusted.count), "", "", "",
      AmountText.yuan(Money(fen: comparison.adjusted.fen)),
    ])
    return table.text()
  }

  private func findingsText(_ words: Wording) -> String {
    var table = TextTable([
      words[ReconcileWords.found], words[ReconcileWords.kind], ">" + words[ReconcileWords.line],
      ">" + words[.position], ">" + words[ReconcileWords.statement],
      ">" + words[ReconcileWords.log], words[ReconcileWords.time], words[.transaction],
      words[.refund], words[ReconcileWords.note],
    ])
    for (finding, isAnswered) in findings.prefix(ReconcileReport.shownMax) {
      let time = finding.statementTime ?? finding.logTime ?? .none
      let notes = notes(on: finding, isAnswered, words)
      table.add([
        words[finding.sort.label], words[finding.kind.label],
        finding.line.map { "\($0)" } ?? "-",
        finding.position == .none ? "-" : "\(finding.position.rawValue)",
        finding.statementAmount.map { AmountText.yuan($0) } ?? "-",
        finding.logAmount.map { AmountText.yuan($0) } ?? "-", Screen.time(time),
        Screen.plain(finding.transaction),
        finding.refund == .none ? "-" : Screen.plain(finding.refund),
        notes.isEmpty ? "-" : words.list(notes),
      ])
    }
    let more = findings.count - ReconcileReport.shownMax
    return table.text()
      + (more > 0 ? "  \(words[ReconcileWords.more(Screen.count(more))])\n" : "")
  }

  private func notes(
    on finding: StatementFinding, _ isAnswered: Bool, _ words: Wording
  ) -> [String] {
    var notes: [Label] = []
    if isAnswered { notes.append(ReconcileWords.adjusted) }
    if finding.isApart { notes.append(ReconcileWords.keptApart) }
    if let line = finding.firstLine { notes.append(ReconcileWords.asLine(line)) }
    if finding.sort == .dayDiffers {
      notes.append(ReconcileWords.logHas(Screen.time(finding.logTime ?? .none)))
    }
    return notes.map { words[$0] }
  }
}

extension StatementSort {
  /// In English the name.
  var label: Label {
    switch self {
    case .matched: ReconcileWords.matched
    case .missingHere: ReconcileWords.missingHere
    case .missingThere: ReconcileWords.missingThere
    case .amountDiffers: ReconcileWords.amountDiffers
    case .dayDiffers: ReconcileWords.dayDiffers
    case .repeated: ReconcileWords.repeated
    }
  }
}

extension StatementKind {
  /// In English the name.
  var label: Label {
    switch self {
    case .captured: .captured
    case .refunded: .refunded
    }
  }
}
