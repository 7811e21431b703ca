// An event in a few words, on screens: in English as dumps have it, in Chinese as it stands here.

public import Events
import Projections
import Text

extension Wording {
  /// What an event says, in a few words; empty where the kind says it all.
  ///
  /// The tables of dumps stay as they are: they name neither day nor transaction of an adjustment.
  public func detail(_ payload: Payload) -> String {
    var clauses = language == .english ? [payload.detail] : clauses(payload)
    if case .paymentAdjusted(let fields) = payload {
      clauses.append(pick("of \(fields.day.text)", "\(fields.day.text) 当日"))
      if fields.transaction != .none {
        clauses.append(pick("transaction \(fields.transaction)", "交易 \(fields.transaction)"))
      }
    }
    return clauses.joined(separator: comma)
  }

  private func wave(_ wave: WaveNumber) -> String { "第 \(wave.rawValue) 批" }
  private func edition(_ version: UInt16) -> String { "第 \(version) 版" }
  private func merchants(_ count: UInt32) -> String { "\(count) 家商户" }

  private func clauses(_ payload: Payload) -> [String] {
    switch payload {
    case .logCreated, .daemonStarted, .daemonStopped, .clockStepped, .clockConfirmed,
      .logRecovered, .dumpPublished, .signingKeyNamed, .merchantTreeCommitted,
      .institutionOpened, .termsPublished:
      ofLog(payload)
    case .merchantRegistered(let fields): ["\(fields.external)", word(fields.tier)]
    case .merchantUpdated(let fields): [word(fields.tier)]
    case .merchantClosed(let fields): ["\(fields.reason)"]
    case .merchantEnabled(let fields): [wave(fields.wave)]
    case .merchantRolledBack, .merchantReinstated: []
    case .merchantExcluded(let fields): ["\(fields.reason)"]
    case .orderOffered, .orderAttempted, .orderFailed, .orderTimedOut, .noticeHeld, .payment,
      .statementReconciled, .paymentAdjusted, .discrepancyResolved, .paymentDisputed,
      .paymentCombined, .subjectErased:
      ofMoney(payload)
    case .rolloutConsulted, .rolloutAnnounced, .rolloutApproved, .rolloutStarted, .rolloutPaused,
      .rolloutResumed, .rolloutAborted, .windowEnded, .rolloutCompleted, .rolloutAmended,
      .waveOpened, .waveCompleted, .rollbackOrdered, .reinstatementOrdered, .rollbackCompleted,
      .reinstatementCompleted, .guardrailBreached, .guardrailCleared, .evidenceClosed:
      ofRollout(payload)
    }
  }

  private func ofLog(_ payload: Payload) -> [String] {
    switch payload {
    case .logCreated(let fields):
      fields.clock == .wall
        ? ["\(fields.origin)", "真实时钟"]
        : ["\(fields.origin)", "加速时钟", "每秒计 \(fields.clockSpeed) 秒"]
    case .daemonStarted(let fields): ["程序版本 \(fields.release)", "第 \(fields.incarnation) 次启动"]
    case .daemonStopped(let fields): ["\(fields.cause)"]
    case .clockStepped(let fields): ["跳动 \(fields.step) 纳秒"]
    case .logRecovered(let fields): ["残缺尾部 \(fields.droppedBytes) 字节已另存"]
    case .dumpPublished(let fields):
      [
        "\(fields.name) 导出为 \(fields.format)",
        "位置 \(fields.position.rawValue) 之前 \(fields.rows) 行",
      ]
    case .signingKeyNamed(let fields):
      ["\(fields.origin)", "密钥 \(fields.keyLabel)"]
        + (fields.previousKeyID == 0 ? [] : ["前一密钥 \(fields.previousKeyLabel)"])
        + (fields.lostSize == 0 ? [] : ["曾签名至 \(fields.lostSize) 条事件，其后日志已失"])
    case .merchantTreeCommitted(let fields):
      ["位置 \(fields.size) 之前的全部事件", "\(fields.merchants) 家商户"]
    case .institutionOpened(let fields): ["\(word(fields.institution))对全部商户开放"]
    case .termsPublished(let fields): ["\(fields.name)", "第 \(fields.version) 版"]
    default: []
    }
  }

