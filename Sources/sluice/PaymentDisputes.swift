// What the disputes of a payment come to against it.

import Dumps
import Events
import Projections

/// How one dispute stands to the payment it is about.
enum DisputeStanding: String {
  /// No capture is known yet: it is held against that when it comes.
  case waits
  case agrees
  case otherMerchant = "other-merchant"
  case otherCurrency = "other-currency"
  case aboveCapture = "above-capture"

  /// - Parameter conclusion: what the notices of its payment come to.
  init(_ dispute: Disputes.Row, _ merchant: ExternalID, _ conclusion: PaymentConclusion) {
    let isNoticed = conclusion.life.state != .unknown
    if isNoticed, dispute.currency != conclusion.currency {
      self = .otherCurrency
    } else if isNoticed, conclusion.isRegistered, !merchant.isEmpty,
      merchant != conclusion.merchant
    {
      self = .otherMerchant
    } else if let captured = conclusion.life.captured {
      self = dispute.amount > captured ? .aboveCapture : .agrees
    } else {
      self = .waits
    }
  }

  /// What a person reads beside the dispute; nil where it agrees.
  func label(_ merchant: ExternalID) -> Label? {
    switch self {
    case .agrees: nil
    case .waits: .disputeWaits
    case .otherMerchant: .disputeOfMerchant(Screen.plain(merchant))
    case .otherCurrency: .disputeInCurrency
    case .aboveCapture: .disputeAboveCapture
    }
  }
}

/// A dispute with what its merchant is called, and how it stands to its payment.
struct PaymentDispute {
  let row: Disputes.Row
  let merchant: ExternalID
  let standing: DisputeStanding
}

extension PaymentConclusion {
  /// What payers claim of it, or have, in its currency.
  var disputed: Money {
    disputes.filter { $0.row.stage.isClaim && $0.isOfPayment }
      .reduce(.zero) { $0 + $1.row.amount }
  }

  /// What payers have of it, in its currency.
  var taken: Money {
    disputes.filter(\.isOfPayment).reduce(.zero) { $0 + $1.row.taken }
  }

  /// What may still be refunded: less what disputes have taken back, and never below zero.
  var refundable: Money { life.refundable > taken ? life.refundable - taken : .zero }

  /// Whether its disputes together are of more than was captured.
  var isDisputedAbove: Bool { life.captured.map { disputed > $0 } ?? false }

  /// Takes what is in dispute of it; its notices have been taken.
  mutating func take(_ rows: [Disputes.Row], _ names: MerchantNames) {
    disputes = rows.map { row in
      let merchant = row.merchant == .none ? row.external : names[row.merchant]
      return PaymentDispute(
        row: row, merchant: merchant, standing: DisputeStanding(row, merchant, self))
    }
  }
}

extension PaymentDispute {
  /// Whether its amount may be added up with those of others of its payment.
  var isOfPayment: Bool { standing != .otherMerchant && standing != .otherCurrency }
}
