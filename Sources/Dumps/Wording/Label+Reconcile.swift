// The sentences of `reconcile`.

/// The sentences of a comparison of a statement with the log.
public enum ReconcileWords {
  // Facts.
  public static let statement = Label("statement", "对账单")
  public static let digest = Label("digest", "摘要")
  public static let log = Label("log", "日志")
  public static let fees = Label("fees", "手续费")
  public static let inNoSum = Label("in no sum", "不计入合计")
  public static let ofAnotherDay = Label("of another day", "属于他日")

  public static func lines(of path: String, _ count: String) -> Label {
    Label("\(path), \(count) lines", "\(path)，\(count) 行")
  }
  public static func before(_ position: UInt64) -> Label {
    Label("before position \(position)", "位置 \(position) 之前")
  }
  public static func incomparable(_ count: String) -> Label {
    Label(
      "\(count) lines: refunds that go on or have failed, or another currency",
      "\(count) 行：处理中或失败的退款，或其他币种")
  }
  public static func strays(_ count: String) -> Label {
    Label("\(count) lines by their own time", "\(count) 行，以其自身时间为准")
  }

  // The sums.
  public static let amount = Label("amount", "金额")
  public static let net = Label("net", "净额")
  public static let adjusted = Label("adjusted", "已调账")
  /// In the order of `StatementSums.names`, whose words they have in English.
  public static let tallies = [
    log, statement, Label("matched", "一致"), Label("missing here", "本方缺失"),
    Label("missing there", "对方缺失"), Label("differences", "金额差异"),
    Label("day differs", "日期不同"), Label("repeated", "重复"),
  ]

  // The findings.
  public static let found = Label("found", "发现")
  public static let kind = Label("kind", "种类")
  public static let line = Label("line", "行号")
  public static let time = Label("time (Beijing)", "时间（北京）")
  public static let note = Label("note", "备注")
  public static let matched = Label("matched", "一致")
  public static let missingHere = Label("missing-here", "本方缺失")
  public static let missingThere = Label("missing-there", "对方缺失")
  public static let amountDiffers = Label("amount-differs", "金额不同")
  public static let dayDiffers = Label("day-differs", "日期不同")
  public static let repeated = Label("repeated", "重复")
  public static let keptApart = Label("kept apart", "另行存放")

  public static func asLine(_ line: Int) -> Label { Label("as line \(line)", "同第 \(line) 行") }
  public static func logHas(_ instant: String) -> Label {
    Label("log \(instant)", "日志 \(instant)")
  }
  public static func more(_ count: String) -> Label {
    Label("and \(count) more; --json has all", "另有 \(count) 项；以 `--json` 查看全部")
  }

  // The verdict.
  public static let closes = Label("It closes to the fen.", "分文相符。")
  public static let closesAdjusted = Label(
    "It closes to the fen: adjustments answer what was found.", "分文相符：所发现的差异均已调账。")

  public static func open(_ count: String, _ difference: String) -> Label {
    Label(
      "It does not close: \(count) open, and the statement differs by \(difference).",
      "不符：未决 \(count) 项，对账单相差 \(difference)。")
  }
  public static func recorded(_ position: UInt64) -> Label {
    Label("Recorded: position \(position), durable.", "已记录：位置 \(position)，已落盘。")
  }
  public static func recordedBefore(_ position: UInt64) -> Label {
    Label(
      "This comparison was recorded before: position \(position).",
      "本次比对此前已记录：位置 \(position)。")
  }
}
