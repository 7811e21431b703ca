// A log in a real folder, for commands that read one.

import EventLog
import Events
import Glibc
import Merkle
import Orchestrator
import Platform
import Testing

/// A log that is written by the product's own rules; it is removed when the owner lets go.
final class RealLog {
  /// 2024-09-12T10:00:00+08:00.
  static let morning = Timestamp(seconds: 1_726_106_400)

  let folder: String
  let clock = ManualClock(RealLog.morning)
  private(set) var runtime: Runtime
  private var committer: Committer<FileCarrier<SystemDisk>>
  private var sent = 0

  /// - Parameter merchants: how many are registered, as m1 and so on.
  init(merchants: Int = 2, openTo institutions: [Institution] = Institution.allCases) throws {
    var template = Array("/tmp/sluice-test-XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer -> String? in
      guard let start = buffer.baseAddress, let name = unsafe mkdtemp(start) else { return nil }
      return unsafe String(cString: name)
    }
    folder = try #require(made)
    var options = LogOptions()
    options.segmentCapacity = 12 << 10
    options.reserveLength = 65_536
    let carrier = try FileCarrier.create(
      SystemDisk(), folder, logID: LogID(low: 1, high: 2), created: RealLog.morning,
      options: options
    ).carrier
    committer = Committer(carrier: carrier)
    runtime = Runtime(after: Replay(hashesLeaves: false), root: .emptyRoot, time: clock)
    try send(
      .createLog(
        LogCreated(
          origin: RealLog.id("test"), clock: .wall, clockStart: RealLog.morning, clockSpeed: 1,
          logIDLow: 1, logIDHigh: 2), openToAll: institutions))
    for number in 0..<merchants {
      try send(
        .registerMerchant(
          MerchantRegistered(
            platform: .taobao, tier: .t3, dailyPayments: 10, external: RealLog.id("m\(number + 1)"),
            category: .none, city: .none)))
    }
  }

  deinit { RealLog.clear(folder, depth: 0) }

  private static func clear(_ path: String, depth: Int) {
    guard depth < 4 else { return }
    for name in (try? SystemDisk().list(path)) ?? [] { clear(path + "/" + name, depth: depth + 1) }
    _ = unsafe remove(path)
  }

  static func id(_ text: String) -> ExternalID { ExternalID(text) ?? .none }

  /// Records a command and makes it durable.
  func send(_ body: Command.Body, occurredAt: Timestamp = .none) throws {
    sent += 1
    let name = Array("\(sent)".utf8)
    _ = try runtime.submit(
      Command(
        id: Command.id("test", name), digest: Command.digest(name),
        actor: Actor(.operator, id: 1), occurredAt: occurredAt, body: body))
    guard let job = runtime.seal() else { return }
    try committer.commit(job)
    runtime.finish(job)
  }

  func pay(
    _ outcome: Outcome, _ transaction: String, fen: Int64, merchant: String = "m1",
    order: String? = nil, refund: String = "", by institution: Institution = .weChatPay
  ) throws {
    try send(
      .recordPayment(
        Payment(
          outcome: outcome, orderedAt: RealLog.morning, orderAmount: Money(fen: fen),
          paidAmount: Money(fen: fen), institution: institution,
          transaction: RealLog.id(transaction), order: RealLog.id(order ?? "o-\(transaction)"),
          refund: RealLog.id(refund), external: RealLog.id(merchant))),
      occurredAt: RealLog.morning)
  }

  /// Ends the writing of it, so that a daemon may open it.
  func letGo() throws { try committer.close(at: runtime.currentTime()) }

  /// Makes the index of what is sealed; one past the last position that it covers.
  func index() throws -> Position {
    var keeper = try IndexKeeper(SystemDisk(), folder)
    while try keeper.step() {}
    return keeper.index.end
  }

  /// Writes other events until a position is covered by the index.
  func seal(over position: Position) throws {
    var number = 0
    while try index() <= position {
      for _ in 0..<40 {
        number += 1
        try pay(.captured, "filler-\(position.rawValue)-\(number)", fen: 1)
      }
    }
  }
}
