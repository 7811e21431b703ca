// What the screen of a payment says of its disputes.

extension Label {
  public static let disputeWaits = Label(
    "waits for its capture", "等待收款通知")
  public static let takenByDisputes = Label("taken back by disputes", "争议已扣回")
  public static let disputeInCurrency = Label(
    "in another currency than the payment", "币种与支付不同")
  public static let disputeAboveCapture = Label("more than was captured", "多于已收款")

  public static func disputeOfMerchant(_ merchant: String) -> Label {
    Label("names another merchant: \(merchant)", "所列商户不同：\(merchant)")
  }

  public static func disputedAbove(_ amount: String) -> Label {
    Label(
      "its disputes together are of \(amount), more than was captured",
      "各争议合计 \(amount)，多于已收款")
  }
}
