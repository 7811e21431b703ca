// The sentences of `may`.

/// The sentences about a cart and an institution.
public enum MayWords {
  public static let may = Label("may", "可用")
  public static let notRegistered = Label("it is not registered", "未登记")

  public static func answer(_ institution: String, _ may: Bool) -> Label {
    Label("\(institution): \(may ? "yes" : "no")", "\(institution)：\(may ? "可以" : "不可以")")
  }
  public static func currency(_ currency: String) -> Label {
    Label("orders are paid in CNY, not in \(currency)", "订单以 CNY 支付，不以 \(currency) 支付")
  }
  public static func noRollout(_ institution: String) -> Label {
    Label(
      "\(institution) is not open, and no rollout opens it", "\(institution)未开放，也没有计划开放它")
  }
  public static func under(_ plan: String, _ obstacle: String) -> Label {
    Label("\(plan): \(obstacle)", "\(plan)：\(obstacle)")
  }
  public static func notFor(_ category: String) -> Label {
    Label("the plan is not for the category \(category)", "计划不含类目 \(category)")
  }
}
