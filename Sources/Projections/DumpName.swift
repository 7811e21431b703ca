// The list of tables: a projection that is not here is printed by nobody.

/// What can be dumped as a table, by the word used on the command line.
public enum DumpName: String, CaseIterable, Sendable {
  case merchants
  case rollouts
  case waves
  case mix
  case reconciliation
  case discrepancies
  case guardrails
  case timeline
  case terms
  case disputes

  public var name: String { rawValue }

  public init?(name: String) { self.init(rawValue: name) }

  /// The version of the rows, which stands in the manifest.
  public var version: Int {
    switch self {
    case .merchants: MerchantBook.version
    case .rollouts: RolloutBoard.version
    case .waves: RolloutBoard.wavesVersion
    case .mix: PaymentMix.version
    case .reconciliation: Reconciliation.version
    case .discrepancies: Discrepancies.version
    case .guardrails: GuardrailHistory.version
    case .timeline: Timeline.version
    case .terms: TermsBook.version
    case .disputes: Disputes.version
    }
  }

  /// What the rows are sorted by, which stands in the manifest.
  public var order: String {
    switch self {
    case .merchants: MerchantBook.order
    case .rollouts: RolloutBoard.order
    case .waves: RolloutBoard.wavesOrder
    case .mix: PaymentMix.order
    case .reconciliation: Reconciliation.order
    case .discrepancies: Discrepancies.order
    case .guardrails: GuardrailHistory.order
    case .timeline: Timeline.order
    case .terms: TermsBook.order
    case .disputes: Disputes.order
    }
  }

  public var columns: [Column] {
    switch self {
    case .merchants: MerchantBook.columns
    case .rollouts: RolloutBoard.columns
    case .waves: RolloutBoard.waveColumns
    case .mix: PaymentMix.columns
    case .reconciliation: Reconciliation.columns
    case .discrepancies: Discrepancies.columns
    case .guardrails: GuardrailHistory.columns
    case .timeline: Timeline.columns
    case .terms: TermsBook.columns
    case .disputes: Disputes.columns
    }
  }

  /// Hands the table's columns and rows to a sink.
  public func write(_ model: ReadModel, to sink: inout some RowSink) {
    switch self {
    case .merchants: model.merchants.write(naming: model.rollouts, to: &sink)
    case .rollouts: model.rollouts.write(counting: model.merchants, to: &sink)
    case .waves: model.rollouts.writeWaves(to: &sink)
    case .mix: model.mix.write(to: &sink)
    case .reconciliation: model.reconciliation.write(to: &sink)
    case .discrepancies: model.discrepancies.write(naming: model.merchants, to: &sink)
    case .guardrails: model.guardrails.write(to: &sink)
    case .timeline: model.timeline.write(naming: model.merchants, to: &sink)
    case .terms: model.terms.write(to: &sink)
    case .disputes: model.disputes.write(naming: model.merchants, to: &sink)
    }
  }

  /// How many rows the table has, told without making them.
  public func rowCount(_ model: ReadModel) -> Int {
    switch self {
    case .merchants: model.merchants.rowCount
    case .rollouts: model.rollouts.rollouts.count
    case .waves: model.rollouts.waveCount
    case .mix: model.mix.rowCount
    case .reconciliation: model.reconciliation.rows.count
    case .discrepancies: model.discrepancies.count
    case .guardrails: model.guardrails.rows.count
    case .timeline: model.timeline.rows.count
    case .terms: model.terms.rowCount
    case .disputes: model.disputes.rows.count
    }
  }
}
