// A statement laid beside the log, payment by payment.
//
// The log's side of a day is what `Reconciliation` counts: captures and refunds of the institution
// whose own time lies in the Beijing day. Each figure of the sums is added up by itself, so that
// their equation (`StatementSums.balances`) is a check and no definition.

public import Events

/// What a line or a payment comes to.
public enum StatementSort: UInt8, CaseIterable, Sendable {
  /// Both have it, with the same amount on the same day.
  case matched = 1
  /// The statement has it, and the log does not.
  case missingHere = 2
  /// The log has it on this day, and the statement does not.
  case missingThere = 3
  /// Both have it, with different amounts.
  case amountDiffers = 4
  /// The statement has it on this day, and the log on another.
  case dayDiffers = 5
  /// The statement has it once more.
  case repeated = 6

  public var name: String {
    switch self {
    case .matched: "matched"
    case .missingHere: "missing-here"
    case .missingThere: "missing-there"
    case .amountDiffers: "amount-differs"
    case .dayDiffers: "day-differs"
    case .repeated: "repeated"
    }
  }
}

/// A captured or refunded payment, as the log has it.
public struct LoggedPayment: Sendable {
  public var position: Position
  public var kind: StatementKind
  public var amount: Money
  /// The instant that it is counted at.
  public var instant: Timestamp
  /// Whether it is in the log's sums; what is kept apart is in none.
  public var isCounted: Bool

  public init(
    position: Position, kind: StatementKind, amount: Money, instant: Timestamp, isCounted: Bool
  ) {
    self.position = position
    self.kind = kind
    self.amount = amount
    self.instant = instant
    self.isCounted = isCounted
  }
}

/// One thing that was found, with its place in the log and its line of the file.
public struct StatementFinding: Hashable, Sendable {
  public var sort: StatementSort
  public var kind: StatementKind
  public var transaction: ExternalID
  public var order: ExternalID
  public var refund: ExternalID
  /// The line of the file; nil where the statement does not have it.
  public var line: Int?
  /// The line that had it first; nil where none did.
  public var firstLine: Int?
  public var statementAmount: Money?
  public var statementTime: Timestamp?
  /// Where the log has it, or keeps it apart; `.none` where it does not have it.
  public var position = Position.none
  public var logAmount: Money?
  public var logTime: Timestamp?
  /// Whether the log has it and counts it nowhere: its flags say why.
  public var isApart = false

  /// By how much it makes the statement's net more than the log's.
  public var effect: Money {
    let logged = sort == .missingThere || sort == .amountDiffers ? logAmount ?? .zero : .zero
    let difference = (statementAmount ?? .zero) - logged
    return kind == .captured ? difference : .zero - difference
  }
}

/// Compares a statement with a log.
///
/// Give it every captured and refunded payment of the institution, of whatever day; then read the
/// sums and the findings.
public struct StatementComparison: Sendable {
  /// What the log has for a line.
  private struct Match: Sendable, BitwiseCopyable {
    var position = Position.none
    var amount: Int64 = 0
    var instant = Timestamp.none
    var isApart = false
  }

  public let statement: Statement
  private var matches: [Match]
  private var missingThere: [StatementFinding] = []
  /// What the day is adjusted by: as a whole, and for each transaction.
  public private(set) var adjusted = StatementTally()
  private var adjustments: [ExternalID: Int64] = [:]
  private var logged: [StatementKind: StatementTally] = [:]

  public init(_ statement: Statement) {
    self.statement = statement
    matches = [Match](repeating: Match(), count: statement.count)
  }

  /// Takes a payment of the log with the bytes of its ids.
  public mutating func take(
    _ payment: LoggedPayment, transaction: RawSpan, order: RawSpan, refund: RawSpan
  ) {
    let isOfDay = payment.isCounted && payment.instant.beijingDay == statement.day
    if isOfDay { logged[payment.kind, default: StatementTally()].add(payment.amount.rawValue) }
    let line = statement.find(payment.kind, transaction, refund)
    if let line, claims(line, payment) { return }
    guard isOfDay else { return }
    missingThere.append(
      StatementFinding(
        sort: .missingThere, kind: payment.kind, transaction: id(transaction), order: id(order),
        refund: id(refund), position: payment.position, logAmount: payment.amount,
        logTime: payment.instant))
  }

