// The columns of a file that is imported: the one list that its reading and its help are made of.

import Events

/// A column of a table, or a field of an NDJSON line.
struct ImportField {
  /// When a row must have it.
  enum Need: Equatable {
    case always
    /// In some rows, as the words say.
    case ofSome(String)
    case never
  }

  let name: String
  let need: Need
  /// What may stand in it, in a few words.
  let form: String
  let isInteger: Bool

  init(_ name: String, _ need: Need, _ form: String, isInteger: Bool = false) {
    self.name = name
    self.need = need
    self.form = form
    self.isInteger = isInteger
  }

  /// A line of the help behind its name.
  var sentence: String {
    switch need {
    case .always: "required; \(form)"
    case .ofSome(let rows): "required \(rows); \(form)"
    case .never: form
    }
  }
}

extension ImportKind {
  /// Its columns for the help: those first that every row must have.
  var table: GuideTable {
    let must = fields.filter { $0.need == .always }
    let may = fields.filter { $0.need != .always && $0.need != .never }
    let rest = fields.filter { $0.need == .never }
    return GuideTable(
      title: "Columns of \(rawValue)",
      rows: (must + may + rest).map { ($0.name, $0.sentence) })
  }

  /// Its columns.
  var fields: [ImportField] {
    switch self {
    case .merchants: ImportKind.merchantFields
    case .payments: ImportKind.paymentFields
    case .attempts: ImportKind.attemptFields
    case .disputes: ImportKind.disputeFields
    case .notices: ImportKind.noticeFields
    }
  }

  private static let id = "1 to 64 bytes of UTF-8"
  private static let institutions = oneOf(Institution.allCases.map(\.name))
  private static let fen = "a whole number of fen, such as 1250"
  private static let instant = "RFC 3339 with an offset, such as 2024-09-12T10:00:00+08:00"
  private static let tiers = oneOf(Tier.allCases.filter { $0 != .unknown }.map(\.name))
  private static let offered = Institution.allCases.map { "\(1 << $0.rawValue) \($0.name)" }
  private static let buyerTier = ImportField(
    "buyer_tier", .never, "of the city the order goes to: \(tiers); absent: unknown")
  private static let currency = ImportField("currency", .never, "of ISO 4217; absent: CNY")

  private static func oneOf(_ words: [String]) -> String {
    words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
  }

  // In the order in which `MerchantCells` knows them.
  private static let merchantFields = [
    ImportField("merchant", .always, "the shop's id, \(id)"),
    ImportField("platform", .always, oneOf(ShopPlatform.allCases.map(\.name))),
    ImportField("category", .never, "at most 64 bytes"),
    ImportField("city", .never, "at most 64 bytes"),
    ImportField("tier", .always, "of its city: \(tiers)"),
    ImportField(
      "daily_payments", .never, "usual payments a day, a whole number; absent: 0",
      isInteger: true),
    ImportField("id", .never, "of the request, \(id); absent: made of the other fields"),
  ]

  private static let paymentFields = [
    ImportField("institution", .always, institutions),
    ImportField("transaction", .always, "the institution's id, \(id)"),
    ImportField("order", .always, "the platform's id, \(id)"),
    ImportField("merchant", .always, "the shop's id"),
    ImportField("outcome", .always, oneOf(Outcome.allCases.map(\.name))),
    ImportField(
      "order_amount", .always, "order transaction amount, of a refund what goes back: \(fen)",
      isInteger: true),
    ImportField("occurred_at", .always, instant),
    ImportField("refund", .ofSome("where the outcome is refunded"), "the refund's id, \(id)"),
    ImportField(
      "refund_report", .never, "incremental or cumulative, of a refund; absent: incremental"),
    ImportField(
      "paid_amount", .never, "what the payer gave, in fen; absent: order_amount",
      isInteger: true),
    ImportField(
      "balance_amount", .never, "of it from the account balance, in fen; absent: unknown",
      isInteger: true),
    currency,
    buyerTier,
    ImportField("ordered_at", .never, "when the order was placed; absent: occurred_at"),
    ImportField("code", .never, "the institution's own code of a failure"),
    ImportField("account", .never, "a pseudonymous token of the payment account"),
    ImportField(
      "id", .never, "of the notification; absent: made of institution, transaction, outcome, refund"
    ),
  ]

  private static let attemptFields = [
    ImportField("command", .always, "offer, attempt, order-failed or order-timed-out"),
    ImportField("order", .always, "the platform's id, \(id)"),
    ImportField("merchant", .always, "the shop's id"),
    ImportField("institution", .ofSome("of all but an offer"), institutions),
    ImportField("occurred_at", .ofSome("of all but an offer"), instant),
    ImportField(
      "institutions", .ofSome("of an offer"),
      "what was shown, summed: \(offered.joined(separator: ", "))", isInteger: true),
    ImportField("order_amount", .ofSome("of an attempt"), fen, isInteger: true),
    ImportField("code", .ofSome("of order-failed"), "the institution's own code"),
    buyerTier,
    ImportField("ordered_at", .never, "when the order was placed; absent: occurred_at"),
    ImportField("id", .never, "of the request, \(id); absent: made of the other fields"),
  ]

  private static let disputeFields = [
    ImportField("institution", .always, institutions),
    ImportField("transaction", .always, "the institution's id, \(id)"),
    ImportField("dispute", .always, "the dispute's id, \(id)"),
    ImportField("stage", .always, oneOf(DisputeStage.allCases.map(\.name))),
    ImportField("amount", .always, fen, isInteger: true),
    ImportField("merchant", .always, "the shop's id"),
    ImportField("occurred_at", .always, instant),
    currency,
    ImportField("code", .never, "the institution's own code of a reason"),
    ImportField("id", .never, "of the notification; absent: made of the other fields"),
  ]

  private static let noticeFields = [
    ImportField("command", .always, "notice"),
    ImportField("institution", .always, institutions),
    ImportField("body", .always, "what was delivered, byte for byte, as Base64"),
    ImportField("headers", .never, "`name: value`, one a line"),
    ImportField("received_at", .never, "\(instant); absent: now"),
  ]
}