  private func ofMoney(_ payload: Payload) -> [String] {
    switch payload {
    case .orderOffered(let fields): ["订单 \(fields.order)"]
    case .orderAttempted(let fields): ["订单 \(fields.order)", word(fields.institution)]
    case .orderFailed(let fields):
      [
        "订单 \(fields.order)", word(fields.institution), "\(fields.code)",
        word(fields.failureClass),
      ]
    case .orderTimedOut(let fields): ["订单 \(fields.order)", word(fields.institution)]
    case .noticeHeld(let fields):
      [word(fields.institution), "\(word(fields.why)) \(fields.detail)"]
    case .payment(let fields): ["交易 \(fields.transaction)", word(fields.institution)]
    case .statementReconciled(let fields):
      [
        word(fields.institution), "\(fields.lines) 行", "差异 \(fields.findings) 项",
        "未决 \(fields.open) 项",
      ]
    case .paymentAdjusted(let fields):
      [word(fields.institution), "\(fields.amount.rawValue) 分", "\(fields.reason)"]
    case .discrepancyResolved(let fields):
      ["位置 \(fields.position.rawValue)", word(fields.answer), "\(fields.reason)"]
    case .paymentDisputed(let fields):
      ["交易 \(fields.transaction)", word(fields.institution), word(fields.stage)]
    case .paymentCombined(let fields):
      [
        "合并单 \(fields.combined)", word(fields.institution), "共 \(fields.parts.count) 个子单",
      ]
    case .subjectErased(let fields):
      ["\(word(fields.kind)) \(fields.reference)", "\(fields.reason)"]
    default: []
    }
  }

  private func ofRollout(_ payload: Payload) -> [String] {
    switch payload {
    case .rolloutConsulted(let fields):
      ["\(fields.plan)", edition(fields.planVersion), word(fields.institution)]
    case .rolloutAnnounced(let fields):
      ["\(fields.plan)", edition(fields.planVersion), word(fields.institution)]
    case .rolloutApproved(let fields): ofApproval(fields)
    case .rolloutStarted(let fields):
      [merchants(fields.merchants), "分 \(fields.waves) 批"]
    case .rolloutPaused(let fields), .rolloutResumed(let fields), .rolloutAborted(let fields):
      ["\(fields.reason)"]
    case .windowEnded(let fields):
      ["已开通 \(fields.enabled) 家", "待开通 \(fields.pending) 家"]
    case .rolloutCompleted(let fields):
      ["已开通 \(fields.enabled) 家", "略过 \(fields.skipped) 家"]
    case .rolloutAmended(let fields):
      ["\(edition(fields.planVersion))取代\(edition(fields.previousVersion))"]
    case .waveOpened(let fields): [merchants(fields.merchants)]
    case .waveCompleted(let fields):
      ["已开通 \(fields.enabled) 家", "略过 \(fields.skipped) 家"]
    case .rollbackOrdered(let fields), .reinstatementOrdered(let fields):
      [scope(fields), merchants(fields.merchants), "\(fields.reason)"]
    case .rollbackCompleted(let fields), .reinstatementCompleted(let fields):
      [merchants(fields.merchants)] + (fields.stillOn.map { ["仍开通 \($0) 家"] } ?? [])
    case .guardrailBreached(let fields):
      [
        guardrail(fields.guardrail),
        "位置 \(fields.first.rawValue) 至 \(fields.last.rawValue)",
      ]
    case .guardrailCleared(let fields): [guardrail(fields.guardrail)]
    case .evidenceClosed(let fields): fields.gap == .none ? [] : [word(fields.gap)]
    default: []
    }
  }

  private func scope(_ order: ScopedOrder) -> String {
    switch order.scope {
    case .all: "全部"
    case .wave: wave(order.wave)
    case .tier: "城市等级 \(word(order.tier))"
    case .merchant: "单个商户"
    case .category: "类目 \(order.category ?? .none)"
    }
  }

  private func ofApproval(_ fields: RolloutApproved) -> [String] {
    var clauses = [edition(fields.planVersion)]
    if let grant = fields.grant {
      clauses.append(grant.subject.isOfWave ? wave(grant.wave) : word(grant.subject))
      if grant.subject == .waveOverride { clauses.append("不顾证据不足") }
      if grant.evidence != .none { clauses.append("依据位置 \(grant.evidence.rawValue)") }
      if !grant.key.isEmpty { clauses.append("由 \(grant.key) 签署") }
    }
    if !fields.role.isEmpty { clauses.append("身份 \(fields.role)") }
    return clauses
  }
}