  /// Lets a payment stand for a line, unless one that counts does already.
  private mutating func claims(_ line: Int, _ payment: LoggedPayment) -> Bool {
    let known = matches[line]
    guard known.position == .none || known.isApart else { return false }
    if known.isApart, !payment.isCounted { return true }
    matches[line] = Match(
      position: payment.position, amount: payment.amount.rawValue, instant: payment.instant,
      isApart: !payment.isCounted)
    return true
  }

  /// Takes an adjustment of the institution, of whatever day.
  public mutating func take(_ adjustment: PaymentAdjusted) {
    guard adjustment.day == statement.day else { return }
    adjusted.add(adjustment.amount.rawValue)
    guard adjustment.transaction != .none else { return }
    adjustments[adjustment.transaction, default: 0] += adjustment.amount.rawValue
  }

  private func id(_ bytes: RawSpan) -> ExternalID {
    ExternalID(bytes: bytes, from: 0, count: min(bytes.byteCount, ExternalID.lengthMax))
  }

  /// What a line comes to.
  private func sort(_ index: Int) -> StatementSort {
    let record = statement.records[index]
    let match = matches[index]
    if record.first >= 0 { return .repeated }
    if match.position == .none || match.isApart { return .missingHere }
    if match.instant.beijingDay != statement.day { return .dayDiffers }
    return match.amount == record.amount ? .matched : .amountDiffers
  }

  /// The sums of a kind.
  public func sums(_ kind: StatementKind) -> StatementSums {
    var sums = StatementSums()
    sums.log = logged[kind] ?? StatementTally()
    for index in statement.records.indices {
      let record = statement.records[index]
      guard record.isComparable, record.kind == kind else { continue }
      sums.statement.add(record.amount)
      switch sort(index) {
      case .matched: sums.matched.add(record.amount)
      case .missingHere: sums.missingHere.add(record.amount)
      case .amountDiffers: sums.differences.add(record.amount - matches[index].amount)
      case .dayDiffers: sums.dayDiffers.add(record.amount)
      case .repeated: sums.repeated.add(record.amount)
      case .missingThere: break
      }
    }
    for finding in missingThere where finding.kind == kind {
      sums.missingThere.add(finding.logAmount?.rawValue ?? 0)
    }
    return sums
  }

  /// Lines that are in no sum: refunds that go on or have failed, and foreign currencies.
  public var incomparableCount: Int {
    statement.records.count { !$0.isComparable }
  }

  /// Calls `body` with all that is not matched: by the line of the file, then by position.
  public func forEachFinding(_ body: (StatementFinding) throws -> Void) rethrows {
    for index in statement.records.indices where statement.records[index].isComparable {
      let sort = sort(index)
      if sort != .matched { try body(finding(index, sort)) }
    }
    for finding in missingThere { try body(finding) }
  }

  /// All that is not matched, each with whether an adjustment answers it.
  ///
  /// The adjustments of a transaction answer what was found of it where they add up to it to the
  /// fen.
  public func findings() -> [(finding: StatementFinding, isAnswered: Bool)] {
    var found: [StatementFinding] = []
    var effects: [ExternalID: Int64] = [:]
    forEachFinding { finding in
      found.append(finding)
      effects[finding.transaction, default: 0] += finding.effect.rawValue
    }
    return found.map { finding in
      let answer = adjustments[finding.transaction]
      return (finding, answer != nil && answer == effects[finding.transaction])
    }
  }

  /// Whether the log, with what it is adjusted by, is the statement to the fen, and all that was
  /// found is answered.
  public var closes: Bool {
    let (captured, refunded) = (sums(.captured), sums(.refunded))
    let difference =
      captured.statement.fen - refunded.statement.fen - (captured.log.fen - refunded.log.fen)
    return captured.balances && refunded.balances && difference == adjusted.fen
      && findings().allSatisfy { $0.isAnswered }
  }

  private func finding(_ index: Int, _ sort: StatementSort) -> StatementFinding {
    let record = statement.records[index]
    let names = statement.names(index)
    var finding = StatementFinding(
      sort: sort, kind: record.kind, transaction: names.transaction, order: names.order,
      refund: names.refund, line: Int(record.number),
      firstLine: record.first < 0 ? nil : Int(statement.records[Int(record.first)].number),
      statementAmount: Money(fen: record.amount), statementTime: record.occurredAt)
    // What is repeated is traced to where the log has it, by the line that had it first.
    let match = matches[record.first < 0 ? index : Int(record.first)]
    guard match.position != .none else { return finding }
    finding.position = match.position
    finding.logAmount = Money(fen: match.amount)
    finding.logTime = match.instant
    finding.isApart = match.isApart
    return finding
  }
}
