// Payments of several orders: which transactions belong to one, and what they come to together.

import Dumps
import Events
import Projections
import Text

/// One combined payment, of all events that tell of it.
struct CombinedPayment {
  /// What the first of them says.
  private(set) var told: PaymentCombined
  /// In their order.
  private(set) var positions: [Position]
  /// Every part that one of them names, by what the first one says of it.
  private(set) var parts: [PaymentCombined.Part]
  /// Whether they say the same of its parts; one that names only some of them contradicts nothing.
  private(set) var isAgreed = true

  init(_ told: PaymentCombined, _ position: Position) {
    self.told = told
    positions = [position]
    parts = told.parts
  }

  mutating func take(_ more: PaymentCombined, _ position: Position) {
    positions.append(position)
    let isWithin = more.parts.allSatisfy { parts.contains($0) }
    let isAround = parts.allSatisfy { more.parts.contains($0) }
    isAgreed = isAgreed && (isWithin || isAround)
    for part in more.parts where !names(part.transaction) { parts.append(part) }
  }

  func names(_ transaction: ExternalID) -> Bool {
    parts.contains { $0.transaction == transaction }
  }

  /// What its parts come to, a currency each, in the order in which the parts name them.
  func sums(_ conclusions: [PaymentConclusion]) -> [Sums] {
    var sums: [Sums] = []
    for part in parts {
      var place = sums.firstIndex { $0.currency == part.currency }
      if place == nil {
        sums.append(Sums(currency: part.currency))
        place = sums.count - 1
      }
      if let place { sums[place].take(part, conclusion(on: part, conclusions)) }
    }
    return sums
  }

  /// What the notices of a part come to; nil where none is at hand.
  func life(of part: PaymentCombined.Part, _ conclusions: [PaymentConclusion]) -> PaymentLife? {
    conclusion(on: part, conclusions)?.life
  }

  private func conclusion(
    on part: PaymentCombined.Part, _ conclusions: [PaymentConclusion]
  ) -> PaymentConclusion? {
    conclusions.first {
      $0.institution == told.institution && $0.transaction == part.transaction
    }
  }

  /// In the currency's minor units.
  struct Sums: Equatable {
    var currency: UInt16
    /// The order transaction amounts of all parts.
    var asked = Money.zero
    var captured = Money.zero
    var refunded = Money.zero
    var refundable = Money.zero

    fileprivate mutating func take(
      _ part: PaymentCombined.Part, _ conclusion: PaymentConclusion?
    ) {
      asked = asked + part.amount
      guard let conclusion else { return }
      captured = captured + (conclusion.life.captured ?? .zero)
      refunded = refunded + conclusion.life.refunded
      refundable = refundable + conclusion.refundable
    }

    fileprivate func put(_ document: inout Document) {
      document.put("order_amount_fen", asked)
      document.put("captured_fen", captured)
      document.put("refunded_fen", refunded)
      document.put("refundable_fen", refundable)
    }
  }
}

/// The combined payments that a name stands for, or that a transaction is a part of.
struct CombinedPayments {
  private(set) var all: [CombinedPayment] = []

  /// - Parameter told: what events tell of them, by their positions.
  init(_ told: [Position: PaymentCombined] = [:]) {
    for (position, fields) in told.sorted(by: { $0.key < $1.key }) {
      if let place = all.firstIndex(where: { $0.told.isOfSame(as: fields) }) {
        all[place].take(fields, position)
      } else {
        all.append(CombinedPayment(fields, position))
      }
    }
  }

  /// Those that a name is the id of.
  func named(_ name: ExternalID) -> [CombinedPayment] { all.filter { $0.told.combined == name } }

  /// That of which a transaction is a part.
  func of(_ institution: Institution, _ transaction: ExternalID) -> [CombinedPayment] {
    all.filter { $0.told.institution == institution && $0.names(transaction) }
  }
}

extension PaymentText {
  /// A combined payment with its parts; `nil` conclusions of parts say that nobody told of them.
  func text(_ payment: CombinedPayment, _ conclusions: [PaymentConclusion]) -> String {
    var facts = TextFacts()
    facts.add(words[.institution], words.word(payment.told.institution))
    for sums in payment.sums(conclusions) {
      facts.add(words[.orderAmount], money(sums.asked, sums.currency))
      facts.add(words[.captured], money(sums.captured, sums.currency))
      facts.add(words[.refunded], money(sums.refunded, sums.currency))
      facts.add(words[.refundable], money(sums.refundable, sums.currency))
    }
    if !payment.isAgreed { facts.add(words[.note], words[.partsDiffer]) }
    var table = TextTable([
      words[.transaction], words[.order], words[.merchant], ">" + words[.orderAmount],
      words[.outcome], ">" + words[.refunded],
    ])
    for part in payment.parts {
      let life = payment.life(of: part, conclusions)
      table.add([
        Screen.plain(part.transaction), Screen.plain(part.order), Screen.plain(part.merchant),
        money(part.amount, part.currency), words.word(life?.state ?? .unknown),
        money(life?.refunded ?? .zero, part.currency),
      ])
    }
    return Screen.toned(Screen.plain(payment.told.combined), .bold)
      + "  \(words[.combined(payment.parts.count)])\n" + facts.text() + "\n" + table.text() + "\n"
  }
}

extension CombinedPayment {
  /// - Parameter conclusions: those of all parts; nil where only one of them was asked for.
  func put(_ conclusions: [PaymentConclusion]?, _ document: inout Document) {
    document.put("institution", told.institution.name)
    document.put("combined", told.combined)
    document.put("initiator", told.initiator)
    document.array("positions", positions) { $0.put(nil, $1) }
    document.put("agreed", isAgreed)
    document.array("parts", parts) { document, part in
      document.object(nil) { document in
        document.put("transaction", part.transaction)
        document.put("order", part.order)
        document.put("merchant", part.merchant)
        document.put("order_amount_fen", part.amount)
        document.put("currency", part.currency)
        let state = conclusions.map { life(of: part, $0)?.state ?? .unknown }
        document.put("state", state?.rawValue)
      }
    }
    let sums = conclusions.map { self.sums($0) } ?? []
    if let only = sums.first, sums.count == 1 {
      only.put(&document)
    } else {
      for key in ["order_amount_fen", "captured_fen", "refunded_fen", "refundable_fen"] {
        document.null(key)
      }
    }
    document.array("sums", sums) { document, sums in
      document.object(nil) { document in
        document.put("currency", sums.currency)
        sums.put(&document)
      }
    }
  }
}
